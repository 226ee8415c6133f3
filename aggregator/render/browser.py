"""What a person sees who opens the address of a feed in a browser: what it is, its address to copy, and what is new."""

from __future__ import annotations

import base64
import hashlib
from functools import partial

from markupsafe import Markup

from aggregator.model import View
from aggregator.render import facts, formats, links
from aggregator.render.carry import fit
from aggregator.render.dates import dated
from aggregator.render.format import Format
from aggregator.render.jinja import TEMPLATES
from aggregator.render.style import style

VARY = "Accept-Encoding, Sec-Fetch-Dest"
"""What every answer at the address of a feed depends on (outputs.md H10): never on Accept, where readers name HTML."""

_STYLE = style("feed.css")
_SCRIPT = TEMPLATES.get_template("copy.js").render().strip()
_SCRIPT_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src {_STYLE.source}; script-src 'sha256-{_SCRIPT_HASH}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def in_browser(form: Format) -> Format | None:
    """The page to show in place of a feed to somebody who looks at it; None for everything that is no feed."""
    return _PAGES.get(form.document) if formats().get(form.document) is form else None


def _page(form: Format) -> Format:
    return Format(
        document=f"{form.document} in a browser",
        media_type="text/html; charset=utf-8",
        title=f"{form.title}, to look at",
        render=partial(_render, form),
        feed=True,
        policy=_POLICY,
        headers=(("vary", VARY), ("x-robots-tag", "noindex")),
    )


def _render(form: Format, view: View) -> bytes:
    view = fit(view)
    others = [one for one in formats().values() if one.feed and one is not form]
    html = TEMPLATES.get_template("feed.html").render(
        view=view,
        name=facts.name(view),
        form=form,
        address=links.subscription(view, form.document),
        others=[(one.title, links.subscription(view, one.document)) for one in others],
        page=links.document(view, "", links.selection(view.query)),
        following=links.following(view, form.document),
        style=_STYLE,
        script=Markup(_SCRIPT),  # noqa: S704 - our own file, never anyone's text
        heading=facts.heading,
        byline=lambda article: facts.byline(article, view),
        dated=dated,
        web=links.web,
    )
    return html.encode()


_PAGES = {form.document: _page(form) for form in formats().values() if form.feed}
