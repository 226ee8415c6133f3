"""Which entries a source sent before, whatever it did to their names; and guids that no two entries share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.identity import distinct_guids, recognise
from aggregator.model import Copy, Entry
from tests.core.dedupe.effort import examples
from tests.core.dedupe.made import ISSUED, copies, entry, prose, source

SITE, DEV = source("site"), source("dev")
URL = "https://asha.example/blog/leases"
TEXT = prose("lease", 200)
KNOWN = entry("A lease is a promise", TEXT, URL, guid="1")


def is_known(now: Entry, before: Entry = KNOWN, aliases: Sequence[str] = ()) -> bool:
    kept = [replace(copy, aliases=tuple(aliases)) for copy in copies(SITE, [before])]
    return bool(recognise(copies(SITE, [now], first_id=10), kept))


def changed(title: str = KNOWN.title, text: str = TEXT, url: str = URL, guid: str = "1", days: int = 0) -> Entry:
    return entry(title, text, url, guid, at=ISSUED + timedelta(days=days))


def test_by_its_guid() -> None:
    assert is_known(changed(title="Something else", text=prose("new"), days=900))
    assert is_known(changed(title="Something else", url="https://new.example/x"))
    assert is_known(changed(text=prose("new"), url="https://new.example/x"))


def test_a_guid_that_is_used_again_is_another_entry() -> None:
    assert not is_known(changed("Buttons", prose("buttons"), "https://asha.example/buttons"))
    assert not is_known(
        changed("Comic 2", "", "https://asha.example/c2"), entry("Comic 1", "", "https://asha.example/c1", "1")
    )
    assert not is_known(
        changed("On Rust", "", "https://asha.example/r"), entry("On Go", "", "https://asha.example/g", "1")
    )


def test_by_its_address() -> None:
    assert is_known(changed(guid="2", days=400))
    assert is_known(changed(guid="2", url="http://www.asha.example/blog/leases/?utm_source=x"))
    assert is_known(changed("A lease is a promise, they say", prose("new"), guid="2"))
    assert is_known(changed("Renamed altogether", guid="2"))
    assert not is_known(changed("Buttons", prose("buttons"), guid="2"))


def test_not_every_entry_of_a_changelog_is_the_first() -> None:
    before = entry("v1.0.3", f"{prose('template', 60)} {prose('olds', 40)}", URL, "a")
    assert not is_known(entry("v1.0.4", f"{prose('template', 60)} {prose('news', 40)}", URL, "b"), before)
    assert not is_known(entry("v1.0.4", "", URL, "b"), entry("v1.0.3", "", URL, "a"))


def test_by_what_it_was_called_once() -> None:
    assert is_known(changed(url="https://old.example/x", guid="0"), aliases=["g:asha/site:0"])
    assert is_known(changed(url="https://old.example/x", guid="0"), aliases=["u:old.example/x"])


def test_by_its_words_at_another_place() -> None:
    assert is_known(changed(url="https://new.example/leases", guid="2"))
    assert is_known(changed(url="https://asha.example/uncategorized/leases", guid="2", days=90))
    assert is_known(changed(url="https://asha.example/2026/a-lease", guid="2")), "the same moment"
    assert is_known(changed(text=f"{TEXT} more", url="https://new.example/leases", guid="2"))
    assert is_known(changed(text="", url="https://new.example/leases", guid="2"), changed(text=""))


def test_not_by_its_words_alone() -> None:
    assert not is_known(changed(url="https://asha.example/2026/a-lease", guid="2", days=30))
    assert not is_known(changed("Renamed", url="https://new.example/leases", guid="2"))
    assert not is_known(changed(text=prose("new"), url="https://new.example/leases", guid="2"))
    monthly = entry("Open thread", "", "https://asha.example/2026/05/open", "a")
    assert not is_known(
        entry("Open thread", "", "https://asha.example/2026/06/open", "b", ISSUED + timedelta(30)), monthly
    )


def test_never_in_another_source() -> None:
    assert recognise(copies(DEV, [KNOWN], first_id=10), copies(SITE, [KNOWN])) == {}


def test_an_entry_that_stands_in_the_document_is_not_taken_for_another() -> None:
    kept = copies(SITE, [changed(guid="a", url="https://asha.example/a/leases")])
    drafts = copies(SITE, [changed(guid="b", url="https://asha.example/b/leases"), kept[0].entry], first_id=10)
    assert recognise(drafts, kept) == {11: kept[0]}


def test_each_is_at_most_one() -> None:
    kept = copies(SITE, [changed(guid="a", url="https://a.example/leases")])
    drafts = copies(SITE, [changed(guid=guid, url=f"https://{guid}.example/leases") for guid in "bcd"], first_id=10)
    assert len(recognise(drafts, kept)) == 1


def test_swapped_guids_follow_the_address() -> None:
    one = entry("Leases", TEXT, "https://asha.example/l", "1")
    two = entry("Buttons", prose("buttons"), "https://asha.example/b", "2")
    kept = copies(SITE, [one, two])
    drafts = copies(SITE, [replace(one, guid="2"), replace(two, guid="1")], first_id=10)
    assert {id: copy.id for id, copy in recognise(drafts, kept).items()} == {10: 1, 11: 2}


# ── guids ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _named(*entries: Entry) -> list[str]:
    return [one.guid for one in distinct_guids(entries)]


def test_guids_that_are_distinct_stay() -> None:
    assert _named(entry("a", guid="1"), entry("b", guid="2")) == ["1", "2"]


def test_a_shared_guid_gets_the_address() -> None:
    one, two = entry("a", url="https://x.example/a", guid="1"), entry("b", url="https://x.example/b", guid="1")
    assert _named(one, two) == ["1 https://x.example/a", "1 https://x.example/b"]


def test_a_shared_address_gets_the_title() -> None:
    one, two = entry("a", url="https://x.example/", guid="1"), entry("b", url="https://x.example/", guid="1")
    assert _named(one, two) == ["1 https://x.example/ a", "1 https://x.example/ b"]
    assert _named(entry("a", guid="1"), entry("b", guid="1")) == ["1 a", "1 b"]


def test_the_same_item_twice_is_one() -> None:
    one = entry("a", "first", "https://x.example/a", "1")
    assert distinct_guids([one, replace(one, content_html="second")]) == (one,)


ENTRIES = st.lists(
    st.builds(
        lambda guid, url, title: entry(title, url=url, guid=guid),
        st.sampled_from(["1", "2", "1 https://x.example/a"]),
        st.sampled_from([None, "https://x.example/a", "https://x.example/b"]),
        st.sampled_from(["a", "b"]),
    )
)


@examples(200)
@given(ENTRIES)
def test_no_two_share_a_guid(entries: list[Entry]) -> None:
    found = distinct_guids(entries)
    assert len({one.guid for one in found}) == len(found)
    assert len(found) == len({(one.guid, one.url, one.title) for one in entries})
    assert distinct_guids(found) == found


def test_a_copy_is_recognised_in_any_order_of_the_document() -> None:
    many = [entry(f"Title {n}", prose(f"t{n}"), f"https://asha.example/{n}", f"g{n}") for n in range(6)]
    kept = copies(SITE, many)
    moved = [replace(one, guid=f"new {one.guid}") for one in many]

    def found(entries: Sequence[Entry]) -> dict[str, int]:
        drafts: tuple[Copy, ...] = copies(SITE, entries, first_id=100)
        names = {draft.id: draft.entry.guid for draft in drafts}
        return {names[id]: copy.id for id, copy in recognise(drafts, kept).items()}

    assert found(moved) == found(moved[::-1]) == {one.guid: n for n, one in enumerate(moved, start=1)}
