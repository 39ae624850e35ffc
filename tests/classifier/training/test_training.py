import json
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from services.classifier.corpora.names import Name, corpus, features
from services.classifier.training import fit, train
from services.classifier.training.verdicts import read
from services.kit.errors import Misconfigured
from services.labelling.tail import model

ORIGINS = [("catalog", True), ("ordinary", False), ("lookalike", False)]


def few(kind):
    """A small corpus with a word in it that tells AI apart."""
    found = []
    for at in range(120):
        origin, ai = ORIGINS[at % 3]
        word = "chatgpt" if ai else "bakery"
        text = f"{word}{at}.com" if kind == "domains" else f"{word} {at}"
        found.append(Name(text, ai, origin, f"{origin}{at}", at % 10 == 0))
    return found


@pytest.mark.parametrize("kind", ["domains", "apps"])
def test_what_serves_gives_the_scores_of_the_estimator_that_skops_kept(kind):
    served, estimator = model.shipped(kind), train.estimator(kind)
    some = [name for name in corpus(kind, ()) if name.held][:200]
    ours = np.array([served.score(features(kind, name.text)) for name in some])
    theirs = estimator.decision_function(csr_matrix(fit.matrix(kind, some)))
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_the_same_corpus_gives_the_same_files(tmp_path):
    for folder in ("one", "two"):
        train.write("domains", fit.fit("domains", few("domains")), tmp_path / folder, tmp_path / folder)
    one, two = (tmp_path / folder / "domains.npz" for folder in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_a_word_that_tells_ai_apart_is_learnt_from_names_in_training_alone():
    fitted = fit.fit("apps", few("apps"))
    ai, other = (fitted.model.score(features("apps", text)) for text in ("chatgpt nine", "bakery nine"))
    assert ai > other
    assert len(fitted.unseen) == sum(not name.held for name in few("apps"))


def test_files_are_small_enough_to_be_kept_with_the_code():
    for path in (*model.FOLDER.glob("*.npz"), *train.ESTIMATORS.glob("*.skops")):
        assert path.stat().st_size < 2 * 1024 * 1024, path.name


def test_the_manifest_names_the_models_that_are_shipped():
    assert {made.kind: made.version for made in train.manifest()} == {
        kind: model.shipped(kind).version for kind in train.KINDS
    }


def test_a_file_that_is_no_model_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", weights=np.zeros(3, np.float32))
    with pytest.raises((KeyError, ValueError)):
        model.read(tmp_path / "x.npz")


def verdicts(tmp_path: Path, content: str):
    file = tmp_path / "said.json"
    file.write_text(content)
    return read(file)


def said(key, verdict, **more):
    return {"key": key, "verdict": verdict, "author": "ana", "reason": "seen", "at": "2026-11-02T09:00:00Z", **more}


def test_verdicts_of_the_topic_become_examples_the_last_word_on_each_key(tmp_path):
    lines = [said("host:app.violet.example", "none"), said("app:violet notes", "ai"), said("host:violet.example", "ai")]
    found = verdicts(tmp_path, "\n".join(map(json.dumps, lines)))
    assert [(name.text, name.ai) for name in found["apps"]] == [("violet notes", True)]
    assert ("violet.example", True) in [(name.text, name.ai) for name in found["domains"]]
    assert not any(name.held for names in found.values() for name in names)


def test_what_was_taken_back_and_what_is_only_related_says_nothing(tmp_path):
    items = [said("host:a.example", "ai", undone_at="2026-11-03T09:00:00Z"), said("host:b.example", "related")]
    assert verdicts(tmp_path, json.dumps({"items": items, "next": None})) == {"domains": [], "apps": []}


def test_of_a_page_newest_first_the_newest_holds(tmp_path):
    items = [said("host:a.example", "none"), said("host:a.example", "ai")]
    (name,) = verdicts(tmp_path, json.dumps({"items": items}))["domains"]
    assert not name.ai


def test_a_line_that_is_no_verdict_is_named(tmp_path):
    with pytest.raises(Misconfigured, match="line 2"):
        verdicts(tmp_path, json.dumps(said("host:a.example", "ai")) + "\n{}\n")
