"""Writes the feeds of the sample sites exactly as odd as the real platforms write theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from aggregator.demo.post import Place, Post
from aggregator.demo.sites import ACCOUNTS, AUTHORS, POSTS

_SHAPES = Environment(
    loader=PackageLoader("aggregator.demo", "shapes"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_HEADING = re.compile(r"<h2>(.*?)</h2>")
_FIGURE = re.compile(r'<figure><img src="(.*?)" alt="(.*?)".*?><figcaption>(.*?)</figcaption></figure>')
_CODE = re.compile(r'<pre><code class="language-(\w+)">(.*?)</code></pre>', re.DOTALL)

_FUTURE = "2031"

SHAPES: Mapping[Place, str] = {
    "site": "atom.xml",
    "dev": "forem.xml",
    "medium": "medium.xml",
    "layla": "wordpress.xml",
    "aoi": "hugo.xml",
    "arun": "forem.xml",
    "elena": "summaries.xml",
    "elena-medium": "medium.xml",
}


def feed(place: Place, images: str) -> bytes:
    """The feed of one place, newest first, undated at the end. ``images``: address below which the pictures are."""
    posts = sorted((p for p in POSTS if p.place == place), key=lambda p: p.published or "", reverse=True)
    return (
        _SHAPES.get_template(SHAPES[place])
        .render(
            posts=posts,
            author=AUTHORS[place],
            account=ACCOUNTS.get(place),
            images=images,
            body=lambda post: _BODIES[place](post, _text(post.work, images)),
            teaser=lambda post: _text(post.work, images).partition("<p>")[2].partition("</p>")[0],
            rfc822=_rfc822,
            newest=changed(place),
            post_id=lambda post: post.url.rpartition("-")[2],
        )
        .encode()
    )


def changed(place: Place) -> datetime:
    """When the feed changed last: its newest date but for the one that is a mistake."""
    said = (p.published for p in POSTS if p.place == place and p.published is not None)
    return max(datetime.fromisoformat(at) for at in said if at < _FUTURE)


@cache
def _text(work: str, images: str) -> str:
    source = files("aggregator.demo").joinpath("content", f"{work}.html").read_text(encoding="utf-8")
    return source.replace('src="image:', f'src="{images}/').strip()


def _rfc822(at: str | datetime | None, zone: str) -> str:
    """An RFC 822 date with the zone spelled as the platform spells it."""
    if at is None:
        return ""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return format_datetime(moment).removesuffix("+0000").rstrip() + f" {zone}"


def _plain(post: Post, html: str) -> str:
    return html


def _forem(post: Post, html: str) -> str:
    """DEV pads headings with blank lines, wraps code in highlighting and knows no figures."""
    html = _HEADING.sub(r"\n\n\n<h2>\n  \n  \n  \1\n</h2>\n", html)
    html = _FIGURE.sub(r'<p><img src="\1" alt="\2"></p>\n\n<p><em>\3</em></p>', html)
    code = r'<div class="highlight js-code-highlight">\n<pre class="highlight \1"><code>\2\n</code></pre>\n\n</div>\n'
    html = _CODE.sub(code, html)
    if post.frame == "dev-note":
        origin = next(p.url for p in POSTS if p.place == "site" and p.work == post.work)
        html = f'<p><em>Originally published on <a href="{origin}">my own site</a>.</em></p>\n\n{html}'
    if post.frame == "dev-greeting":
        html = f"<p>Hey everyone 👋</p>\n\n{html}\n\n<p>Thanks for reading 🚀</p>"
    return html + "\n\n"


def _medium(post: Post, html: str) -> str:
    """Medium lifts headings by one, drops the language of code, counts its readers with a pixel."""
    html = _HEADING.sub(r"<h3>\1</h3>", html)
    html = _FIGURE.sub(r'<figure><img alt="\2" src="\1" /><figcaption>\3</figcaption></figure>', html)
    html = _CODE.sub(r"<pre>\2</pre>", html).replace("</p>\n<p>", "</p><p>")
    if post.frame == "medium-import":
        origin = next(p for p in POSTS if p.place == "site" and p.work == post.work)
        html += (
            f'<p><em>Originally published at </em><a href="{origin.url}"><em>https://mira.example</em></a>'
            "<em> on November 17, 2026.</em></p>"
        )
    post_id = post.url.rpartition("-")[2]
    html += (
        '<img src="https://medium.com/_/stat?event=post.clientViewed&referrerSource=full_rss'
        f'&postId={post_id}" width="1" height="1" alt="">'
    )
    if post.frame == "medium-publication":
        html += (
            f'<hr><p><a href="https://medium.com/backend-notes/{post.url.rpartition("/")[2]}">{Markup.escape(post.title)}'
            '</a> was originally published in <a href="https://medium.com/backend-notes">Backend Notes</a> on Medium, '
            "where people are continuing the conversation by highlighting and responding to this story.</p>"
        )
    return html


_BODIES = {
    "site": _plain,
    "dev": _forem,
    "medium": _medium,
    "layla": _plain,
    "aoi": _plain,
    "arun": _forem,
    "elena": _plain,
    "elena-medium": _medium,
}
