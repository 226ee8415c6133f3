"""Every document of the corpus comes to what was reviewed and accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.outcome import DOCUMENTS, documents, expectation, outcome


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_a_document_comes_to_what_was_accepted(document: Path) -> None:
    assert outcome(document) == expectation(document).read_text(encoding="utf-8")


def test_no_expectation_stands_alone() -> None:
    expected = {path.name for path in DOCUMENTS.glob("*.expected.json")}
    assert expected == {expectation(path).name for path in documents()}
    assert len(expected) > 50
