"""The words that stand near an identifier and say what it is, in English and the languages of the office.

Looked for in lower case within 60 characters on either side. Words in Latin letters are whole words, where an
underscore or digit ends a word too (`card_no`); those of scripts without spaces are found anywhere.
"""

# ruff: noqa: E501 - a list of words reads best on full lines

import re
from functools import cache
from importlib.util import find_spec
from typing import Any

REACH = 60
BESIDE = 25
AFTERWARDS = 15
"""What a word behind an identifier counts as further away than one before it: people write the name first."""

WORDS: dict[str, tuple[str, str]] = {
    "card": (
        (
            r"(?:credit|debit|bank|payment|visa|master|charge|corporate|virtual)[ _-]?cards?|cards?|ccn?|visa|master ?card"
            r"|amex|american express|discover|diners(?: club)?|jcb|union ?pay|maestro|pan|kartu(?: kredit| debit)?"
            r"|kad(?: kredit| debit)?|tarjetas?|carte(?: bancaire| bleue)?|kreditkarten?(?:nummer)?|karten?(?:nummer)?|carta"
            r"|cart(?:ão|ao)|karta|karty|creditcard|thẻ|the tin dung|numero ng card|cvv|cvc|expiry|exp"
        ),
        "信用卡|卡号|银行卡|信用卡|カード|บัตรเครดิต|บัตรเดบิต|หมายเลขบัตร",
    ),
    "iban": (
        (
            r"iban|bank accounts?|account(?: number| no)?|acct|kontonummer|bankverbindung|konto|compte|rib|cuenta|conto"
            r"|conta|rekening(?:nummer)?|rachunek|rachunku|wire|transfer|beneficiary|überweisung|virement|bonifico"
        ),
        "银行账号|口座",
    ),
    "ssn": (r"ssns?|ss#|ss ?no|soc(?:ial)?[ -]?sec(?:urity)?(?: number| no)?|social|itin|tax ?payer id", "社会安全号"),
    "nino": (r"nino|ni ?(?:number|no|num)|national[ _]insurance(?: number| no)?|nat(?:ional)? ins", ""),
    "nric": (
        (
            r"nric|fin|i\.?c\.?|ic ?(?:no|number)|identity card|identification(?: card| number| no)?|uin|work ?pass"
            r"|employment pass|singaporean?|kad pengenalan|id ?(?:no|number|card)?"
        ),
        "身份证|身份證",
    ),
    "mykad": (
        (
            r"mykad|mykid|mypr|nric|i\.?c\.?|i/c|ic ?(?:no|num(?:ber)?)?|kad ?pengenalan|no\.? ?k\.?/?p\.?|nokp|k/p"
            r"|pengenalan|identity card|(?:national )?identification(?: card| number| no)?|malaysian(?: id)?"
            r"|national id|id (?:no|number|card)"
        ),
        "身份证",
    ),
    "nik": (
        (
            r"nik|e-?ktp|ktp|nomor induk(?: kependudukan)?|induk kependudukan|kependudukan|kartu tanda penduduk"
            r"|nomor identitas|identitas|penduduk|(?:indonesian )?(?:national )?(?:identity|identification|id)(?: card"
            r"| number| no)?|kartu keluarga|no\.? ?kk|family card"
        ),
        "",
    ),
    "thai": (
        (
            r"thai(?:land)?(?: national)?(?: citizen)?(?: id)?|citizen(?:ship)? ?(?:id|no|number)?|(?:national|personal)"
            r" ?(?:id|identification)(?: card| no| number)?|pid|id ?card|identification(?: no| number)?|id (?:no|number)"
            r"|tax id|bat prachachon"
        ),
        "บัตรประชาชน|ประชาชน|ปชช|เลขประจำตัว|เลขบัตร|เลขที่บัตร|ผู้เสียภาษี",
    ),
    "cccd": (
        (
            r"cccd|cmnd|cmt|căn ?cước(?: công dân)?|can ?cuoc(?: cong dan)?|chứng minh(?: thư| nhân dân)?|chung minh"
            r"|định danh(?: cá nhân)?|dinh danh|số định danh|(?:vietnam(?:ese)? )?(?:citizen|national|personal)"
            r"(?: identity| identification| id)(?: card| number| no)?|vietnam(?:ese)?(?: id)?|identity card|id (?:card"
            r"|number|no)"
        ),
        "",
    ),
    "philsys": (
        (
            r"philsys|phil ?sys|phil-?id|e-?phil-?id|philippine (?:identification|id|national id)|pcn|psn"
            r"|card number \(pcn\)|national id|pambansang (?:id|pagkakakilanlan)|pagkakakilanlan|identification (?:card"
            r"|system|number)|national identification"
        ),
        "",
    ),
    "ph_tin": (r"tin|tax(?:payer)?s? ?(?:identification|id)?(?: number| no)?|bir|tin ?(?:no|number|#)?|buwis|rdo", ""),
    "phone": (
        (
            r"(?:tele)?phones?|tel|telp|tlp|telepon|telefono?|telefone|telefon(?:nummer)?|telefoon(?:nummer)?|téléphone"
            r"|mobile|mob|cell(?:phone)?|handy(?:nummer)?|portable|hp|no\.? ?hp|whats ?app|wa|sms|call(?: me| us)?"
            r"|contact(?: no| number| me)?|fax|hotline|reach (?:me|him|her|us)|ring|text me|dial|telepono|numero ng"
            r"|điện thoại|dien thoai|sđt|sdt|đt|di động|hotline|nomor|no\.? ?tel(?:efon)?|bimbit|komórka|cellulare|celular"
            r"|móvil|telemóvel|rufnummer|gsm"
        ),
        "电话|電話|手机|手機|联系方式|携帯|โทร|เบอร์|มือถือ",
    ),
    "passport": (
        (
            r"passports?(?: no| number| num)?|paspor(?:t)?(?: no| nomor)?|pasport|hộ chiếu|ho chieu|pasaporte|passaporte"
            r"|passeport|reisepass(?:nummer)?|pasaport[eo]"
        ),
        "护照|護照|旅券|パスポート|หนังสือเดินทาง",
    ),
    "resident": (r"id card|resident id|chinese id|identity card|id (?:number|no)", "身份证|身份證|证件号|居民"),
    "dni": (r"dni|nie|nif|documento(?: nacional)?|identidad", ""),
    "cpf": (r"cpf|cadastro de pessoas|contribuinte", ""),
    "pesel": (r"pesel", ""),
}

_NAMES = tuple(WORDS)
_OTHER_NUMBERS = re.compile(
    r"(?:order|purchase|p\.?o\.?|invoice|tracking|track|ref(?:erence)?|ticket|sku|ean|upc|gtin|barcode|serial|s/n|epoch"
    r"|timestamp|imei|isbn|batch|lot|parcel|shipment|awb|consignment|waybill|asset|part|model|build|version|commit"
    r"|txn|trx|trace|request|correlation|session|message|event|device|meter|sensor|job|run|case|pesanan|resi|faktur"
    r"|pesanan|rechnung|bestellung|facture|commande|pedido|factura|fattura|ordine|bestelling|zamówienie)"
    r"(?:[ _-]?(?:no|number|nr|num|id|ref|code|nomor|ms|at))?[ :#=_\"'.-]{0,3}$"
)
# A number of eight digits or more, and then words: what was said before it was said of it.
_SPOKEN_FOR = re.compile(r"(?s).*(?:\d[ .\-]?){8}[^\d]*?[^\W\d_]{2}")


def around(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands on either side of an identifier, in lower case, without what was said of a number before it."""
    before = text[max(0, start - REACH) : start].lower()
    taken = _SPOKEN_FOR.match(before)
    if taken is not None:
        before = before[taken.end() - 2 :]
    return before, text[end : end + REACH].lower()


def present(before: str, after: str) -> frozenset[str]:
    """Which lists may have a word on either side: no list that has one is left out, some that have none are in."""
    gate = _gate()
    if gate is None:
        return frozenset(WORDS)
    found = gate.Match(f"{before}\n{after}".encode("utf-8", "replace"))
    return frozenset(_NAMES[place] for place in found) if found else frozenset()


def nearest(words: str, before: str, after: str) -> int | None:
    """How far the nearest such word is from the identifier, in characters; None where there is none.

    `before` and `after` are what stands on either side, in lower case, at most `REACH` characters.
    """
    pattern = _compiled(words)
    best = None
    for found in pattern.finditer(before):
        best = len(before) - found.end()
    if best is not None and best <= AFTERWARDS:
        return best
    behind = pattern.search(after)
    if behind is None:
        return best
    there = behind.start() + AFTERWARDS
    return there if best is None or there < best else best


def names_another_number(before: str) -> bool:
    """Whether what stands right before says that it is an order, a parcel, a moment, or the like."""
    return _OTHER_NUMBERS.search(before[-BESIDE:]) is not None


@cache
def _gate() -> Any:
    """All lists as one RE2 set, with looser ends than `nearest` looks for; None without RE2."""
    if find_spec("re2") is None:
        return None
    import re2  # noqa: PLC0415 - the fallback does without

    gate = re2.Set.SearchSet()
    for name in _NAMES:
        spaced, unspaced = WORDS[name]
        whole = f"(?:^|[^a-z0-9]){_boundless(spaced)}(?:$|[^a-z])"
        gate.Add(f"{whole}|{unspaced}" if unspaced else whole)
    gate.Compile()
    return gate


@cache
def _compiled(words: str) -> re.Pattern[str]:
    spaced, unspaced = WORDS[words]
    whole = rf"(?<![^\W_]){_boundless(spaced)}(?![^\W\d_])"
    return re.compile(f"{whole}|{unspaced}" if unspaced else whole)


def _boundless(words: str) -> str:
    """The words as one group in which a space stands for any one separator."""
    return "(?:" + words.replace(" ?", "[ _-]?").replace("(?: ", "(?:[ _-]") + ")"
