"""The page at ``/embed/``: every way to show articles, live on the data of this service, with the HTML to copy."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from aggregator.embed.component import MOVING, current

_TEMPLATES = Environment(
    loader=PackageLoader("aggregator.embed", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_STYLE = _TEMPLATES.get_template("gallery.css").render()
_SCRIPT = _TEMPLATES.get_template("gallery.js").render()
_INDEX, _FRAME = "INDEX", "FRAME"  # where the addresses go: as seen from this page, or for other pages
_EMPTY = "data:application/json,{%22items%22:[]}"


@dataclass(frozen=True, slots=True)
class Example:
    """One way to use the component."""

    title: str
    words: str
    html: str
    ground: str = ""  # class of what it stands on


EXAMPLES: Sequence[Example] = (
    Example(
        "A list",
        "Without any attribute but these two. What stands inside is shown until the articles are there, and stays if "
        "they never come.",
        f'<article-feed src="{_INDEX}" limit="3">\n  <a href="/articles">My articles</a>\n</article-feed>',
    ),
    Example(
        "A grid of cards",
        "As many columns as fit. `show` says what a card has, and in which order.",
        f'<article-feed src="{_INDEX}" limit="3" layout="grid"\n  show="image date reading-time summary tags">'
        "</article-feed>",
    ),
    Example(
        "One line each",
        "For a sidebar or the end of a page.",
        f'<article-feed src="{_INDEX}" limit="5" layout="compact"></article-feed>',
    ),
    Example(
        "Everything, page by page",
        "`more` adds a button for what comes after.",
        f'<article-feed src="{_INDEX}" limit="2" more\n'
        '  show="date source author reading-time summary tags copies"></article-feed>',
    ),
    Example(
        "In the dark",
        "It takes colours and fonts from the page around it.",
        f'<article-feed src="{_INDEX}" limit="3" layout="grid"></article-feed>',
        "dark",
    ),
    Example(
        "In your colours",
        "Custom properties for the usual, `::part()` for everything.",
        "<style>\n  article-feed.mine {\n    --article-feed-accent: #b4004e;\n    --article-feed-radius: 0;\n"
        "    --article-feed-gap: .75rem;\n  }\n  article-feed.mine::part(card) { border-width: 0 0 0 .3rem; }\n"
        "  article-feed.mine::part(title) { font-family: Georgia, serif; }\n</style>\n"
        f'<article-feed class="mine" src="{_INDEX}" limit="2" layout="grid"></article-feed>',
    ),
    Example(
        "In your own markup",
        "A template is filled for each article. It stays in your page, where your style sheet reaches it. An element "
        "without a value is left out.",
        f'<article-feed src="{_INDEX}" limit="3">\n  <ol class="mine">\n    <template>\n      <li>\n'
        '        <a data-text="title" data-href="url"></a>\n        <time data-date></time>\n'
        '        <small data-text="_aggregator.source.title"></small>\n      </li>\n    </template>\n  </ol>\n'
        "</article-feed>",
    ),
    Example(
        "From right to left",
        "Every article has its own direction and language; dates are in the language of the page.",
        f'<div dir="rtl" lang="ar">\n  <article-feed src="{_INDEX}" limit="3" more data-more="المزيد"></article-feed>\n'
        "</div>",
    ),
    Example(
        "Nothing there yet",
        "The element hides itself, and a section around it can follow. Here it says so instead.",
        "<style>section:has(> article-feed[hidden]) { display: none; }</style>\n<section>\n"
        f'  <h2>Writing</h2>\n  <article-feed src="{_EMPTY}"></article-feed>\n</section>\n'
        f'<article-feed src="{_EMPTY}" hide-empty="false" data-empty="The first one is on its way."></article-feed>',
    ),
    Example(
        "The service is away",
        "What stands inside stays; where nothing does, a button tries again. With `cache` the last good copy is shown.",
        '<article-feed src="nowhere.json">\n  <a href="/articles">My articles</a>\n</article-feed>\n'
        '<article-feed src="nowhere.json"></article-feed>\n'
        f'<article-feed src="{_INDEX}" limit="1" cache></article-feed>',
    ),
    Example(
        "In a frame",
        "Where a page takes no script: a small page of its own, in the visitor's light or dark.",
        f'<iframe src="{_FRAME}?limit=2" title="My articles" width="100%" height="320" loading="lazy"></iframe>',
    ),
)


def gallery(base_url: str, title: str, scope: str) -> bytes:
    """The page, UTF-8; ``scope``: path of the view that is shown, "" for everybody's."""

    def snippet(example: Example) -> str:
        return _placed(example.html, f"{base_url}{scope}")

    def live(example: Example) -> Markup:
        return Markup(_placed(example.html, f"..{scope}"))  # noqa: S704 - our own, but for an id that is a slug

    html = _TEMPLATES.get_template("gallery.html").render(
        title=title,
        style=Markup(_STYLE),  # noqa: S704 - our own files
        script=Markup(_SCRIPT),  # noqa: S704
        examples=EXAMPLES,
        snippet=snippet,
        live=live,
        build=current(),
        moving=MOVING,
        base_url=base_url,
        scope=scope,
    )
    return html.encode()


def _placed(html: str, where: str) -> str:
    return html.replace(_INDEX, f"{where}/index.json").replace(_FRAME, f"{where}/embed.html")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inline(examples: Sequence[Example]) -> list[str]:
    """What stands between style tags of the examples."""
    return [part.partition("</style>")[0] for one in examples for part in one.html.split("<style>")[1:]]


POLICY = (
    f"default-src 'none'; script-src 'self' {_hash(_SCRIPT)}; connect-src 'self' data:; frame-src 'self'; "
    f"style-src {' '.join(map(_hash, (_STYLE, *_inline(EXAMPLES))))}; img-src https: http: data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Content-Security-Policy under which it all works: nothing inline but what is named here, no markup from strings."""
