# ruff: noqa: E501, RUF001 - texts are samples of what people write
import tracemalloc

import pytest

from services.classifier.corpora.text_identifiers import corpus
from services.labelling.detect.classes import classes, of_kind
from services.labelling.detect.detector import OVERLAP, WINDOW, Detector
from services.labelling.detect.finding import ACTED_ON, EXAMPLE
from services.labelling.detect.shapes import KINDS

DETECTOR = Detector()
ALNUM = "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zA"


def kinds(text, least=ACTED_ON):
    return {found.kind: text[found.start : found.end] for found in DETECTOR.find(text) if found.confidence >= least}


FOUND = [
    ("card", "4539 1488 0343 6467"), ("card", "card 4539148803436467"), ("card", "3782-822463-10013 amex"[:17]), ("iban", "GB29NWBK60161331926819"),
    ("iban", "de89 3704 0044 0532 0130 00"), ("us_ssn", "512-45-6788"), ("us_ssn", "SSN 512 45 6788"), ("uk_nino", "AB 12 34 56 C"),
    ("sg_nric", "S1234567D"), ("sg_nric", "M4332674T"), ("my_nric", "900101-14-5678"), ("my_nric", "no. k/p 900101145678"),
    ("id_nik", "NIK 3174051203900001"), ("id_nik", "No. KTP: 3174055203900001"), ("th_id", "1-1017-00230-70-8"),
    ("th_id", "เลขประจำตัวประชาชน 1101700230708"), ("vn_cccd", "số căn cước 079203001234"), ("ph_philsys", "PCN 1234-5678-9013-3456"),
    ("ph_tin", "TIN 234-567-891-000"), ("email", "siti@sawitmill.my"), ("phone", "+65 9123 4567"), ("phone", "HP 0812 3456 7890"),
    ("phone", "(212) 664-7665"), ("aws_key", "AKIAQ3EGUZ7B5NQXW2LK"), ("github_token", "ghp_" + ALNUM + "b3d7"), ("openai_key", "sk-proj-" + ALNUM),
    ("anthropic_key", "sk-ant-api03-" + ALNUM * 3), ("google_api_key", "AIza" + ALNUM + "b3d"), ("slack_token", "xoxb-2345-" + ALNUM),
    ("stripe_key", "sk_live_" + ALNUM), ("private_key", "-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----"),
    ("password_assignment", "DB_PASSWORD=h7!kkW"), ("password_assignment", "kata sandi: ku7ing!"), ("connection_string", "postgres://u:pw12@db/x"),
    ("azure_sas", "sv=2022-11-02&sig=" + ALNUM * 2 + "%3D"), ("basic_auth", "Authorization: Basic c2l0aTpodW50ZXIy"),
    ("password_hash", "$2b$12$" + ALNUM + "aB3dE6gH9jK2mN5pQ8rS1"), ("k8s_secret", "kind: Secret\ndata:\n  a: aGVsbG8="),
    ("br_cpf", "529.982.247-25"), ("cn_resident_id", "11010519491231002X"), ("es_dni", "DNI 12345678Z"), ("passport", "passport no E1234567"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), FOUND)
def test_a_kind_is_found(kind, text):
    assert kind in kinds(f"Please check: {text} today")


@pytest.mark.parametrize(
    "text",
    [
        "card 4539148803436460x", "order number 4539148803436467", "4539148803436461", "GB30NWBK60161331926819", "S1234567A",
        "000-12-3456", "666-12-3456", "3174051203900001", "079203001234", "234-567-891", "550e8400-e29b-41d4-a716-446655440000",
        "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "ts 1713892710980", "password: must be changed", "password=${DB_PASSWORD}",
        "total $4,539,148.50", "the password is required", "compass: northwest7", "1.4539148803436467", "+1.23456789",
        "https://host.example-firm.com:8080/a@b", "BG123456A",
    ],
)  # fmt: skip
def test_what_only_looks_alike_is_not(text):
    assert kinds(f"Please check: {text} today") == {}


@pytest.mark.parametrize(
    "text",
    ["4111 1111 1111 1111", "AKIAIOSFODNN7EXAMPLE", "sk-" + "x" * 48, "123-45-6789", "078-05-1120", "jane@example.com", "ghp_" + "a" * 36],
)  # fmt: skip
def test_published_examples_and_placeholders_are_recognised_and_not_counted(text):
    (found,) = DETECTOR.find(f"Please check: {text} today")
    assert found.confidence == EXAMPLE
    assert "placeholder" in found.basis
    assert classes([found]) == []


def test_a_failed_check_lowers_confidence_and_needs_its_own_word_beside_it():
    (found,) = DETECTOR.find("card number: 4539148803436461")
    assert (found.kind, found.confidence < ACTED_ON) == ("card", True)
    sure, doubted = (
        DETECTOR.find(f"x {token}")[0]
        for token in ("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", "ghp_" + ALNUM + "b3d7")
    )
    assert (sure.kind, sure.confidence > doubted.confidence > ACTED_ON) == ("github_token", True)


def test_its_own_word_beats_a_bare_check_digit():
    nik = next(f"317405120390{n:04d}" for n in range(1, 60) if "card" in kinds(f"52{n:014d}") or n == 7)
    assert kinds(f"NIK {nik}") == {"id_nik": nik}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a\u200bcard 4\u200b539\u2060148803436467!", "4\u200b539\u2060148803436467"),
        ("card \u202e4539148803436467\u202c.", "4539148803436467"),
        ("card ４５３９１４８８０３４３６４６７", "４５３９１４８８０３４３６４６７"),
        ("ก\x00 card 4539–1488–0343–6467", "4539–1488–0343–6467"),
        ("\ud800 card 4539148803436467 \udfff", "4539148803436467"),
        ("บัตรเครดิต ๔๕๓๙๑๔๘๘๐๓๔๓๖๔๖๗", "๔๕๓๙๑๔๘๘๐๓๔๓๖๔๖๗"),
        ("🙂 NRIC S1234567D 🙂", "S1234567D"),
    ],
)  # fmt: skip
def test_offsets_are_those_of_the_original_text_whatever_stands_in_it(text, value):
    (found,) = [one for one in DETECTOR.find(text) if one.confidence >= ACTED_ON]
    assert text[found.start : found.end] == value


def test_a_match_that_ends_within_a_character_moves_nothing_behind_it():
    text = "password=a" + "é" * 70 + "7, NRIC S1234567D"
    assert "S1234567D" in kinds(text).values()


@pytest.mark.parametrize(
    "place", [0, 100, WINDOW - 12, WINDOW - 1, WINDOW, WINDOW + 1, WINDOW + OVERLAP, 2 * WINDOW + 7]
)
def test_an_identifier_is_found_once_wherever_windows_meet(place):
    text = "x " * (place // 2) + " card 4539148803436467 " + "y " * WINDOW
    assert [text[one.start : one.end] for one in DETECTOR.find(text)] == ["4539148803436467"]


@pytest.mark.parametrize(
    "unit", ["a", "1", "@", "4 ", "://:", "password", "eyJ", "é", "４", "\u200b", "Bearer ", "a.b@"]
)
def test_a_long_line_takes_memory_of_a_window_and_no_more(unit):
    text = unit * (3 * WINDOW // len(unit))
    tracemalloc.start()
    DETECTOR.find(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * WINDOW


def test_every_kind_has_classes_and_contacts_are_confidential_only_as_a_list():
    assert all(of_kind(kind) for kind in KINDS)
    one, three = "mail a@lumen.org", "a@lumen.org b@lumen.org c@lumen.org"
    assert {each.name for each in classes(DETECTOR.find(one))} == {"pii"}
    assert {each.name for each in classes(DETECTOR.find(three))} == {"pii", "confidential"}


def test_figures_on_the_generated_corpus_keep_what_is_promised():
    named = found = right = told = 0
    for written in corpus(150, seed=8):
        findings = [one for one in DETECTOR.find(written.text) if one.confidence >= ACTED_ON]
        for span in written.spans:
            hit = any(one.kind == span.kind and one.start < span.end and span.start < one.end for one in findings)
            named += span.named
            found += span.named and hit
        told += len(findings)
        right += sum(any(one.start < span.end and span.start < one.end for span in written.spans) for one in findings)
    assert found / named > 0.97
    assert right / told > 0.99
