"""What card and expense sources have in common: who was paid, cleaned; how much, roughly. No source itself.

`descriptors` makes of a statement's text what the catalog's `descriptors` are held against; `trades` says which
merchants may sell software; `payment` makes the observation. Memos, receipts, card numbers and exact amounts don't
travel.
"""
