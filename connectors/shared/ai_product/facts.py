"""Small facts beside an observation: names, counts and flags, never what somebody wrote."""

_LONGEST = 200


def facts(**told: object) -> dict[str, str]:
    """Attributes out of what a record says: text is stripped and bounded, counts become digits, True `true`.

    What says nothing (None, empty text, False) or is no plain value is left out.
    """
    return {name: said for name, value in told.items() if (said := _said(value))}


def _said(value: object) -> str:
    if isinstance(value, str):
        return value.strip()[:_LONGEST]
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else ""  # noqa: PLR2004 - beyond is no amount
    return ""
