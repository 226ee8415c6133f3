"""Turns what only works on its own platform into a link, before the sanitizer would drop it without a trace."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from aggregator.text import images, urls
from aggregator.text.characters import fold, shorten

_MAX_LABEL = 200

# DEV's liquid tags and cards (forem/app/views/liquids), by any of the class names they ever had.
_CARDS = '[class^="ltag"], [class*=" ltag"], .crayons-story, .c-embed'
_FRAMES = "iframe, object, embed, video, audio, script[src]"
_HEADINGS = "h1, h2, h3, h4, .crayons-story__title, .issue-title"
# Buttons, permalinks and sign-up boxes: words that the author did not write.
_CHROME = (
    ".highlight__panel, .subscription-widget-wrap, .subscription-widget-wrap-editor, .subscribe-widget, .katex-html,"
    " a.header-anchor, a.headerlink, a.heading-anchor, a.anchor-link"
)
# What any of the above leaves in the source. Most texts have none of it, and need no second parser.
_TRACES = (
    "ltag", "crayons-", "c-embed", "gist.github.com", "katex", "highlighter", "highlight__", "subscription-",
    "subscribe-w", "anchor", "headerlink", "#</a>", "¶</a>", "§</a>", "🔗</a>", "data-", 'src=""',
)  # fmt: skip
_TRACE_TAGS = re.compile(r"<(?:iframe|object|embed|video|audio|math|pre\s|center|fieldset|hgroup|legend|menu)")
_EMPTY_ANCHOR = re.compile(r"<a\b[^<>]*>\s*</a>")
_IMAGE = re.compile(r"<img[^<>]*")
_SMALL = re.compile(r"(?:width|height)\s*=\s*[\"']?0*[0-2](?:px)?[\"'\s/>]")
_LANGUAGE_LEVELS = 4  # code, pre, and the two boxes that Jekyll puts around them
_LANGUAGE = re.compile(r"(?:language|lang)-([\w+#.-]+)|brush:\s*(\w+)")
_NO_LANGUAGE = frozenset(
    {"highlight", "plaintext", "text", "code", "chroma", "highlighter-rouge", "sourcecode", "literal-block"}
)
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-orig-file")
_HREF = re.compile(r"""href\s*=\s*["']?([^\s"'>]+)""")
_PERMALINK = frozenset({"", "#", "¶", "§", "🔗", "link", "permalink"})


def to_links(html: str, base: str) -> str:
    """Replace embeds, cards, media and formulas by links or text, and drop a platform's chrome and counting pixels.

    The result is not sanitized and may be spelled differently; without any trace of an embed it is `html` itself.
    """
    if not _has_traces(html.lower()):
        return html
    parser = LexborHTMLParser("<body>" + html)  # else a leading script would be the head's
    body = parser.body
    if body is None:
        return html
    _drop_chrome(body)
    _formulas(parser, body)
    _keep_apart(body)
    _code(body)
    _images(body)
    for node in _outermost(body, f"{_CARDS}, {_FRAMES}"):
        _replace(parser, node, _link_of(node, base))
    return body.inner_html or ""


def _has_traces(html: str) -> bool:
    if any(trace in html for trace in _TRACES) or _TRACE_TAGS.search(html) or _EMPTY_ANCHOR.search(html):
        return True
    tags = _IMAGE.findall(html) if "<img" in html else ()
    return any(_SMALL.search(tag) or "src=" not in tag or images.counts_readers(tag) for tag in tags)


def _outermost(body: LexborNode, selector: str) -> list[LexborNode]:
    """What matches and stands in nothing else that does: taking one out never takes out another of them."""
    inside: set[int] = set()
    found = []
    for node in body.css(selector):
        if node.mem_id not in inside and node.tag != "code":  # a language may have any name
            found.append(node)
            inside.update(child.mem_id for child in node.css(selector) if child.mem_id != node.mem_id)
    return found


def _replace(parser: LexborHTMLParser, node: LexborNode, link: tuple[str, str] | None) -> None:
    """Put the link where the embed was; in a paragraph of its own, unless a paragraph stands around it."""
    if link is None:
        node.decompose()
        return
    anchor = parser.create_node("a")
    anchor.attrs["href"] = link[0]
    anchor.insert_child(link[1])
    if _within(node, ("p", "a", "li", "h1", "h2", "h3", "h4", "td", "figcaption", "span")):
        node.replace_with(anchor)
        return
    paragraph = parser.create_node("p")
    paragraph.insert_child(anchor)
    node.replace_with(paragraph)


def _within(node: LexborNode, tags: tuple[str, ...]) -> bool:
    return node.parent is not None and node.parent.tag in tags


def _link_of(node: LexborNode, base: str) -> tuple[str, str] | None:
    """Address and words of the link that stands for an embed; None when it leads nowhere."""
    if node.tag in ("iframe", "object", "embed", "video", "audio", "script"):
        return _link_of_frame(node, base)
    for find in (_headed, _named, _framed):
        for target, label in find(node):
            url = urls.absolute(target, base)
            if url:
                return url, _label(label) or url
    return None


def _headed(card: LexborNode) -> Iterator[tuple[str, str]]:
    """The last link in the card's heading (`owner / repository`), or the link around the heading."""
    heading = card.css_first(_HEADINGS)
    if heading is None:
        return
    title = heading.text(deep=True)
    for anchor in reversed(heading.css("a[href]")):
        yield anchor.attributes.get("href") or "", title
    around = heading.parent
    while around is not None and around.tag not in ("a", "body", "html"):
        around = around.parent
    if around is not None and around.tag == "a":
        yield around.attributes.get("href") or "", title


def _named(card: LexborNode) -> Iterator[tuple[str, str]]:
    anchors = [card] if card.tag == "a" else card.css("a[href]")
    for anchor in anchors:
        label = anchor.text(deep=True)
        if label.strip() and not (anchor.attributes.get("href") or "").startswith("#"):
            yield anchor.attributes.get("href") or "", label


def _framed(card: LexborNode) -> Iterator[tuple[str, str]]:
    for frame in card.css(_FRAMES):
        link = _link_of_frame(frame, "")
        if link:
            yield link
    for anchor in card.css("a[href]"):
        yield anchor.attributes.get("href") or "", ""


def _link_of_frame(node: LexborNode, base: str) -> tuple[str, str] | None:
    attributes = node.attributes
    source = next(filter(None, (attributes.get(name) for name in ("src", "data-src", "data"))), None)
    if node.tag == "script":
        url = urls.absolute(source or "", base)
        is_gist = url is not None and urls.host(url) == "gist.github.com"
        return (gist, gist) if url and is_gist and (gist := url.partition("?")[0].removesuffix(".js")) else None
    if not source:
        child = node.css_first("source[src], embed[src], a[href]")
        if child is not None:
            source = child.attributes.get("src") or child.attributes.get("href")
        elif match := _HREF.search(node.text(deep=True)):  # Medium: an empty iframe with a link as its text
            source = match[1].replace("&amp;", "&")
    elif node.tag == "iframe" and images.is_pixel(node):
        return None
    url = urls.absolute(source, base) if source else None
    if url is None:
        return None
    return url, _label(attributes.get("title") or attributes.get("aria-label") or "") or url


def _label(text: str) -> str:
    return shorten(fold(text), _MAX_LABEL)


def _drop_chrome(body: LexborNode) -> None:
    for node in _outermost(body, _CHROME):
        node.decompose()
    for anchor in _outermost(body, "h1 a, h2 a, h3 a, h4 a, h5 a, h6 a, a[name], a[id]"):
        href = anchor.attributes.get("href") or ""
        if (not href or "#" in href) and fold(anchor.text(deep=True)).lower() in _PERMALINK and not anchor.css("img"):
            anchor.decompose()


def _formulas(parser: LexborHTMLParser, body: LexborNode) -> None:
    """A formula survives as its TeX source, else as its symbols."""
    for node in _outermost(body, "math"):
        tex = node.css_first("annotation")
        if tex is None:
            node.replace_with(fold(node.attributes.get("alttext") or node.text(deep=True)))
            continue
        code = parser.create_node("code")
        code.insert_child(fold(tex.text(deep=True)))
        node.replace_with(code)


def _code(body: LexborNode) -> None:
    """Bring the language of a code block to the one place that HTML has for it, the class of `code`."""
    for code in body.css("pre code"):
        node: LexborNode | None = code
        for _ in range(_LANGUAGE_LEVELS):
            language = _language_of(node) if node is not None else None
            if language:
                code.attrs["class"] = f"language-{language}"
                break
            node = node.parent if node is not None else None


def _language_of(node: LexborNode) -> str | None:
    classes = node.attributes.get("class") or ""
    match = _LANGUAGE.search(classes)
    if match:
        return match[1] or match[2]
    if node.tag != "pre" or "highlight" not in classes:  # DEV: <pre class="highlight python">
        return None
    return next((name for name in classes.split() if name.lower() not in _NO_LANGUAGE), None)


def _images(body: LexborNode) -> None:
    for node in body.css("img"):
        source = node.attributes.get("src") or ""
        if not source or source.startswith("data:"):  # filled in by a script, later
            lazy = (
                node.attributes.get(name) for name in ("data-src", "data-lazy-src", "data-original", "data-orig-file")
            )
            node.attrs["src"] = source = next(filter(None, lazy), "")
        if not source or images.is_pixel(node):
            node.decompose()


def _keep_apart(body: LexborNode) -> None:
    """Blocks that the sanitizer opens up would run their words together."""
    for node in body.css("center, fieldset, hgroup, legend, menu"):
        node.insert_before("\n")
        node.insert_after("\n")
