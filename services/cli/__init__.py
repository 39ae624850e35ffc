"""The commands of INTERFACES.md."""
