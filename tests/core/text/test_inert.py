"""Plain text runs nothing even where a page shows it as HTML, and stays as it was written wherever that is safe."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from aggregator.text.html import inert

LIVE = (
    "script, style, iframe, frame, object, embed, applet, form, svg, math, link, meta, base, input, button, video,"
    " audio, img, textarea, select, title, xmp, plaintext, noscript, marquee, body[onload]"
)


@pytest.mark.parametrize(
    "text",
    [
        *("List<String> to Map<K, V>", "Vec<Option<T>> & &str", "The <template> and <slot> elements", "if a<b then"),
        *("How to use <b> well", "a < b > c", "C++ <<operator", "I <3 you </3", "Queues & <Back-pressure>", "x <= y"),
        *("for (i=0;i<n;i++)", "&lt;img src=x onerror=alert(1)&gt;", "<h1>", "</b>", "=>", "<", ">", "</", ""),
    ],
)
def test_what_cannot_act_stays(text: str) -> None:
    assert inert(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<img src=x onerror=alert(1)>", "‹img src=x onerror=alert(1)›"),
        ("The <script> tag", "The ‹script› tag"),
        ("<SCRIPT>alert(1)</SCRIPT >", "‹SCRIPT›alert(1)‹/SCRIPT ›"),
        ('<div class="x">', '‹div class="x"›'),
        ("a <svg/onload=alert(1)//", "a ‹svg/onload=alert(1)//"),
        ("<?php and <!-- and <![CDATA[", "‹?php and ‹!-- and ‹![CDATA["),
        ("<b <img src=x onerror=alert(1)>", "‹b ‹img src=x onerror=alert(1)›"),
        ("<b <img> id=x>", "‹b ‹img› id=x›"),
        ("<x onclick>", "‹x onclick›"),
        ("<a href='>'>", "‹a href='›'>"),
    ],
)
def test_what_could_act_is_spelled_with_look_alikes(text: str, expected: str) -> None:
    assert inert(text) == expected


PIECES = st.sampled_from(
    [
        *("<", ">", "/", "=", "'", '"', "`", " ", "\n", "!", "?", "--", "[CDATA[", "]]>", "&lt;", "&#60;", "&#x3c;img"),
        *("b", "T", "img", "IMG", "svg", "script", "a", "x", "onload", "onerror=alert(1)", "src=x", "on", "math", "p"),
        *("</", "<img", "<script>", "</script>", "<style>", "<b>", "</b>", "<!--", "-->", "<?", "é", "Å¿"),
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join), st.integers(0, 60))
@example("<b <img> onclick=alert(1)>", 60)
def test_no_part_of_it_makes_anything_that_acts(text: str, end: int) -> None:
    safe = inert(text)
    assert len(safe) == len(text)
    assert inert(safe) == safe
    for shown in (safe, safe[:end]):
        parser = LexborHTMLParser(f"<div>{shown}</div>")
        assert not parser.css(f"div :is({LIVE})"), shown
        for node in parser.css("div *"):
            assert not [name for name, value in node.attributes.items() if value or name.startswith("on")], shown
