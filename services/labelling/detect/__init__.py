"""Identifiers in a text: patterns through one gate, then checks, then the words around them.

`Detector.find` is all that others need. Nothing here keeps or prints a text; a finding says where, never what.
"""
