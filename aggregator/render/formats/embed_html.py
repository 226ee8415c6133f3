"""The list as a small page for an ``<iframe>``, where neither a script nor markup of ours can be put into a page."""

from __future__ import annotations

import base64
import hashlib

from markupsafe import Markup

from aggregator.model import View
from aggregator.render.carry import fit
from aggregator.render.dates import dated
from aggregator.render.facts import byline, heading, name
from aggregator.render.format import Format
from aggregator.render.jinja import TEMPLATES
from aggregator.render.links import web

_NAME = "embed.html"
_STYLE = TEMPLATES.get_template("embed.css").render()
_SCRIPT = TEMPLATES.get_template("embed.js").render()


def render(view: View) -> bytes:
    """The view as a complete HTML document, UTF-8, that tells the page around it how high it is."""
    view = fit(view)
    html = TEMPLATES.get_template("embed.html").render(
        view=view,
        style=Markup(_STYLE),  # noqa: S704 - our own files, never anyone's text
        script=Markup(_SCRIPT),  # noqa: S704
        name=name(view),
        here=f"{view.base_url}{view.path}/",
        byline=byline,
        dated=dated,
        heading=heading,
        web=web,
    )
    return html.encode()


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


FORMAT = Format(
    document=_NAME,
    media_type="text/html; charset=utf-8",
    title="Page for an iframe",
    render=render,
    key="embed",
    policy=(
        f"default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_SCRIPT)}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors *"
    ),
    headers=(("x-robots-tag", "noindex"),),  # the originals are to be found, not this
    limit=5,
)
