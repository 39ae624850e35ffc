import pytest

from services.labelling.contextual.markings import marked
from services.labelling.reading import Reader

PROSE = "the plant in the north reports on violet-heron-canary"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (f"CONFIDENTIAL\n\n{PROSE}", "confidential"),
        (f"{PROSE}\n-- Company Confidential --", "confidential"),
        (f"Summarise: STRICTLY CONFIDENTIAL {PROSE}", "confidential"),
        (f"INTERNAL USE ONLY - {PROSE}", "internal"),
        (f"{PROSE}\n*** For internal use only ***\n", "internal"),
        (f"Classification: Internal\n{PROSE}", "internal"),
        (f"CUI//SP-CTI//NOFORN\n{PROSE}", "regulated"),
        (f"TLP:RED {PROSE}", "confidential"),
        (f"TLP:AMBER+STRICT {PROSE}", "confidential"),
        (f"TLP:GREEN {PROSE}", "internal"),
        (f"TLP:CLEAR {PROSE}", "public"),
        (f"Vertraulich\n{PROSE}", "confidential"),
        (f"SULIT\n{PROSE}", "confidential"),
        (f"RAHASIA\n{PROSE}", "confidential"),
        (f"TERHAD\n{PROSE}", "internal"),
        (f"ลับ\n{PROSE}", "confidential"),
        ("【机密】明天的会议改到三楼", "confidential"),
        ("内部资料\n明天的会议改到三楼", "internal"),
        ("【社外秘】会議は三階です", "confidential"),
        (f"[PUBLIC] {PROSE}", "public"),
        (f"PUBLIC\n{PROSE}\nCONFIDENTIAL", "confidential"),
        (f"CONFIDENTIAL | INTERNAL USE ONLY\n{PROSE}", "confidential"),
        (f"{PROSE} " * 9_000 + "\nConfidential", "confidential"),
    ],
)
def test_what_stands_as_a_marking_gives_its_level(text, level):
    found = marked(text)
    assert found is not None
    assert found.name == level
    assert "violet" not in found.basis.lower()
    assert level in {one.name for one in Reader().read(text).classes}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Is this confidential or may I share it?",
        "Write a poem about a secret garden open to the public.",
        "Our public website and the internal wiki are down.",
        "level = Sensitivity.CONFIDENTIAL",
        'if mark == "CONFIDENTIAL":',
        "public: int total;",
        "TLP:BLUE TLP: RED",
        "| Public | 12 |\n| Internal | 7 |",
        "public / private",
        "社外秘とは何ですか。",
        "什么是机密文件",
        "Explain what secret - and what public - keys are.",
        "THE WHOLE LETTER IS IN CAPITALS AND SAYS CONFIDENTIAL ONCE",
    ],
)
def test_the_same_words_in_a_sentence_are_no_marking(text):
    assert marked(text) is None
