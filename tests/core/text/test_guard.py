"""Bodies that would take a parser for ever: refused at once, and nothing else is."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from aggregator.errors import TooComplex
from aggregator.text.html import excerpt, lead_image, plain, sanitize

BASE = "https://ada.example/"

ENDLESS = {
    "nested": "<div>" * 100_000,
    "nested and closed": "<div>" * 50_000 + "</div>" * 50_000,
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">",
    "attributes without a value": "<p " + " ".join(f"a{n}" for n in range(100_000)) + ">",
    "attributes without a space": "<p " + "".join(f'a{n}="1"' for n in range(60_000)) + ">",
    "attributes behind a quote": "<i title='>' " + " ".join(f"a{n}=1" for n in range(100_000)) + ">",
    "formatting": "".join(f"<b id={n}>" for n in range(900)) + "<p>x" * 100_000,
    "tables": "<table><tr><td>" * 60_000,
    "svg": "<svg>" * 100_000,
    "style in svg": "<svg><style>" + "<div>" * 100_000,
    "cdata in svg": ("<svg><![CDATA[>" + "</div>" * 100 + "]]></svg>" + "<div>" * 100) * 500,
    "comments that end at once": ("<!-->" + "<div>" * 100 + "<!--" + "</div>" * 100 + "-->") * 500,
    "end tags in scripts": ("<script><!--<script></script>" + "</div>" * 200 + "--></script>" + "<div>" * 200) * 200,
    "end tags in comments": ("<div>" * 100 + "<!--" + "</div>" * 100 + "-->") * 500,
    "end tags in values": ("<div>" * 100 + "<p title='" + "</div>" * 100 + "'>") * 500,
    "end tags of others": "<div></b>" * 60_000,
    "too long": "word " * 300_000,
    "too long in bytes": "語" * 400_000,
}

LONG_BUT_FINE = {
    "text": "word " * 200_000,
    "markup characters": "<" * 100_000 + "&" * 100_000,
    "paragraphs": "<p>word" * 80_000,
    "items": "<ul>" + "<li>word" * 70_000,
    "highlighted code": "<pre><code>" + '<span class="k">def</span> ' * 30_000 + "</code></pre>",
    "comments": "<!--" * 200_000,
    "closed comments": "<!-- x -->" * 90_000,
    "end tags": "</p>" * 100_000,
    "quotes": '<p title="' + "'" * 900_000 + '">x',
    "one long value": "<p title=" + "x" * 900_000 + ">y",
    "cards": '<div class="ltag"><a href="/x">k</a></div>' * 10_000,
    "empty anchors": '<h2><a href="#x"></a></h2>' * 20_000,
    "images": "<img src=a>" * 25_000,
    "spaces": " " * 1_000_000,
}


def _seconds(read: Callable[[], object]) -> float:
    begun = time.process_time()
    read()
    return time.process_time() - begun


@pytest.mark.parametrize("name", ENDLESS)
def test_too_complex(name: str) -> None:
    def read() -> None:
        for reader in (lambda html: sanitize(html, BASE), plain):
            with pytest.raises(TooComplex):
                reader(ENDLESS[name])

    assert _seconds(read) < 2


@pytest.mark.parametrize("name", LONG_BUT_FINE)
def test_long_is_not_complex(name: str) -> None:
    def read() -> None:
        html = LONG_BUT_FINE[name]
        sanitize(html, BASE)
        plain(html)
        excerpt(html)
        lead_image(html)

    assert _seconds(read) < 8


def test_pictures_inside_the_text_do_not_count() -> None:
    html = '<p>before</p><img src="data:image/png;base64,' + "A" * 3_000_000 + '" alt="x"><p>after</p>'
    assert sanitize(html, BASE) == "<p>before</p><p>after</p>"


def test_scripts_do_not_count() -> None:
    script = "<script>for(i=0;i<n;i++){ " + "a b c " * 500 + "}</script>"
    style = "<STYLE>" + "a<b c d e " * 500 + "</STYLE>"
    assert sanitize(f"<p>before</p>{script}{style}<p>after</p>", BASE) == "<p>before</p><p>after</p>"
    assert plain(f"before{script}<p>after</p>") == "before\nafter"


def test_a_well_made_page_of_thousands_of_tags_passes() -> None:
    rows = '<tr><td><div><p>a <b>b</b> <a href="https://ada.example/x">c</a></p></div></td></tr>' * 3000
    html = f"<table><tbody>{rows}</tbody></table>"
    assert sanitize(html, BASE) == html
