"""The text a card statement has for a merchant, without what banks put around it. Pure.

`Purchase Openai *chatgpt Subscr OPENAI.COM CA *****2649 05/23` is `openai chatgpt subscr`. A reseller's own name comes
first (`PAYPAL *OPENAI`): it is taken off, told apart, and what is left may say nothing (`APPLE.COM/BILL`).
"""

import re
from functools import lru_cache
from typing import NamedTuple

_AROUND = re.compile(
    r"""^(?:(?:recurring|preauthorized|pre-?authorised|contactless|online|international|foreign|visa|mastercard|debit|
        credit|checkcard|card|pos|point\ of\ sale|ach|pending)\s+)*
        (?:(?:purchase|payment|withdrawal|charge|authorization)\s+)?(?:to|at|-)?\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_RESELLERS = (
    ("paypal", re.compile(r"^(?:paypal|pp|pypl)\s*(?:inst xfer)?\s*\*\s*", re.IGNORECASE)),
    ("google", re.compile(r"^google\s*\*\s*", re.IGNORECASE)),
    ("apple", re.compile(r"^(?:apple\.com/bill|apple services|itunes\.com/bill)\b\s*", re.IGNORECASE)),
    ("paddle", re.compile(r"^paddle(?:\.net)?\s*\*\s*", re.IGNORECASE)),
    ("lemonsqueezy", re.compile(r"^(?:lemsqzy|lemon squeezy)\s*\*?\s*", re.IGNORECASE)),
    ("fastspring", re.compile(r"^(?:fs|fsprg|fastspring)\s*\*\s*", re.IGNORECASE)),
    ("stripe", re.compile(r"^(?:stripe|link)\s*\*\s*", re.IGNORECASE)),
    ("square", re.compile(r"^sq\s*\*\s*", re.IGNORECASE)),
    ("2checkout", re.compile(r"^(?:2checkout|2co|verifone)\S*\s*\*\s*", re.IGNORECASE)),
    ("gumroad", re.compile(r"^(?:gumroad|gum\.co)\S*\s*\*?\s*", re.IGNORECASE)),
)
"""Who sells for others; those that hide the vendor leave nothing, or a number, behind their name."""
_END = re.compile(
    r"""(?:^|[\s*])(?:
        [*x•.#]{2,}\d{2,}            # a masked card
        | \d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?(?=\s|$)   # a date
        | \+?\(?\d[\d().-]{5,}       # a telephone number, an order
        | \#?(?=\w*\d\w*\d\w*\d)[\w-]{6,}                # a reference: letters with at least three digits
        | \S*[a-z0-9-]+\.(?:com|ai|io|net|org|co|dev|app|so|us|uk|de|sg|in)(?:/\S*)?(?=\s|$)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""Where what follows says nothing more of the merchant; an address in the first place is its name."""
_WORDS = re.compile(r"[^\w.&]+")
_MOST_WORDS = 5
_LONGEST = 200
_REMEMBERED = 1 << 14


class Paid(NamedTuple):
    """Who was paid: the cleaned text (empty where a reseller hides it) and the reseller, empty where there is none."""

    text: str
    reseller: str = ""


@lru_cache(_REMEMBERED)
def paid(descriptor: str) -> Paid:
    """The merchant of a statement's text."""
    plain = _AROUND.sub("", " ".join(descriptor[:_LONGEST].split()), count=1).strip()
    for reseller, pattern in _RESELLERS:
        if found := pattern.match(plain):
            return Paid(_cleaned(plain[found.end() :]), reseller)
    return Paid(_cleaned(plain))


def _cleaned(text: str) -> str:
    """The words up to the first that says nothing, in lower case and at most five: cities follow."""
    first = text.split(" ", 1)[0]
    start = len(first) if re.search(r"\.[a-z]{2,}", first, re.IGNORECASE) else 0
    end = _END.search(text, start)
    kept = text[: end.start()] if end else text
    words = [word.strip(".&") for word in _WORDS.split(kept.lower())]
    return " ".join([word for word in words if word and not word.isdecimal()][:_MOST_WORDS])
