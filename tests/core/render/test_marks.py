"""What was searched for stands out, and nothing else becomes markup."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.render.marks import marked
from aggregator.text.query import parse


@pytest.mark.parametrize(
    ("text", "q", "expected"),
    [
        ("Kafka and kafkas", "kafka", "[Kafka] and [kafkas]"),
        ("Kafka and kafkas", "kafka and", "[Kafka] [and] kafkas"),
        ("The event loop of an event", '"event loop"', "The [event loop] of an event"),
        ("Node.js & C++ <b>", "node.js c++", "[Node.js] &amp; [C++] &lt;b&gt;"),
        ("Le CAFÉ, Straße", "cafe strasse", "Le [CAFÉ], [Straße]"),
        ("分散システムの設計", "システム", "分散[システム]の設計"),
        ("分散システムの設計", "の", "分散システム[の]設計"),
        ("R&D", "-kafka", "R&amp;D"),
        ("R&D", "", "R&amp;D"),
        ("Kubernetes, briefly", "kubernets", "[Kubernetes], briefly"),
        ("kubernets Kubernetes", "kubernets", "[kubernets] Kubernetes"),
    ],
)
def test_what_was_searched_for_is_marked(text: str, q: str, expected: str) -> None:
    found = marked(text, parse(q), forgiving=True)
    assert found.replace("<mark>", "[").replace("</mark>", "]") == expected


TEXT = st.text(alphabet=st.one_of(st.sampled_from("ab<&\"' 分散c+"), st.characters()))


@given(TEXT, TEXT)
def test_the_text_stays_what_it_is(text: str, q: str) -> None:
    found = str(marked(text, parse(q), forgiving=True))
    bare = found.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert unescape(bare) == text
    assert found.count("<mark>") == found.count("</mark>")
