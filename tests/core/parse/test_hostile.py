"""Documents made to stall, crash or mislead a parser cost their own source one poll and nobody else anything."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from aggregator.errors import Malformed, NotAFeed, ParseError, TooComplex
from aggregator.parse import parse

URL = "https://hostile.example/feed"
HEAD = '<rss version="2.0"><channel><title>x</title><item><title>t</title><description>'
TAIL = "</description></item></channel></rss>"
N = 400_000  # bytes: what is quadratic takes minutes at this size, what is linear a second
PATIENCE_S = 12.0  # on a busy machine

FLOODS = [
    "<a", "&", "<!", "<![CDATA[", "<!--", '<a "', '<a b="', "<a 'x", "<?", "</", "<b>", "&#", "a=1 ", "<author>",
    "<item>", "\n", "<!DOCTYPE [", '<a:b c:d="">', "]]>", "<!-- -->", '<!ENTITY a "b">', "&nbsp;", "\x00", "<a/>",
    "</item>",
    "a.",
]  # fmt: skip


def outcome(document: str | bytes) -> str:
    """What came of it, within the time that one document may take."""
    body = document if isinstance(document, bytes) else document.encode("utf-8", "surrogatepass")
    started = time.process_time()
    try:
        feed = parse(body, "text/xml", URL)
        said = f"{len(feed.entries)} of {feed.left_out + len(feed.entries)}"
    except ParseError as error:
        said = type(error).__name__
    assert time.process_time() - started < PATIENCE_S
    return said


@pytest.mark.parametrize("flood", FLOODS)
def test_no_flood_stalls_the_parser(flood: str) -> None:
    many = flood * (N // len(flood))
    assert outcome(HEAD + many + TAIL)
    assert outcome(many + HEAD + TAIL)
    assert outcome(f"<rss>{many}")


@pytest.mark.parametrize(
    "author",
    [
        "<author>a@{}</author>",
        "<author>{}</author>",
        "<dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>a@{}</dc:creator>",
        "<author><name>a@{}</name></author>",
        "<webMaster>a@{}</webMaster>",
        '<author x="<">a@{}</author x="<">',
        "<?x > <author>a@{}</author> ?>",
        '<a title="<![CDATA["><author>a@{}</author>',
        "<author>a</name>a@{}</author>",
    ],
)
@pytest.mark.parametrize("broken", ["", "<br>"])
def test_a_name_is_never_searched_for_an_address(author: str, broken: str) -> None:
    run = "a." * 60_000
    assert outcome(f"{HEAD}{broken}</description>{author.format(run)}<description>{TAIL}") in ("1 of 1", "Malformed")


def test_entities_multiply_nothing() -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    assert outcome(f'<!DOCTYPE rss [<!ENTITY a0 "ha">{laughs}]>{HEAD}&a11;{TAIL}') == "1 of 1"
    long = f'<!DOCTYPE rss [<!ENTITY a "{"x" * 900}">]>{HEAD}{"&a;" * 100_000}{TAIL}'
    assert outcome(long) == "TooComplex"


def test_nothing_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    address = secret.as_uri()
    for document in (
        f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{address}">]>{HEAD}&x;{TAIL}',
        f'<!DOCTYPE rss [<!ENTITY % x SYSTEM "{address}"> %x;]>{HEAD}<br>&x;{TAIL}',
        f'<!DOCTYPE rss SYSTEM "{address}">{HEAD}{TAIL}',
        f'<rss xmlns:xi="http://www.w3.org/2001/XInclude"><channel><item><title>a</title><description>'
        f'<xi:include href="{address}" parse="text"/>{TAIL}',
    ):
        assert "the secret" not in repr(parse(document.encode(), "text/xml", URL))
    with pytest.raises(NotAFeed):
        parse(str(secret).encode(), "text/xml", URL)
    with pytest.raises(NotAFeed):
        parse(address.encode(), "text/xml", URL)


def test_depth_has_an_end() -> None:
    assert outcome(f"{HEAD}{'<div>' * 100_000}{'</div>' * 100_000}{TAIL}") == "TooComplex"
    assert outcome("[" * 200_000) == "NotAFeed"
    assert outcome('{"version": "https://jsonfeed.org/version/1.1", "items": ' + "[" * 200_000) == "Malformed"


def test_attributes_cost_what_they_weigh() -> None:
    attributes = " ".join(f'a{n}=""' for n in range(60_000))
    assert outcome(f"<rss><channel><item {attributes}/><item><title>a</title></item></channel></rss>") == "2 of 2"
    prefixes = " ".join(f'xmlns:a{n}="u{n}"' for n in range(30_000))
    assert outcome(f"<rss><channel><item {prefixes}/></channel></rss>") in ("1 of 1", "TooComplex")


def test_the_newest_entries_of_a_huge_document_are_kept_and_the_rest_is_counted() -> None:
    items = "".join(f"<item><title>{n}</title><guid>{n}</guid></item>" for n in range(5000))
    feed = parse(f"<rss><channel><title>x</title>{items}</channel></rss>".encode(), "text/xml", URL)
    assert (len(feed.entries), feed.left_out, feed.complete) == (2000, 3000, True)
    assert [entry.guid for entry in feed.entries[:2]] == ["0", "1"]


def test_broken_documents_have_a_size_that_sound_ones_do_not_have() -> None:
    body = "word " * 600_000
    assert outcome(f"{HEAD}{body}{TAIL}") == "1 of 1"
    with pytest.raises(TooComplex, match="2 MiB"):
        parse(f"{HEAD}<br>{body}{TAIL}".encode(), "text/xml", URL)


def test_a_number_of_a_million_digits_is_nobody_s_id() -> None:
    document = (
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": ' + "9" * 1_000_000 + ', "x": "\\ud800"}]}'
    )
    assert outcome(document) == "1 of 1"


def test_a_cut_document_without_a_whole_entry_is_a_failure() -> None:
    with pytest.raises(Malformed, match="cut off"):
        parse(HEAD.encode(), "text/xml", URL)
