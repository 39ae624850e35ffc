"""The words that stand near an identifier and say what it is, in English and the languages of the office.

Looked for in lower case within 60 characters on either side. Words in Latin letters are whole words, where an
underscore or digit ends a word too (`card_no`); those of scripts without spaces are found anywhere.
"""

# ruff: noqa: E501 - a list of words reads best on full lines

import re
from collections.abc import Callable, Container
from functools import cache
from importlib.util import find_spec
from typing import NamedTuple

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

_PLACES = {name: place for place, name in enumerate(WORDS)}
_SPOKEN, _OTHER = len(WORDS), len(WORDS) + 1  # where the gate has the two expressions that are no list
_OTHER_NUMBERS = re.compile(
    r"(?:order|purchase|p\.?o\.?|invoice|tracking|track|ref(?:erence)?|ticket|sku|ean|upc|gtin|barcode|serial|s/n|epoch"
    r"|timestamp|imei|isbn|batch|lot|parcel|shipment|awb|consignment|waybill|asset|part|model|build|version|commit"
    r"|txn|trx|trace|request|correlation|session|message|event|device|meter|sensor|job|run|case|pesanan|resi|faktur"
    r"|pesanan|rechnung|bestellung|facture|commande|pedido|factura|fattura|ordine|bestelling|zamówienie)"
    r"(?:[ _-]?(?:no|number|nr|num|id|ref|code|nomor|ms|at))?[ :#=_\"'.-]{0,3}$"
)
# A number of eight digits or more, and then words: what was said before it was said of it.
_SPOKEN_FOR = re.compile(r"(?s).*(?:\d[ .\-]?){8}[^\d]*?[^\W\d_]{2}")


class Around(NamedTuple):
    """What stands on either side of an identifier, in lower case, without what was said of a number before it.

    `told` are the places of the gate's expressions that may fit: none that fits is left out.
    """

    before: str
    after: str
    told: Container[int]


def around(text: str, start: int, end: int) -> Around:
    """What stands on either side of an identifier, at most `REACH` characters of each."""
    before = text[max(0, start - REACH) : start].lower()
    after = text[end : end + REACH].lower()
    told = _present(before, after)
    if _SPOKEN in told:
        taken = _SPOKEN_FOR.match(before)
        if taken is not None:
            before = before[taken.end() - 2 :]
            told = _present(before, after)
    return Around(before, after, told)


def nearest(words: str, there: Around) -> int | None:
    """How far the nearest such word is from the identifier, in characters; None where there is none."""
    if _PLACES[words] not in there.told:
        return None
    pattern = _compiled(words)
    best = None
    for found in pattern.finditer(there.before):
        best = len(there.before) - found.end()
    if best is not None and best <= AFTERWARDS:
        return best
    behind = pattern.search(there.after)
    if behind is None:
        return best
    distance = behind.start() + AFTERWARDS
    return distance if best is None or distance < best else best


def names_another_number(there: Around) -> bool:
    """Whether what stands right before says that it is an order, a parcel, a moment, or the like."""
    return _OTHER in there.told and _OTHER_NUMBERS.search(there.before[-BESIDE:]) is not None


def _present(before: str, after: str) -> Container[int]:
    """Which expressions of the gate may fit what stands on either side: all of them without RE2."""
    found: Container[int] = _gate()(f"{before}\n{after}".encode("utf-8", "replace")) or ()
    return found


@cache
def _gate() -> Callable[[bytes], Container[int]]:
    """All lists as one RE2 set, with looser ends than `nearest` looks for, then `_SPOKEN` and `_OTHER`."""
    if find_spec("re2") is None:
        return lambda _: range(_OTHER + 1)
    import re2  # noqa: PLC0415 - the fallback does without

    gate = re2.Set.SearchSet()
    for name in _PLACES:
        spaced, unspaced = WORDS[name]
        whole = f"(?:^|[^a-z0-9]){_boundless(spaced)}(?:$|[^a-z])"
        gate.Add(f"{whole}|{unspaced}" if unspaced else whole)
    gate.Add(r"(?s)(?:\p{Nd}[ .\-]?){8}.*[a-z\x{80}-\x{10ffff}]{2}.*\n")
    gate.Add(_OTHER_NUMBERS.pattern.removesuffix("$") + r"\n")
    gate.Compile()
    matched: Callable[[bytes], Container[int]] = gate.Match
    return matched


@cache
def _compiled(words: str) -> re.Pattern[str]:
    spaced, unspaced = WORDS[words]
    whole = rf"(?<![^\W_]){_boundless(spaced)}(?![^\W\d_])"
    return re.compile(f"{whole}|{unspaced}" if unspaced else whole)


def _boundless(words: str) -> str:
    """The words as one group in which a space stands for any one separator."""
    return "(?:" + words.replace(" ?", "[ _-]?").replace("(?: ", "(?:[ _-]") + ")"
