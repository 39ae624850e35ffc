"""Penumbra's services and the plumbing they share."""
