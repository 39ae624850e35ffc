"""Delivery: signed webhooks and the alert topic, from the outbox, in order for each alert, at least once."""
