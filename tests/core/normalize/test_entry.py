"""Identity, dates, people, tags and pictures of an entry, field by field."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Image, Person, RawText, Skipped
from aggregator.normalize.tags import slug
from tests.core.normalize.conftest import Making, Taking


def day(year: int, month: int, number: int, hour: int = 0) -> datetime:
    return datetime(year, month, number, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("published", "updated", "expected"),
    [
        ("Mon, 02 Feb 2026 10:00:00 +0200", None, (day(2026, 2, 2, 8), "second", None)),
        ("2018-12", None, (day(2018, 12, 1), "month", None)),
        (None, "2026-02-02T00:00:00Z", (day(2026, 2, 2), "second", day(2026, 2, 2))),
        ("  ", "2026-02-02T00:00:00Z", (day(2026, 2, 2), "second", day(2026, 2, 2))),
        ("2026-02-02", "2026-02-01", (day(2026, 2, 2), "day", None)),
        ("2026-02-02", "2026-02-03", (day(2026, 2, 2), "day", day(2026, 2, 3))),
        ("2026-03-02T11:00:00Z", None, (day(2026, 3, 2, 11), "second", None)),  # within a day of now
        ("2026-03-02T13:00:00Z", None, (None, "unknown", None)),
        ("1989-12-31", None, (None, "unknown", None)),
        ("0000-00-00", "2026-02-02", (None, "unknown", day(2026, 2, 2))),
        ("yesterday", None, (None, "unknown", None)),
        (None, "9999-12-31", (None, "unknown", None)),
        (None, None, (None, "unknown", None)),
    ],
)
def test_dates_are_believed_or_left_to_first_sight(
    make: Making, published: str | None, updated: str | None, expected: tuple[datetime | None, str, datetime | None]
) -> None:
    entry = make(published=published, updated=updated)
    assert (entry.published, entry.date_precision, entry.updated) == expected


def test_the_guid_is_never_empty(make: Making) -> None:
    assert make(guid=" tag:x \x00").guid == "tag:x"
    assert make(guid=None).guid == "https://tides.example/low-water"
    digest = make(guid="", url=None).guid
    assert digest.startswith("digest:") and digest == make(guid=None, url="javascript:x").guid
    assert digest != make(guid=None, url=None, title=RawText("High water")).guid
    long = make(guid="x" * 5000).guid
    assert long.startswith("digest:") and long != make(guid="x" * 5001).guid


def test_addresses_are_clean_and_absolute(make: Making) -> None:
    entry = make(url="/a?utm_source=rss&p=2#:~:text=x")
    assert entry.url == "https://tides.example/a?p=2"
    assert entry.keys == ("u:tides.example/a?p=2",)
    assert make(url="data:text/html,x").url is None


def test_a_platform_s_key_comes_first(make: Making) -> None:
    entry = make(url="https://dev.to/mara/low-water-4a2b")
    assert entry.keys == ("dev:low-water-4a2b", "u:dev.to/mara/low-water-4a2b")
    assert make(url=None, guid="https://medium.com/p/0123456789ab").keys[0] == "medium:0123456789ab"


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("https://quay.example/low-water?utm_source=x", "https://quay.example/low-water"),
        ("http://www.tides.example/low-water/", None),
        ("https://quay.example/", None),
        ("javascript:x", None),
        (None, None),
    ],
)
def test_a_canonical_address_is_one_only_elsewhere(make: Making, declared: str | None, expected: str | None) -> None:
    entry = make(canonical_url=declared)
    assert entry.canonical_url == expected
    assert entry.declared == ((f"u:{expected.removeprefix('https://')}",) if expected else ())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<p>Originally published at <a href="https://quay.example/a">quay.example</a></p><p>Text</p>', True),
        (
            '<p><em>This post first appeared on <strong><a href="https://quay.example/a">my blog</a></strong></em></p>',
            True,
        ),
        ('<p>Cross-posted from <a href="https://quay.example/a">here</a>.</p>', True),
        ('<p>Text</p><p><a href="https://quay.example/a">Low water</a> was originally published on Quay.</p>', True),
        ('<p>Text</p><p>The post <a href="https://quay.example/a">Low</a> appeared first on Quay.</p>', True),
        ('<p>This was <a href="https://quay.example/a">originally posted</a> elsewhere.</p>', True),
        ('<p>Read the original article at: <a href="https://quay.example/a">Quay</a></p>', True),
        ("<p>Cross-posted from https://quay.example/a</p><p>Low water came early.</p>", True),
        ("<p>Low water.</p><p>(Originally published on my blog: https://quay.example/a)</p>", True),
        ("<p>Originally published at https://quay.example/a.</p>", True),
        ("<p>Originally published at https://quay.example/a…</p>", False),
        ("<p>Originally published at https://quay.example/a-b...</p>", False),
        ("<p>The map was first published in 1912. See https://quay.example/a</p>", False),
        ('<p>Originally published at <a href="https://quay.example">quay.example/a</a></p>', False),
        ('<p>Originally published in <a href="https://medium.com/quay">Quay</a> on Medium</p>', False),
        ('<p>Originally published at <a href="http://localhost:1313/a">home</a></p>', False),
        ('<p>See <a href="https://quay.example/a">this</a>. The map was published originally in 1912.</p>', False),
        (
            "<p>" + "word " * 2000 + 'originally published at <a href="https://quay.example/a">x</a>' + " word" * 2000,
            False,
        ),
    ],
)
def test_a_note_at_either_end_names_the_original(make: Making, content: str, expected: bool) -> None:
    found = make(content=RawText(content, "html")).canonical_url
    assert found == ("https://quay.example/a" if expected else None)


def test_a_note_in_a_teaser_names_the_original(make: Making) -> None:
    """Medium's teasers are words only, and the address may be cut off."""
    said = "Cross-posted from https://quay.example/a Low water came early and…"
    assert make(summary=RawText(said)).canonical_url == "https://quay.example/a"
    assert make(summary=RawText("Cross-posted from https://quay.example/a-ver…")).canonical_url is None
    assert make(summary=RawText(said), content=RawText("<p>Low water.</p>", "html")).canonical_url is None


def test_a_declared_original_stands_before_a_noted_one(make: Making) -> None:
    note = RawText('<p>Originally published at <a href="https://noted.example/a">x</a></p>', "html")
    assert make(content=note, canonical_url="https://said.example/a").canonical_url == "https://said.example/a"


def test_authors_are_the_entry_s_else_the_feed_s(make: Making) -> None:
    feed = {"authors": (Person("Mara", "https://tides.example/", "javascript:x"),)}
    assert make(feed=feed).authors == (Person("Mara", "https://tides.example/"),)
    written = (Person("<b>Ole</b> &amp; Co", "ftp://x"), Person("OLE & CO"), Person(" "))
    assert make(feed=feed, authors=written).authors == (Person("Ole & Co"),)
    assert make().authors == ()


def test_tags_keep_order_and_label(make: Making) -> None:
    entry = make(tags=("Tide Tables", "tide tables", "#Moon", "C++", "C", "C#", ".NET", "a, b", "Uncategorized", ".."))
    assert entry.tags == ("tide-tables", "moon", "c++", "c", "c#", ".net", "a", "b")
    assert entry.tag_labels["tide-tables"] == "Tide Tables" and entry.tag_labels["moon"] == "Moon"


def test_what_is_too_tangled_to_read_is_left_out_and_the_rest_stays(make: Making) -> None:
    tangle = "<em>" * 4000
    entry = make(tags=(tangle, "moon"), authors=(Person(tangle), Person("Mara")), image=Image("/quay.jpg", alt=tangle))
    assert (entry.tags, entry.authors) == (("moon",), (Person("Mara"),))
    assert entry.image == Image("https://tides.example/quay.jpg")


@given(st.text(max_size=60))
def test_a_slug_is_stable_and_fits_into_an_address(label: str) -> None:
    name = slug(label)
    assert slug(name) == name
    assert (
        name not in (".", "..") and not any(one in name for one in ", /\\\n\t?&%") and not name.startswith(("#", "-"))
    )


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("/cover.jpg", True),
        ("https://tides.example/logo.png", False),
        ("https://img.example/mara.jpg", False),
        ("https://secure.gravatar.com/avatar/1", False),
        ("data:image/png;base64,x", False),
        ("javascript:x", False),
    ],
)
def test_the_picture_is_the_article_s_own(make: Making, address: str, taken: bool) -> None:
    feed = {"icon": "https://tides.example/logo.png"}
    authors = (Person("Mara", None, "https://img.example/mara.jpg"),)
    image = make(image=Image(address, 800, 400, "<i>A quay</i>"), feed=feed, authors=authors).image
    assert image == (Image("https://tides.example/cover.jpg", 800, 400, "A quay") if taken else None)


def test_without_one_the_first_of_the_text_is_taken(make: Making) -> None:
    content = RawText('<img src="/p.gif" width="1" height="1"><p>x</p><img src="/quay.jpg" alt="Quay">', "html")
    entry = make(content=content, image=Image("https://tides.example/1x1.gif", 1, 1))
    assert entry.image == Image("https://tides.example/quay.jpg", alt="Quay")


def test_language_and_direction(make: Making) -> None:
    assert make(language="en_us", feed={"language": "de"}).language == "en-US"
    assert make(feed={"language": "de"}).language == "de"
    assert make(language="nonsense value").language is None
    assert make(title=RawText("المد والجزر")).dir == "rtl"
    assert make(language="he").dir == "rtl"


def test_a_reply_is_no_article(take: Taking) -> None:
    skipped = take(in_reply_to=True)
    assert isinstance(skipped, Skipped)
    assert skipped.title == "Low water" and "reply" in skipped.reason


def test_the_source_s_section_is_the_entry_s(make: Making) -> None:
    assert make(source={"section": "Writing"}).section == "Writing"
