"""Looks at what came through the gate with another parser than the gate's own: what it is, and what it could do."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from aggregator.model import RawEntry, RawText
from aggregator.normalize.tags import tags_of
from aggregator.normalize.wording import wording_of
from aggregator.text import urls
from aggregator.text.html import lead_image

BASE = "https://ada.example/"
_TAGS = frozenset(
    [
        "a",
        "abbr",
        "address",
        "article",
        "aside",
        "b",
        "bdi",
        "bdo",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "main",
        "mark",
        "nav",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "section",
        "small",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)
_ADDRESSES = frozenset({"href", "src", "cite"})
_OTHERS = frozenset(
    [
        "lang",
        "dir",
        "title",
        "class",
        "span",
        "datetime",
        "open",
        "alt",
        "width",
        "height",
        "value",
        "start",
        "reversed",
        "type",
        "colspan",
        "rowspan",
        "scope",
    ]
)
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>\"\\\x00-\x20]+\Z")
_LIVE = (
    "script, style, iframe, frame, frameset, object, embed, applet, form, svg, math, link, meta, base, img, input,"
    " button, select, textarea, video, audio, source, marquee, isindex, portal, noscript, title, xmp, plaintext"
)


def faults(html: str) -> list[str]:
    """Everything in sanitized HTML that must not be there: elements, attributes and addresses that are not allowed."""
    found = []
    for parser in (LexborHTMLParser(f"<div>{html}"), LexborHTMLParser(html, is_fragment=True)):
        for node in parser.css("div *" if parser.body else "*"):
            tag = node.tag or ""
            if tag not in _TAGS:
                found.append(f"<{tag}>")
            for name, value in node.attributes.items():
                if name in _ADDRESSES:
                    found += [] if _ADDRESS.match(value or "") else [f"{name}={value!r}"]
                elif name not in _OTHERS or (name == "class" and not (value or "").startswith("language-")):
                    found.append(f"{name}={value!r}")
    return found


def faults_of_text(text: str) -> list[str]:
    """Everything that plain text would do as HTML."""
    parser = LexborHTMLParser(f"<div>{text}")
    live = [f"<{node.tag}>" for node in parser.css(f"div :is({_LIVE})")]
    return live + [
        f"{name}={value!r}"
        for node in parser.css("div *")
        for name, value in node.attributes.items()
        if value or re.match("on[a-z]", name)
    ]


def judged(vector: str) -> list[str]:
    """What is wrong with what comes of a vector in every field that it can stand in."""
    found = []
    for kind in ("html", "text"):
        said = RawText(vector, "html" if kind == "html" else "text")
        words = wording_of(RawEntry(None, None, said, said, said), BASE)
        image = lead_image(words.content_html)
        texts = {"title": words.title, "summary": words.summary, "alt": (image and image.alt) or ""}
        texts |= {f"tag {slug}": label for slug, label in tags_of([vector]).items()}
        found += [f"content: {fault}" for fault in faults(words.content_html)]
        found += [f"{name}: {fault}" for name, text in texts.items() for fault in faults_of_text(text)]
    link = urls.clean(vector, BASE)
    if link is not None and not _ADDRESS.match(link):
        found.append(f"link: {link}")
    return found
