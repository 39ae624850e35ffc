from schemas.vendor import AppName, Host, Product, Vendor
from services.classifier.corpora import names

ACME = Vendor(
    id="acme", name="Acme", domains=("acme.example",),
    hosts=(Host(host="acme.example", role="company", evidence="known"),),
    products=(
        Product(
            id="acme.chat", name="Acme Chat", kind="assistant",
            hosts=(
                Host(host="chat.acme-ai.com", evidence="known"),
                Host(host="telemetry.acme-stats.com", role="telemetry", evidence="known"),
                Host(host="acme.cloudfunctions.googleapis.com", role="api", evidence="known"),
            ),
            apps=(AppName(name="Acme  Chat"), AppName(name="Acme", common_word=True)),
        ),
        Product(
            id="acme.feature", name="Feature", kind="embedded", embedded=True, parent="acme.suite",
            hosts=(Host(host="feature.acme-suite.com", evidence="known"),),
        ),
    ),
)  # fmt: skip


def of(kind, **told):
    return {name.text: name for name in names.corpus(kind, (ACME,), **told)}


def test_positives_are_registered_domains_of_products_that_are_use():
    ai = {text for text, name in of("domains").items() if name.ai}
    assert ai == {"acme-ai.com"}


def test_a_common_word_is_no_example_of_ai():
    ai = {text for text, name in of("apps").items() if name.ai}
    assert ai == {"acme chat"}


def test_what_the_catalog_names_in_any_role_is_no_ordinary_name():
    known = Vendor(id="gitlab", name="GitLab", hosts=(Host(host="gitlab.com", role="company", evidence="known"),))
    assert "gitlab.com" in of("domains")
    assert "gitlab.com" not in {name.text for name in names.corpus("domains", (known,))}


def test_there_are_as_many_names_as_promised_and_half_of_the_look_alikes_are_held_out():
    found = of("domains").values()
    alike = [name.held for name in found if name.origin == "lookalike"]
    assert sum(name.origin == "ordinary" for name in found) >= 5_000
    assert len(alike) >= 400
    assert 0.4 < sum(alike) / len(alike) < 0.6


def test_one_stem_is_on_one_side():
    for kind in ("domains", "apps"):
        sides: dict[tuple[str, str], set[bool]] = {}
        for name in of(kind).values():
            sides.setdefault((name.origin, name.stem), set()).add(name.held)
        assert all(len(side) == 1 for side in sides.values())


def test_the_corpus_is_the_same_every_time():
    assert names.corpus("domains", (ACME,)) == names.corpus("domains", (ACME,))


def test_a_verdict_of_an_analyst_is_an_example_in_training_and_outranks_the_lists():
    said = names.Name("gitlab.com", ai=True, origin="verdict", stem="verdict:gitlab.com", held=False)
    assert of("domains", verdicts=(said,))["gitlab.com"] == said
