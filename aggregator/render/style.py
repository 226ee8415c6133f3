"""The style sheets of pages: a few files of ours as one sheet, and the word that lets a strict policy allow it."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from jinja2 import Environment
from markupsafe import Markup

from aggregator.render.jinja import TEMPLATES

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BREAK = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Style:
    """One style sheet that stands inside a page."""

    text: Markup  # for a <style> element
    source: str  # for the `style-src` of a Content-Security-Policy: 'sha256-...' (CSP 3, section 8.4)


def style(*sheets: str, templates: Environment = TEMPLATES) -> Style:
    """These templates as one sheet, the ground of all pages (``base.css``) before them."""
    found = (templates.get_template(name).render() for name in ("base.css", *sheets))
    text = _BREAK.sub("", _COMMENT.sub("", "".join(found))).strip()
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Style(Markup(text), f"'sha256-{digest}'")  # noqa: S704 - our own files, never anyone's text
