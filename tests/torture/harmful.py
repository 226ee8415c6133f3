"""Documents and answers made to hurt whoever reads them, for a source of each kind, and a web that sends them."""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from html import escape

from aiohttp import web

from aggregator.text.tables import words
from tests.loopback import KINDS, Answer, Seen, Web
from tests.loopback.bombs import bomb

Make = Callable[[], Answer]

MB = 1_000_000
NEAR = 9_900_000  # bytes: just below what is taken of one document
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Charge:
    """One of them. ``pages`` are by path; the source is the first."""

    pages: Mapping[str, Make]
    kind: str = "feed"  # of the source in the config

    def source(self, base: str) -> str:
        """The source as YAML, on a host of its own."""
        url = base + next(iter(self.pages))
        if self.kind == "page":
            return f"page: {{url: '{url}', item: 'div > div a, li', title: 'a', link: 'a@href', date: 'time'}}"
        return f"{self.kind}: '{url}'"


# ── feeds ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _rss(items: str, head: str = "", before: str = "") -> str:
    return f'<?xml version="1.0"?>{before}<rss version="2.0"><channel><title>x</title>{head}{items}</channel></rss>'


def _item(title: str = "t", content: str = "", more: str = "") -> str:
    return f"<item><title>{title}</title><guid>g</guid>{more}<description>{content}</description></item>"


def _each(count: int, pattern: str, between: str = "") -> str:
    """The pattern so often, with the number in place of each ``#``."""
    return between.join(pattern.replace("#", str(number)) for number in range(count))


def _content(html: str) -> str:
    return _rss(_item(content=escape(html, quote=False)))


def _many(count: int, one: Callable[[int], str]) -> str:
    return _rss("".join(map(one, range(count))))


def _numbered(number: int, title: str, text: str = "") -> str:
    link = f"<link>https://hurt.example/{number}</link><guid>{number}</guid>"
    return f"<item><title>{title}</title>{link}<description>{text}</description></item>"


def _entities(*declared: str, used: str) -> str:
    return _rss(_item(content=used), before=f"<!DOCTYPE rss [{''.join(declared)}]>")


_SAID = sorted(
    words("anchor basin cellar dragon ember ferry grove harbour island jungle kettle lantern meadow nickel orchard")
)


def _prose(seed: int, length: int) -> str:
    return " ".join(_SAID[(seed * 7 + n * n + n * seed) % len(_SAID)] for n in range(length))


def _broken(html: str) -> str:
    """A document that only the forgiving parser reads."""
    return f"<rss><channel><title>x</title><item><title>t</title><br><description>{html}</description></item>"


FEEDS: Mapping[str, Callable[[], str | bytes]] = {
    # nesting
    "nested elements": lambda: _rss(_item(content="<a>" * 700_000 + "</a>" * 700_000)),
    "nested outlines": lambda: "<opml><body>" + "<outline>" * 500_000,
    "nested div": lambda: _content("<div>" * 90_000),
    "nested div with text": lambda: _content("<div>x" * 85_000 + "</div>" * 40_000),
    "nested formatting": lambda: _content("<b><i><font><u>" * 30_000 + "<p>x" * 30_000),
    "nested tables": lambda: _content("<table><tr><td>" * 40_000),
    "nested lists": lambda: _content("<ul><li>" * 60_000),
    "nested svg": lambda: _content("<svg><g>" * 60_000),
    "nested math": lambda: _content("<math><mtext><table><mglyph>" * 20_000),
    "nested quotes in every item": lambda: _many(2000, lambda n: _numbered(n, "t", "&lt;blockquote>" * 300)),
    "nested selects": lambda: _content("<select><option>" * 50_000),
    "nested json": lambda: '{"version": "https://jsonfeed.org/version/1.1", "items": ' + '[{"a":' * 1_000_000,
    # entities
    "entity of entities": lambda: _entities(
        *(f'<!ENTITY a{n} "' + f"&a{n - 1};" * 10 + '">' for n in range(1, 12)), '<!ENTITY a0 "ha">', used="&a11;"
    ),
    "long entity, often": lambda: _entities(f'<!ENTITY a "{"x" * 50_000}">', used="&a;" * 20_000),
    "entity of itself": lambda: _entities('<!ENTITY a "&b;"><!ENTITY b "&a;">', used="&a;"),
    "100,000 entities": lambda: _entities(*(f'<!ENTITY a{n} "x">' for n in range(100_000)), used="&a1;"),
    "entity from a file": lambda: _entities('<!ENTITY a SYSTEM "file:///etc/passwd">', used="&a;"),
    "endless entity from a file": lambda: _entities('<!ENTITY a SYSTEM "file:///dev/zero">', used="&a;"),
    "entity from the web": lambda: _entities('<!ENTITY a SYSTEM "http://127.0.0.1:9/">', used="&a;"),
    "entities of parameters": lambda: _entities("<!ENTITY % a \"<!ENTITY b 'x'>\">", "%a;" * 200_000, used="&b;"),
    "entity without an end": lambda: _rss(_item(content="&" + "a" * NEAR)),
    "a million entities of HTML": lambda: _content("&nbsp;&CounterClockwiseContourIntegral;" * 28_000),
    "numbers of characters": lambda: _rss(_item(content="&#x1F600;" * MB)),
    # attributes
    "120,000 attributes of HTML": lambda: _content(f"<p {_each(120_000, 'a# ')}>"),
    "200,000 attributes of XML": lambda: _rss("<item" + _each(200_000, " a#=''") + "/>"),
    "one attribute, 9 MB": lambda: _rss(f'<item a="{"x" * NEAR}"/>'),
    "200,000 namespaces": lambda: _rss("<item" + _each(200_000, " xmlns:a#='u'") + "/>"),
    "namespaces in namespaces": lambda: _rss(_each(60_000, '<a# xmlns="u#" xmlns:p#="v">')),
    "long style": lambda: _content(f'<p style="{"a:" * 300_000}">x'),
    "candidates of a picture": lambda: _content('<img srcset="' + _each(60_000, "/# #w, ") + '">'),
    "pictures inside the text": lambda: _content(f'<img src="data:image/png;base64,{"A" * 9 * MB}">'),
    "classes": lambda: _content(f'<pre class="{"language-x " * 90_000}">x</pre>'),
    # comments, instructions, sections
    "comments that open": lambda: _content("<!--" * 250_000),
    "comments that open, in broken XML": lambda: _broken("<!--" * 500_000),
    "a million comments": lambda: _rss("<!-- -->" * MB),
    "comment without an end": lambda: _rss("<!--" + " -" * 4_900_000),
    "comment of 9 MB": lambda: _rss(f"<!--{'x' * NEAR}-->"),
    "a million instructions": lambda: _rss("<?a b?>" * MB),
    "sections": lambda: _rss(_item(content="<![CDATA[x]]>" * 700_000)),
    "sections in broken XML": lambda: _broken("<![CDATA[" * 220_000),
    "a doctype of 9 MB": lambda: _rss("", before=f"<!DOCTYPE rss [{'<!ELEMENT a ANY>' * 600_000}]>"),
    # titles and names
    "title of 9 MB": lambda: _rss(_item("x" * NEAR)),
    "title of tags": lambda: _rss(_item("&lt;b>" * 1_600_000)),
    "title of open tags": lambda: _rss(_item("&lt;" * 2_400_000)),
    "title of accents": lambda: _rss(_item("a" + "\u0301\u0316" * 2_000_000)),
    "title of directions": lambda: _rss(_item("\u202e\u2066" * 1_500_000)),
    "title of brackets": lambda: _rss(_item("[" * 4_000_000 + "](" * 100_000)),
    "long titles": lambda: _many(2000, lambda n: _numbered(n, f"{n} {_prose(n, 600)}")),
    "author with dots": lambda: _rss(_item(more=f"<author>a@{'a.' * 4_000_000}</author>")),
    "author with dots, in broken XML": lambda: _broken(f"</description><author>a@{'a.' * 900_000}</author>"),
    "100,000 authors": lambda: _rss(_item(more="<author>a@b.example (x)</author>" * 100_000)),
    "200,000 tags": lambda: _rss(_item(more=_each(200_000, "<category>t#</category>"))),
    "a tag of 9 MB": lambda: _rss(_item(more=f"<category>{'a-' * 4_900_000}</category>")),
    # links, ids, dates
    "address of 9 MB": lambda: _rss(_item(more=f"<link>https://hurt.example/{'../' * 3_200_000}</link>")),
    "address of percents": lambda: _rss(_item(more=f"<link>https://hurt.example/{'%25' * 1300}</link>") * 1900),
    "60,000 links in a text": lambda: _content(_each(60_000, '<a href="/#">')),
    "links without an end": lambda: _content('<a href="' * 110_000),
    "links without an end, in broken XML": lambda: _broken('<a href="' * 220_000),
    "alternate links": lambda: _rss(_each(150_000, '<link xmlns="http://www.w3.org/2005/Atom" href="/#"/>')),
    "id of 9 MB": lambda: _rss(_item(more=f"<guid>{'1' * NEAR}</guid>")),
    "date of 9 MB": lambda: _rss(_item(more=f"<pubDate>Mon, {'1' * 5 * MB} Jan {'0' * 4 * MB}</pubDate>")),
    "dates of dashes": lambda: _many(
        2000, lambda n: f"<item><title>{n}</title><pubDate>{'2-' * 2000}</pubDate></item>"
    ),
    "number of a million digits": lambda: (
        f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{{"id": {"9" * MB}}}]}}'
    ),
    # how many
    "200,000 items": lambda: _many(200_000, lambda n: "<item><title>a</title></item>"),
    "100,000 items of one id": lambda: _rss(_item() * 100_000),
    "2,000 items of one title and text": lambda: _many(2000, lambda n: _numbered(n, "The same", _prose(1, 400))),
    "2,000 items of one text, nearly": lambda: _many(
        2000, lambda n: _numbered(n, f"The same {n % 40}", f"{_prose(1, 300)} {_prose(n, 12)}")
    ),
    "2,000 items of one title and day": lambda: _many(
        2000,
        lambda n: _numbered(n, "The same", _prose(n, 60) + "</description><pubDate>2026-11-01</pubDate><description>"),
    ),
    "2,000 items of one address": lambda: _rss(
        "".join(
            f"<item><title>{n}</title><guid>{n}</guid><link>https://hurt.example/</link></item>" for n in range(2000)
        )
    ),
    "2,000 long items": lambda: _many(2000, lambda n: _numbered(n, f"Item {n}", _prose(n, 650))),
    "two thousand texts of tags": lambda: _many(2000, lambda n: _numbered(n, f"Item {n}", "&lt;p>x" * 600)),
    "a text of 1 MB in 9 items": lambda: _many(9, lambda n: _numbered(n, f"Item {n}", "&lt;p>word" * 104_000)),
    "a line without a blank": lambda: _content("x" * MB),
    "a text of line ends": lambda: _content("<pre>" + "\n" * MB + "</pre>"),
    "code of a million lines": lambda: _content("<pre><code>" + "a\n" * 480_000 + "</code></pre>"),
    "20,000 embeds": lambda: _content('<iframe src="https://www.youtube.com/embed/x"></iframe>' * 16_000),
    "keys that are the same": lambda: (
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{' + _each(500_000, '"k#": #', ", ") + "}]}"
    ),
    "500,000 items of JSON": lambda: (
        '{"version": "https://jsonfeed.org/version/1.1", "items": [' + ",".join(['{"id":"a"}'] * 500_000) + "]}"
    ),
    "escapes of JSON": lambda: json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "items": [{"id": "1", "content_html": "\u0000\ud800" * 700_000}],
        }
    ),
    # bytes
    "blanks before it": lambda: " \n" * 4_900_000 + _rss(_item()),
    "blanks inside a tag": lambda: f"<rss{' ' * NEAR}><channel>",
    "nothing but zeros": lambda: bytes(NEAR),
    "nothing but 0xFF": lambda: b"\xff" * NEAR,
    "nothing but <": lambda: "<" * NEAR,
    "nothing but &": lambda: _broken("&" * 2 * MB),
    "half of UTF-16": lambda: b"\xfe\xff" + b"\xd8\x00" * 4_900_000,
    "a wrong encoding": lambda: b'<?xml version="1.0" encoding="iso-2022-jp"?>' + b"\x1b$B" * 3_000_000,
    "an encoding that is none": lambda: '<?xml version="1.0" encoding="punycode"?>' + _rss(_item("a-" * 2 * MB)),
    "tags that never end": lambda: "<rss><channel>" + "<item " * 1_600_000,
    "ends without a beginning": lambda: "<rss><channel>" + "</item>" * 1_400_000,
    "random tags, broken": lambda: _broken("".join(f"<t{n % 97}>" for n in range(300_000))),
}


# ── pages, and what stands beside them ──────────────────────────────────────────────────────────────────────────────


def _page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>x</title>{head}</head><body>{body}</body></html>"


def _ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def _html(make: Callable[[], str]) -> Make:
    return lambda: Answer(make().encode("utf-8", "replace"), content_type=_HTML)


def _text(make: Callable[[], str], kind: str = "text/plain") -> Make:
    return lambda: Answer(make().encode(), content_type=kind)


def _alternates(count: int, path: str) -> str:
    return _each(count, f'<link rel="alternate" type="application/rss+xml" href="{path}#">')


def _places(count: int) -> str:
    return _each(count, "<url><loc>/#/post</loc></url>")


def _slow(head: bytes, piece: bytes, every_s: float = 1.0) -> Answer:
    async def play(request: web.BaseRequest, transport: asyncio.Transport) -> None:
        transport.write(head)
        while not transport.is_closing():
            transport.write(piece)
            await asyncio.sleep(every_s)

    return Answer(wire=play)


def _flood(head: bytes, piece: bytes, pieces: int | None = None) -> Answer:
    """As fast as somebody reads; without an end, or so many pieces."""

    async def play(request: web.BaseRequest, transport: asyncio.Transport) -> None:
        transport.write(head)
        sent = 0
        while not transport.is_closing() and (pieces is None or sent < pieces):
            if transport.get_write_buffer_size() > 256 * 1024:
                await asyncio.sleep(0.005)
                continue
            transport.write(piece)
            sent += 1
            if sent % 16 == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        transport.close()

    return Answer(wire=play)


_DELIVERS_SLOWLY = partial(_slow, _HEAD + b"Content-Length: 9999\r\n\r\n", b"<")
_LOST_IN_PAGES = "<nav>" + "<a href='/x'>x</a>" * 10 + "</nav>"

SITES: Mapping[str, Mapping[str, Make]] = {
    "page, nested": {"/": _html(lambda: _page("<div>" * 180_000))},
    "page of links": {"/": _html(lambda: _page(_each(60_000, "<a href='/#'>Post # of it</a>")))},
    "page of headings": {"/": _html(lambda: _page("<h2><a href='/p'>A post of it</a></h2>" * 50_000))},
    "page of open links": {"/": _html(lambda: _page('<a href="' * 220_000))},
    "page of comments": {"/": _html(lambda: _page("<!--" * 500_000))},
    "page of attributes": {"/": _html(lambda: _page(f"<p {_each(200_000, 'a# ')}>"))},
    "page of data, nested": {"/": _html(lambda: _page("", _ld('{"@graph":[' * 150_000)))},
    "page of data": {"/": _html(lambda: _page("", _ld(json.dumps([{"@type": "BlogPosting", "url": "/a"}] * 50_000))))},
    "page of a 10 MB title": {"/": _html(lambda: f"<title>{'x' * NEAR}")},
    "page of entries that nest": {"/": _html(lambda: _page("<div class='h-feed'><div class='h-entry'>" * 40_000))},
    "page that names ten slow feeds": {
        "/": _html(lambda: _page(_LOST_IN_PAGES, _alternates(10, "/slow"))),
        **{f"/slow{n}": _DELIVERS_SLOWLY for n in range(10)},
    },
    "page that names ten bombs": {
        "/": _html(lambda: _page(_LOST_IN_PAGES, _alternates(10, "/bomb"))),
        **{f"/bomb{n}": lambda: Answer(bomb("gzip"), headers={"Content-Encoding": "gzip"}) for n in range(10)},
    },
    "page that names ten deep documents": {
        "/": _html(lambda: _page(_LOST_IN_PAGES, _alternates(10, "/deep"))),
        **{f"/deep{n}": lambda: Answer(b"<rss>" + b"<a>" * 3_000_000) for n in range(10)},
    },
    "page that names 100,000 feeds": {"/": _html(lambda: _page("", _alternates(30_000, "/nowhere")))},
    "robots.txt of 10 MB": {
        "/": _html(lambda: _page(_LOST_IN_PAGES, _alternates(10, "/nowhere"))),
        "/robots.txt": _text(lambda: "User-agent: *\n" + _each(450_000, "Disallow: /*#*x\n")),
    },
    "robots.txt of stars": {
        "/": _html(lambda: _page(_LOST_IN_PAGES, _alternates(10, "/" + "a" * 3000))),
        "/robots.txt": _text(lambda: "User-agent: *\n" + f"Disallow: /{'*a' * 2000}b$\n" * 120),
    },
    "robots.txt that never comes": {"/": _html(lambda: _page("")), "/robots.txt": _DELIVERS_SLOWLY},
    "list of lists of itself": {
        "/": _html(lambda: _page("")),
        "/sitemap.xml": _text(
            lambda: f"<sitemapindex>{'<sitemap><loc>/sitemap.xml</loc></sitemap>' * 50_000}</sitemapindex>",
            "text/xml",
        ),
    },
    "list of 180,000 addresses": {
        "/": _html(lambda: _page("")),
        "/sitemap.xml": _text(lambda: f"<urlset>{_places(180_000)}</urlset>", "text/xml"),
    },
    "packed list of addresses": {
        "/": _html(lambda: _page("")),
        "/sitemap.xml": lambda: Answer(
            gzip.compress(b"<urlset>" + bytes(200 * MB), 1), content_type="application/gzip"
        ),
    },
}

PAGES: Mapping[str, Mapping[str, Make]] = {
    "chosen parts, nested": {"/": _html(lambda: _page("<div><div><a href='/x'>x</a>" * 20_000))},
    "chosen parts, many": {"/": _html(lambda: _page("<div><div>" + "<a href='/x'>x</a>" * 39_000))},
    "chosen parts, open": {"/": _html(lambda: _page("<li><a href=" * 150_000))},
}


# ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _packed(body: bytes, coding: str) -> Answer:
    return Answer(body, headers={"Content-Encoding": coding})


def _wide_zstd() -> bytes:
    """A frame that wants a window of 2 GiB, of one repeated byte."""
    return b"\x28\xb5\x2f\xfd\x00\xa8" + (b"\x02\x00\x10" + b"a") * 200_000


ANSWERS: Mapping[str, Make] = {
    "gzip in gzip": lambda: _packed(gzip.compress(bomb("gzip")), "gzip, gzip"),
    "deflate, 200 MB": lambda: _packed(zlib.compress(bytes(200 * MB), 1), "deflate"),
    "gzip of a million members": lambda: _packed(gzip.compress(b"") * 400_000, "gzip"),
    "gzip with an endless name": lambda: _packed(b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"a" * NEAR, "gzip"),
    "zstd of 2 GB windows": lambda: _packed(_wide_zstd(), "zstd"),
    "zstd of frames to skip": lambda: _packed((b"\x50\x2a\x4d\x18" + bytes(4)) * MB, "zstd"),
    "br of nothing": lambda: _packed(b"\x0c" + bytes(NEAR), "br"),
    "a byte each second": lambda: _slow(_HEAD + b"Content-Length: 9999\r\n\r\n", b"<"),
    "a header each second": lambda: _slow(_HEAD, b"X-A: b\r\n"),
    "a byte of a header each second": lambda: _slow(_HEAD + b"X-A: ", b"b"),
    "a status line without an end": lambda: _flood(b"HTTP/1.1 200 ", b"O" * 65_536),
    "a header without an end": lambda: _flood(_HEAD + b"X-A: ", b"b" * 65_536),
    "headers without an end": lambda: _flood(_HEAD, b"Set-Cookie: a=b\r\n" * 4096),
    "folded headers without an end": lambda: _flood(_HEAD + b"X-A: b\r\n", b" b\r\n" * 16_384),
    "informational answers without an end": lambda: _flood(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000),
    "chunks of one byte": lambda: _flood(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n<\r\n" * 10_000),
    "a chunk size without an end": lambda: _flood(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 65_536),
    "a chunk's remark without an end": lambda: _flood(
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a=b;" * 16_384
    ),
    "a chunk of 16 EB": lambda: _flood(
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffff0\r\n", b"<" * 65_536
    ),
    "a chunk of less than nothing": lambda: _flood(
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b"<" * 65_536, 4
    ),
    "trailers without an end": lambda: _flood(
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n<\r\n0\r\n", b"X-A: b\r\n" * 8192
    ),
    "two lengths": lambda: _flood(_HEAD + b"Content-Length: 3\r\nContent-Length: 9\r\n\r\n", b"<rss/>", 1),
    "a body without an end or a length": lambda: _flood(_HEAD + b"\r\n", b"<item/>" * 9000),
    "redirect of 1 MB": lambda: Answer(status=302, headers={"Location": "/" + "a" * 30_000}),
    "redirect with an endless body": lambda: Answer(
        status=301, content_type=None, headers={"Location": "/next"}, endless=b"x" * 65_536
    ),
    "error with an endless body": lambda: Answer(status=500, endless=b"x" * 65_536),
    "an ETag of 30 kB": lambda: Answer(_rss(_item()).encode(), etag='"' + "a" * 30_000 + '"'),
    "links in a header": lambda: Answer(_rss(_item()).encode(), headers={"Link": "<a>; ; rel" * 3000}),
    "a date of digits in a header": lambda: Answer(
        _rss(_item()).encode(), headers={"Expires": "1" * 30_000, "Date": "Mon, " * 6000, "Age": "9" * 30_000}
    ),
    "rest for a thousand years": lambda: Answer(status=429, headers={"Retry-After": "9" * 300}),
    "a type of quotes": lambda: Answer(_rss(_item()).encode(), content_type='text/xml; a="' + '\\"' * 15_000),
}


def _kinds() -> Iterator[tuple[str, Charge]]:
    """What the loopback web knows by itself and is no mere refusal."""
    for name, kind in KINDS.items():
        if kind.answer is not None:
            yield name.replace("_", " "), Charge({"/feed": partial(kind.answer, "/feed")})


def _document(make: Callable[[], str | bytes]) -> Answer:
    body = make()
    return Answer(body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"))


def charges() -> dict[str, Charge]:
    """Every one by name."""
    found = {name: Charge({"/feed": partial(_document, make)}) for name, make in FEEDS.items()}
    found |= {name: Charge(pages, "site") for name, pages in SITES.items()}
    found |= {name: Charge(pages, "page") for name, pages in PAGES.items()}
    found |= {name: Charge({"/feed": make}) for name, make in ANSWERS.items()}
    return found | dict(_kinds())


def host(number: int) -> str:
    """The address of the ``number``-th host that harms; each source has one of its own."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


def _whoever(make: Make, _: Seen) -> Answer:
    return make()


async def _serve(names: list[str]) -> None:
    """These, on a host each, in this order, until what called this ends; tells the port."""
    known = charges()
    async with Web() as there:
        for number, name in enumerate(names):
            await there.also(host(number))
            for path, make in known[name].pages.items():
                there.play(path, partial(_whoever, make), host=host(number))
        print(there.port, flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(sys.stdin.readline())))
