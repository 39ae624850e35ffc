from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.shared.spending import descriptors, payment, trades

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "text", "reseller"),
    [
        ("OPENAI *CHATGPT SUBSCR OPENAI.COM CA", "openai chatgpt subscr", ""),
        ("Purchase Openai *chatgpt Subscr *****2649 05/23", "openai chatgpt subscr", ""),
        ("OPENAI *CHATGPT SUBSCR +14158799686 CA", "openai chatgpt subscr", ""),
        ("CLAUDE.AI SUBSCRIPTION ANTHROPIC.COM CA", "claude.ai subscription", ""),
        ("ANTHROPIC* CLAUDE SUB", "anthropic claude sub", ""),
        ("ANTHROPIC, PBC", "anthropic pbc", ""),
        ("CURSOR, AI POWERED IDE CURSOR.COM NY 06/22", "cursor ai powered ide", ""),
        ("RECURRING PAYMENT REPLIT, INC. 8007372 US", "replit inc", ""),
        ("POS PURCHASE - MIDJOURNEY INC. SOUTH SAN FRAN", "midjourney inc south san fran", ""),
        ("PAYPAL *OPENAI 4029357733", "openai", "paypal"),
        ("Google *ChatGPT g.co/helppay#", "chatgpt", "google"),
        ("APPLE.COM/BILL 866-712-7753 CA", "", "apple"),
        ("PADDLE.NET* HARPA AI LONDON", "harpa ai london", "paddle"),
        ("LEMSQZY* TYPINGMIND", "typingmind", "lemonsqueezy"),
        ("FACEBK *AB12CD34EF", "facebk", ""),
        ("", "", ""),
    ],
)
def test_a_statements_text_is_cleaned(line, text, reseller):
    assert descriptors.paid(line) == (text, reseller)


@given(st.text(max_size=200))
def test_any_text_is_cleaned_to_few_words_without_card_numbers(line):
    text = descriptors.paid(line).text
    assert len(text.split()) <= 5
    assert descriptors.paid(line) == descriptors.paid(f" {line} ")


def test_a_card_number_and_an_order_do_not_stay():
    text = descriptors.paid("ACME AI 4111111111111111 ORDER A1B2C3D4E5").text
    assert text == "acme ai"


@pytest.mark.parametrize(
    ("amount", "band"),
    [("0.5", "0-1"), ("20", "10-25"), ("25", "25-50"), ("60000", "50000+"), ("0", None), ("-5", None)],
)
def test_of_an_amount_only_its_band_is_kept(amount, band):
    assert payment.band(Decimal(amount)) == band


@pytest.mark.parametrize(
    ("minor", "rate", "amount"), [(13500, 100, "135"), (13500, None, "135"), (2000, 1, "2000"), ("1234", 1000, "1.234")]
)
def test_minor_units_are_made_major_by_the_currencys_rate(minor, rate, amount):
    assert payment.major(minor, rate) == Decimal(amount)


@pytest.mark.parametrize("value", [None, True, "x", "NaN", "1e400", [], 10**20])
def test_what_is_no_amount_is_none(value):
    assert payment.number(value) is None


@pytest.mark.parametrize(
    ("code", "category", "may"),
    [
        ("5734", None, True),
        (5818, None, True),
        ("8011", None, False),
        ("5812", "Software", False),
        (None, "SaaS / Software", True),
        (None, "Restaurants", False),
        (None, None, True),
        ("", "", True),
    ],
)
def test_trades_that_sell_no_software_are_told_apart(code, category, may):
    assert trades.may_sell_software(code, category) is may


def test_a_reseller_that_hides_the_vendor_is_what_is_known():
    found = payment.observation(
        "ramp", "1", AT, merchant=None, descriptor="APPLE.COM/BILL", who=None, amount=Decimal(20), currency="USD"
    )
    assert (found.app.client_id, found.attributes["reseller"]) == ("card:apple", "apple")


def test_a_payment_to_nobody_is_nothing():
    nobody = payment.observation("ramp", "1", AT, merchant=" ", descriptor=None, who=None, amount=None, currency=None)
    assert nobody is None
