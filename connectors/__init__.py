"""One file = one source; see README.md. Imports the contracts only."""
