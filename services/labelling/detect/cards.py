"""Payment cards: issuers' ranges and lengths, the check digit, the numbers that test suites publish.

Ranges: https://en.wikipedia.org/wiki/Payment_card_number#Issuer_identification_number_(IIN) (from memory, not re-read).
"""

# ruff: noqa: E501, SIM905 - an expression or a sentence reads best on one line

from functools import cache

from services.labelling.detect.checksums import luhn
from services.labelling.detect.finding import Fit, Rule, Shape

_LONG = (16, 17, 18, 19)
_FOUR_DIGITS = 9999
_FEWEST = 3
_ISSUERS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (4, 4, (13, 16, 19)),  # Visa
    (51, 55, (16,)), (2221, 2720, (16,)),  # Mastercard
    (34, 34, (15,)), (37, 37, (15,)),  # American Express
    (6011, 6011, _LONG), (644, 649, _LONG), (65, 65, _LONG),  # Discover, RuPay
    (300, 305, (14, 16, 19)), (3095, 3095, (14, 16, 19)), (36, 36, (14, 16, 19)), (38, 39, (14, 16, 19)),  # Diners Club
    (3528, 3589, _LONG),  # JCB
    (62, 62, _LONG), (81, 81, _LONG),  # UnionPay
    (2200, 2204, _LONG),  # Mir
    (5018, 5018, (12, 13, 14, 15, *_LONG)), (5020, 5020, (12, 13, 14, 15, *_LONG)),
    (5038, 5038, (12, 13, 14, 15, *_LONG)), (5893, 5893, (12, 13, 14, 15, *_LONG)),
    (6304, 6304, (12, 13, 14, 15, *_LONG)), (6759, 6759, (12, 13, 14, 15, *_LONG)),
    (6761, 6763, (12, 13, 14, 15, *_LONG)),  # Maestro
    (5019, 5019, (16,)), (60, 60, (16,)), (508, 508, (16,)), (82, 82, (16,)),  # Dankort, RuPay
    (9792, 9792, (16,)),  # Troy
    (506099, 506198, (16, 18, 19)), (650002, 650027, (16, 18, 19)),  # Verve
    (1946, 1946, (16,)),  # GPN
    (636368, 636369, (16,)), (438935, 438935, (16,)), (504175, 504175, (16,)), (506699, 506778, (16,)),  # Elo
)  # fmt: skip
_PUBLISHED = frozenset(
    "4111111111111111 4242424242424242 4012888888881881 4000056655665556 5555555555554444 5105105105105100"
    " 5200828282828210 378282246310005 371449635398431 378734493671000 6011111111111117 6011000990139424"
    " 6011981111111113 30569309025904 38520000023237 3530111333300000 3566002020360505 4222222222222"
    " 4012000077777777 4012000033330026 4007000000027 5424000000000015 6011000000000012 370000000000002"
    " 2223003122003222 5454545454545454 4917610000000000 5431111111111111 4444333322221111 4988438843884305"
    " 36227206271667 3056930009020004 6200000000000005 5019717010103742".split()
)
"""Test numbers of payment providers: https://docs.stripe.com/testing, https://docs.adyen.com/development-resources,
https://developer.paypal.com/tools/sandbox/card-testing (from memory)."""


def _digits(value: str) -> str:
    return value if value.isdigit() else value.replace(" ", "").replace("-", "").replace(".", "")


@cache
def _by_prefix() -> dict[str, tuple[int, ...]]:
    """The lengths of numbers by their first four digits, and by six where a range is told so exactly."""
    found: dict[str, tuple[int, ...]] = {}
    for low, high, lengths in _ISSUERS:
        width = 6 if low > _FOUR_DIGITS else 4
        first, last = str(low).ljust(width, "0"), str(high).ljust(width, "9")
        for prefix in range(int(first), int(last) + 1):
            found[str(prefix)] = found.get(str(prefix), ()) + lengths
    return found


def card(value: str) -> Fit:
    """Whether an issuer gives such numbers, and whether the check digit is right."""
    digits, issuers = _digits(value), _by_prefix()
    if len(digits) in issuers.get(digits[:4], ()) or len(digits) in issuers.get(digits[:6], ()):
        return Fit.YES if luhn(digits) else Fit.WRONG
    return Fit.NO


def common_card(value: str) -> Fit:
    """As `card`, for a bare run of digits: only lengths that are a card's more often than not."""
    return card(value) if len(_digits(value)) in {15, 16} else Fit.NO


def rare_card(value: str) -> Fit:
    """As `card`, for the lengths that many other numbers have."""
    return card(value) if len(_digits(value)) not in {15, 16} else Fit.NO


def published(value: str) -> bool:
    """Whether a payment provider publishes the number for tests, or it has too few different digits to be one."""
    digits = _digits(value)
    return digits in _PUBLISHED or digits.startswith("4000000000") or len(set(digits)) <= _FEWEST


_BASIS = "issuer range and Luhn check digit"
BARE = (
    Rule("card", _BASIS, 0.85, 0.98, 0.3, common_card, "card", published),
    Rule("card", _BASIS, 0.0, 0.95, 0.3, rare_card, "card", published),
)
GROUPED = Rule("card", f"{_BASIS}, in groups", 0.95, 0.99, 0.3, card, "card", published)

SHAPES = (
    Shape("card in other groups",
          rb"\b(?:3[47]\d{2}[ -]\d{6}[ -]\d{5}|3[0689]\d{2}[ -]\d{6}[ -]\d{4}|\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{3})\b",
          (GROUPED,)),
)  # fmt: skip
