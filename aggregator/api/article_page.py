"""Shows one article's copies and reasons to people: the page behind ``/api/articles/{id}``, without a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from aggregator.api.articles import ArticleAnswer, EvidenceAnswer
from aggregator.model import Config
from aggregator.render.dates import MONTHS, day
from aggregator.render.jinja import environment
from aggregator.render.links import web
from aggregator.render.style import style
from aggregator.render.wire import rfc3339
from aggregator.text.html import xml_safe

SHOWN = 12  # pairs of one sort; what follows is folded away
MOST = 200  # pairs of one sort that are folded away; what follows is in the JSON

_TEMPLATES = environment("aggregator.api")
_STYLE = style("page.css", "reasons.css", templates=_TEMPLATES)

POLICY = (
    f"default-src 'none'; style-src {_STYLE.source}; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""Content-Security-Policy of the page: its own style sheet, its icon, nothing else."""


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs with one outcome: in sight, folded away, and how many are only in the JSON."""

    shown: Sequence[EvidenceAnswer]
    folded: Sequence[EvidenceAnswer]
    more: int


def page(answer: ArticleAnswer, config: Config) -> bytes:
    """The complete HTML document, UTF-8. Same answer, same config, same bytes."""
    owner = next((one for one in config.owners if one.id in answer.owners), None)
    scope = f"{config.site.base_url}/{quote(owner.id)}" if owner else config.site.base_url
    apart = [one for one in answer.evidence if not one.joined]
    html = _TEMPLATES.get_template("reasons.html").render(
        answer=answer,
        style=_STYLE,
        heading=answer.title.strip() or "Untitled",
        scope=scope,
        whose=owner.name if owner else config.site.title,
        joined=_pairs([one for one in answer.evidence if one.joined], ()),
        apart=_pairs(
            [one for one in apart if one.doubtful or one.told],
            [one for one in apart if not (one.doubtful or one.told)],
        ),
        writes_at=owner.id if owner else None,
        web=web,
        dated=_dated,
        moment=_moment,
        rfc3339=rfc3339,
    )
    return xml_safe(html).encode()


def _pairs(telling: Sequence[EvidenceAnswer], others: Sequence[EvidenceAnswer]) -> _Pairs:
    """``telling`` are worth being in sight, as many as people read."""
    rest = [*telling[SHOWN:], *others]
    return _Pairs(telling[:SHOWN], rest[:MOST], len(rest[MOST:]))


def _dated(at: datetime | None, precision: str) -> str:
    """A date as exact as it is known."""
    if at is None or precision == "unknown":
        return "no date"
    if precision == "year":
        return str(at.year)
    return f"{MONTHS[at.month - 1]} {at.year}" if precision == "month" else day(at)


def _moment(at: datetime) -> str:
    return f"{day(at)}, {at:%H:%M} UTC"
