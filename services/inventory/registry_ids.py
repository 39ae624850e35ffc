"""Ids of registry entries: any text, but none whose page at `/registry/<id>` would be another page."""

PAGES = frozenset({"new", "import", "expiring", "owners"})
ENDINGS = ("/edit", "/remove", ".json")
"""What follows an entry's id in the paths about it."""


def taken(name: str) -> str | None:
    """Why an id can't be, said as it goes on after `id: `; None where it can."""
    if name in PAGES or name.removesuffix(".csv") in PAGES or name.startswith("import/"):
        return f"{name} is the name of a page here; choose another"
    ending = next((each for each in ENDINGS if name.endswith(each)), None)
    return f"must not end with {ending}, which other pages do; choose another" if ending else None
