"""Keeps plain text plain even where somebody shows it as HTML: a page of others that forgets to escape a title.

Titles, names and summaries leave here in JSON, and templates put them into pages with ``innerHTML``. Escaping them
would show `&lt;` to everybody who does it right; so what could act is spelled with look-alikes, and nothing else is:
`List<String>`, `<b>`, `a < b` and `The <template> element` stay as they were written.
"""

from __future__ import annotations

import re

from aggregator.text.tables import words

# Elements that run, load, style, or swallow what follows them, without a single attribute.
_LIVE = words(
    """
    applet audio base body button embed fieldset foreignobject form frame frameset head html iframe image img input
    isindex link listing marquee math meta noembed noframes noscript object option plaintext portal script select
    source style svg textarea title track video xmp
    """
)
# WHATWG HTML, tokenization: only these characters behind a `<` begin anything but text.
_OPENS = re.compile(r"<(?:([a-z][^\s/>]*)([^>]*)(>?)|/([a-z][^\s/>]*)[^>]*(>?)|[!?][^>]*(>?))", re.IGNORECASE)
_ACTS = re.compile(r"=|[\s/\"'`]on\w", re.IGNORECASE)


def inert(text: str) -> str:
    """`text` with `‹` and `›` in place of the brackets of every tag that has a value, a handler or a life of its own.

    Set as ``innerHTML`` it runs nothing, asks for nothing and hides nothing that follows, and no part of it does. As
    many characters as before; doing it twice is doing it once.
    """
    place = text.find("<")
    while place >= 0:
        match = _OPENS.match(text, place)
        if match and _is_live(match):
            end = match.end() - 1
            closed = text[end] == ">"
            text = f"{text[:place]}‹{text[place + 1 : end]}{'›' if closed else text[end]}{text[end + 1 :]}"
            if closed:  # a tag before this one may have ended here, and goes on now
                place = -1
        place = text.find("<", place + 1)
    return text


def _is_live(match: re.Match[str]) -> bool:
    name = match[1] or match[4]
    if name is None:
        return True  # a comment or a declaration: hides what follows
    return name.lower() in _LIVE or (match[1] is not None and _ACTS.search(match[2]) is not None)
