"""Writes the owner's page, and the form before it: HTML that works without a script."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.api.status import charts, words
from aggregator.api.status.facts import DAYS, Facts
from aggregator.model import Config
from aggregator.render.dates import until
from aggregator.render.jinja import environment
from aggregator.render.links import web
from aggregator.render.style import style
from aggregator.render.wire import rfc3339
from aggregator.text.html import xml_safe

_TEMPLATES = environment("aggregator.api")
_STYLE = style("status.css", templates=_TEMPLATES)

HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": (
        f"default-src 'none'; style-src {_STYLE.source}; img-src data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "vary": "Cookie, Authorization",
    # Not no-referrer: then browsers would send "Origin: null" with a form, and nobody could tell where it comes from.
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
"""Of every answer below /status. Unlike all others it is not open to pages of other origins."""

SAID = {
    "poll": "{} is polled as soon as its server may be asked again. Look again in a few seconds.",
    "pause": "{} is paused; the config says so.",
    "resume": "{} is polled again; the config says so.",
    "release": "What was held back of {} is announced.",
    "index-only": "What was held back of {} stays in the index only.",
    "same": "They are one article now; the config says so.",
    "different": "They are two articles; the config says so.",
}
"""What is told after a button."""


def page(
    facts: Facts,
    config: Config,
    *,
    root: str,
    word: str | None,
    guarded: bool,
    done: tuple[str, str] | None = None,
    problems: Sequence[str] = (),
) -> bytes:
    """The complete HTML document, UTF-8. Pure.

    ``root``: where the site begins, seen from the page's address. ``word``: what forms carry; None: there is nothing to
    press. ``done``: a button and its source, which was pressed before. ``problems``: why a button did nothing.
    """
    html = _TEMPLATES.get_template("status.html").render(
        facts=facts,
        config=config,
        style=_STYLE,
        root=root,
        word=word,
        guarded=guarded,
        done=_done(facts, done),
        problems=problems,
        charts=charts,
        days=DAYS,
        until=lambda at: until(at, facts.at),
        moment=words.moment,
        rfc3339=rfc3339,
        web=web,
    )
    return xml_safe(html).encode()


def _done(facts: Facts, done: tuple[str, str] | None) -> str | None:
    """Only what is known is repeated: the address of the page could be anybody's words."""
    if done is None or done[0] not in SAID:
        return None
    titles = {row.health.key: row.health.title for row in facts.rows}
    said = SAID[done[0]]
    return said.format(titles[done[1]]) if done[1] in titles else said if "{}" not in said else None


def way_in(config: Config, *, root: str, wrong: bool = False, wait_s: int = 0) -> bytes:
    """The form that asks for the token."""
    html = _TEMPLATES.get_template("way_in.html").render(
        config=config, style=_STYLE, root=root, wrong=wrong, wait_s=wait_s
    )
    return xml_safe(html).encode()
