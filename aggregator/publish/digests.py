"""How published output reads, in one short word: what tells a change from a revision that changed no byte.

The moment of the last change stands in some documents (``lastBuildDate``, ``updated``). It moves with every change of
an owner, also where nothing else in the document does, and says nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from urllib.parse import parse_qsl

from aggregator.model import Config
from aggregator.publish.address import BadRequestError, UnknownViewError, path
from aggregator.publish.publisher import Place, Publisher
from aggregator.render import Format, formats, links

MOST_VIEWS = 300  # looked at for hubs at once, the widest first
_STILL = datetime(2000, 1, 1, tzinfo=UTC)
_INDEX = "index.json"
_EVERYTHING = (("kind", "all"), ("limit", "200"))


def output(publisher: Publisher) -> str:
    """The digest of everything that is published: the whole index, page by page, and the feed of every scope.

    Raises:
        StoreError: the database cannot be read.
    """
    digest = blake2b(digest_size=16)
    query: Sequence[tuple[str, str]] | None = _EVERYTHING
    while query is not None:
        wanted = publisher.wanted(Place((), _INDEX), query)
        view = publisher.view(wanted)
        digest.update(wanted.form.render(replace(view, updated_at=_STILL)))
        query = tuple(parse_qsl(view.next_query)) if view.next_query else None
    feed = subscribed()[0]
    for scope in ((), *((owner.id,) for owner in publisher.config.owners)):
        digest.update(_read(publisher, scope, feed)[1])
    return digest.hexdigest()


def subscribed() -> tuple[Format, ...]:
    """The formats that readers subscribe to, the one that pages name first at the front."""
    feeds = [form for form in formats().values() if form.feed and form.autodiscover is not None]
    return tuple(sorted(feeds, key=lambda form: (form.autodiscover or 0, form.document)))


def topics(publisher: Publisher, owners: Sequence[str], terms: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The feeds that may read differently after these owners' articles under these terms changed.

    By path (``/asha/rss.xml``) the address and the digest of each. What the config and the store do not know is left
    out.

    Raises:
        StoreError: the database cannot be read.
    """
    found: dict[str, tuple[str, str]] = {}
    scopes = list(dict.fromkeys(_scopes(publisher.config, owners, terms)))
    for scope in scopes[:MOST_VIEWS]:
        for form in subscribed():
            try:
                address, body = _read(publisher, scope, form)
            except (BadRequestError, UnknownViewError):
                break
            found[f"{path(scope)}/{form.document}"] = (address, blake2b(body, digest_size=16).hexdigest())
    return found


def _read(publisher: Publisher, scope: tuple[str, ...], form: Format) -> tuple[str, bytes]:
    view = publisher.view(publisher.wanted(Place(scope, form.document)))
    return links.this(view, form.document), form.render(replace(view, updated_at=_STILL))


def _scopes(config: Config, owners: Sequence[str], terms: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The widest first: they have the most subscribers."""
    yield ()
    known = [owner for owner in config.owners if owner.id in set(owners)]
    yield from ((owner.id,) for owner in known)
    for by, ids in _configured(config, owners).items():
        for owner, id_ in ids:
            yield owner, by, id_
            yield by, id_
    for term in terms:
        by, _, value = term.partition(":")
        if by == "source" and value.partition("/")[0] in owners:
            owner, _, id_ = value.partition("/")
            yield owner, by, id_
            yield by, id_
        elif by == "tag":
            yield by, value
            yield from ((owner.id, by, value) for owner in known)


def _configured(config: Config, owners: Sequence[str]) -> Mapping[str, list[tuple[str, str]]]:
    known = [owner for owner in config.owners if owner.id in set(owners)]
    return {
        "category": [(owner.id, one.id) for owner in known for one in owner.categories],
        "track": [(owner.id, one.id) for owner in known for one in owner.tracks],
    }
