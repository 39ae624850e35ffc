"""What several sources share: a vendor's way of signing in and paging, a format, what devices or card lines say.

No source of its own is here. Parts know each other where one builds on another, and never a source.
"""
