"""What the services agree on: contracts, topics and the catalog. Imports msgspec and the standard library only."""
