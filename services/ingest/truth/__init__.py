"""The truth meter: how late each source's events come, and how much of a window is here (README.md)."""
