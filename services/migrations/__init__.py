"""One migration chain for the whole database, applied under an advisory lock (services/kit/migrate.py)."""
