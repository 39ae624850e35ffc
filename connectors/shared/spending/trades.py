"""Which merchants may sell software: what people pay to doctors, hotels and shops is nobody's business here. Pure.

Merchant category codes: ISO 18245, as https://github.com/greggles/mcc-codes lists them.
"""

_CODES = frozenset(
    {
        4814, 4816, 4821, 4899, 5045, 5192, 5732, 5734, 5815, 5816, 5817, 5818, 5964, 5965, 5966, 5967, 5968, 5969,
        5999, 7311, 7333, 7338, 7339, 7372, 7375, 7379, 7392, 7399, 8220, 8241, 8244, 8249, 8299, 8999,
    }
)  # fmt: skip
"""Telecommunication, computers, digital goods, direct marketing, business and professional services, education."""
_WORDS = (
    "software", "saas", "subscription", "cloud", "computer", "internet", "digital", "online", "technology", "business",
    "information", "professional", "advertis", "marketing", "education", "learning", "media", "other", "general",
)  # fmt: skip


def may_sell_software(code: object, category: object = None) -> bool:
    """Whether a merchant may be a vendor of software: by its category's code, else by its name; True without both."""
    digits = str(code).strip() if isinstance(code, str | int) and not isinstance(code, bool) else ""
    if digits.isdecimal() and len(digits) < 5 and int(digits):  # noqa: PLR2004 - a code has four digits
        return int(digits) in _CODES
    if isinstance(category, str) and category.strip():
        return any(word in category.lower() for word in _WORDS)
    return True
