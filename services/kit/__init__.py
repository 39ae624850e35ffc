"""Plumbing with no business word in it; what every service stands on."""
