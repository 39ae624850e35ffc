"""The crash harness: real processes, a real broker and database, `kill -9` under load, and the truth afterwards."""
