"""Lines that firewalls, proxies and DLP systems write: CEF, LEEF, name=value pairs, CSV cells, and what they name.

No source: `cef`, `leef` and `pairs` make names and values of a line, `roles` says what a name stands for, `visit` reads
destinations, people, sizes, `moments` times. Pure, and as quick as every line of a large organisation asks for.
"""
