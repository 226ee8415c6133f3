"""What matching compares is the author's: no furniture, no quotations, no platform's sentences."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.signature import STUB_RUNS, meet, sign
from aggregator.model import Entry, Signature
from aggregator.sources import boilerplate
from aggregator.text.fingerprints import pack, unpack
from tests.core.dedupe.effort import examples
from tests.core.dedupe.made import entry, html, prose

TEXT = prose("lease", 200)
FOOTER = prose("about the author", 60)


def signed(*entries: Entry) -> list[Signature]:
    return [one.signature for one in sign(entries, boilerplate())]


def test_the_parts_of_a_signature() -> None:
    (found,) = signed(entry("A lease!", TEXT))
    assert found.title_key == "a lease"
    assert (found.words, len(found.body) // 4, len(found.lead) // 4) == (200, 196, 138)
    assert found.summary == b"", "a text this long is no summary"
    assert found.digest


def test_a_summary_stands_in_for_a_text() -> None:
    (found,) = signed(entry("A lease", "", summary=prose("said", 40)))
    assert (found.words, found.body, found.lead, found.digest) == (0, b"", b"", "")
    assert len(found.summary) // 4 == 38
    (short,) = signed(entry("A lease", "", summary="For members only"))
    assert short.summary == b""


def test_a_short_text_is_its_own_summary() -> None:
    (found,) = signed(entry("A lease", prose("short", 40), summary="Something else that somebody wrote about it here"))
    assert len(found.summary) // 4 == 38


def test_an_address_stands_in_for_a_title_without_words() -> None:
    (found,) = signed(entry("🚀", TEXT, "https://a.example/2024/to-the-moon.html"))
    assert found.title_key == "to the moon"


def test_markup_is_no_difference() -> None:
    one, other = signed(
        entry("a", html(TEXT, 60)), entry("a", html(TEXT, 7).replace("<p>", "<p><em>").replace("</p>", "</em></p>"))
    )
    assert one == other


def test_sentences_of_platforms_are_left_out() -> None:
    said = (
        '<p>A lease was originally published in <a href="https://medium.com/x">Harbour</a> on Medium, where people are '
        "continuing the conversation by highlighting and responding to this story.</p>"
    )
    one, other = signed(entry("a", html(TEXT)), entry("a", html(TEXT) + said))
    assert len(unpack(other.body) - unpack(one.body)) < 10


def test_a_note_on_the_original_is_no_part_of_a_summary() -> None:
    said = prose("said", 20)
    one, other = signed(entry("a", summary=said), entry("b", summary=f"Cross-posted from https://a.example/b/ {said}"))
    assert one.summary == other.summary != b""


def test_quotations_are_left_out() -> None:
    quoted = f"<blockquote><p>{FOOTER}</p><blockquote>deeper</blockquote><p>and out</p></blockquote>"
    one, other = signed(entry("a", f"<p>{TEXT}</p>"), entry("a", f"<p>{TEXT}</p>{quoted}"))
    assert one == other
    (only,) = signed(entry("a", quoted))
    assert (only.words, only.body) == (0, b"")


def test_what_stands_in_three_entries_is_furniture() -> None:
    three = [entry(f"title {n}", f"{prose(f'text {n}', 150)} {FOOTER}") for n in range(3)]
    alone = signed(entry("title 0", f"{prose('text 0', 150)} {FOOTER}"))[0]
    assert unpack(alone.body) - unpack(signed(*three)[0].body) >= unpack(signed(entry("", FOOTER))[0].body)
    assert signed(*three[:2])[0] == alone, "twice is no custom"


def test_one_entry_sent_three_times_is_no_furniture() -> None:
    assert signed(*[entry("One title", TEXT)] * 3)[0] == signed(entry("One title", TEXT))[0]
    emptied = signed(*[entry(f"title {n}", TEXT) for n in range(3)])
    assert all(one.body == b"" and one.words == 200 for one in emptied)


def test_summaries_lose_their_furniture_too() -> None:
    three = [
        entry(f"title {n}", "", summary=f"{prose('welcome to this newsletter', 30)} {prose(f'{n}', 4)}")
        for n in range(3)
    ]
    assert all(one.summary == b"" for one in signed(*three))


def test_the_digest_is_of_all_words_whatever_is_furniture() -> None:
    three = [entry(f"title {n}", f"{prose(f'text {n}', 150)} {FOOTER}") for n in range(3)]
    assert signed(*three)[0].digest == signed(three[0])[0].digest
    assert signed(*three)[0].digest != signed(*three)[1].digest


RUNS = st.frozensets(st.integers(0, 40), max_size=30)
SIGNATURES = st.builds(
    lambda body, lead, summary: Signature("t", pack(body), pack(lead), pack(summary)), RUNS, RUNS, RUNS
)


@examples(150)
@given(SIGNATURES, SIGNATURES, SIGNATURES)
def test_documents_meet_in_any_order(a: Signature, b: Signature, c: Signature) -> None:
    assert meet(a, b) == meet(b, a)
    assert meet(meet(a, b), c) == meet(a, meet(b, c)) or len(unpack(a.summary)) < STUB_RUNS
    once = meet(a, b)
    assert meet(once, b) == once
    assert unpack(once.body) == unpack(a.body) & unpack(b.body)
