"""Benchmarks: each file measures one thing with `run() -> dict`, on servers of its own with default durability."""
