"""For any bytes at all there is a feed or an error of ours, and the same bytes always give the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import ParseError
from aggregator.model import ParsedFeed
from aggregator.parse import parse
from tests.corpus.outcome import documents

URL = "https://any.example/feed"
BODIES = [path.read_bytes() for path in documents()]
BITS = [
    b"<", b">",
    b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"</item>", b"<item>", b"</rss>", b"<entry>", b'"', b"\x00",
    b"\xff", b"<br>",
    b"&nbsp;", b"&#0;", b"&#xFFFFFF;", b"<?", b"<!DOCTYPE", b"xmlns=''", b"xml:base='::'", b"{", b"}", b"null",
    b"\\ud800",
]  # fmt: skip


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A document of the corpus with pieces cut out, put in and doubled."""
    body = draw(st.sampled_from(BODIES))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 60)))
        put = draw(st.one_of(st.sampled_from(BITS), st.binary(max_size=8), st.just(body[start:end] * 2)))
        body = body[:start] + put + body[end:]
    return body


def read(body: bytes, content_type: str = "") -> ParsedFeed | str:
    try:
        return parse(body, content_type, URL)
    except ParseError as error:
        assert str(error).strip()
        return type(error).__name__


@settings(max_examples=400, deadline=None)
@given(mangled(), st.sampled_from(["", "text/xml", "application/json; charset=utf-16", "text/html; charset=big5"]))
def test_a_mangled_document_never_surprises(body: bytes, content_type: str) -> None:
    assert read(body, content_type) == read(body, content_type)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_never_surprise(body: bytes) -> None:
    read(body)
    read(b"<rss><channel><item>" + body)
    read(b"<rss><channel><item><description>" + body + b"</description></item></channel></rss>")
    read(b'{"version":"https://jsonfeed.org/version/1.1","items":[' + body + b"]}")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(BODIES), st.data())
def test_a_cut_never_invents_or_shortens_an_entry(body: bytes, data: st.DataObject) -> None:
    whole = read(body)
    cut = read(body[: data.draw(st.integers(0, len(body)))])
    if (
        isinstance(whole, ParsedFeed)
        and isinstance(cut, ParsedFeed)
        and not cut.complete
        and whole.format[:4] != "json"
    ):
        assert cut.entries == whole.entries[: len(cut.entries)]
