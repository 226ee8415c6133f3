"""``/health.xml``: what happened to the sources, as a feed for their owner's own reader."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from uuid import UUID

from fastapi import FastAPI
from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from aggregator.model import Event, Site
from aggregator.notify import words
from aggregator.publish.publisher import Publisher
from aggregator.store import Store
from aggregator.text.characters import xml_safe

PATH = "/health.xml"
_MOST = 100  # entries; older ones than 30 days are gone anyway
_ATOM = "http://www.w3.org/2005/Atom"
_HEADERS = {"cache-control": "no-cache", "x-content-type-options": "nosniff", "x-robots-tag": "noindex"}


def add_incidents(app: FastAPI, store: Store, publisher: Publisher) -> None:
    """Serve the feed."""

    @app.get(PATH, tags=["health"], response_class=Response)
    def health(request: Request) -> Response:
        """Incidents of the last 30 days: sources that broke, fell silent, moved, may have lost articles, recovered."""
        body = feed(publisher.config.site, store.outbox.incidents(_MOST))
        etag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
        headers = {**_HEADERS, "etag": etag}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/atom+xml")


def feed(site: Site, events: tuple[Event, ...]) -> bytes:
    """An Atom feed (RFC 4287); an entry keeps its id for ever, because an event does."""
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    here = f"{site.base_url}{PATH}"
    _add(root, "title", f"{site.title}: how the sources are")
    _add(root, "id", here)
    _add(root, "updated", _moment(max((one.at for one in events), default=datetime(1970, 1, 1, tzinfo=UTC))))
    etree.SubElement(root, f"{{{_ATOM}}}link", rel="self", type="application/atom+xml", href=here)
    _add(etree.SubElement(root, f"{{{_ATOM}}}author"), "name", site.title)
    for event in events:
        entry = etree.SubElement(root, f"{{{_ATOM}}}entry")
        _add(entry, "title", words.subject(event))
        _add(entry, "id", UUID(hex=event.id.removeprefix("msg_"), version=5).urn)
        _add(entry, "updated", _moment(event.at))
        etree.SubElement(entry, f"{{{_ATOM}}}link", rel="alternate", href=f"{site.base_url}/status")
        etree.SubElement(entry, f"{{{_ATOM}}}category", term=event.type)
        _add(entry, "content", xml_safe(words.text(event)))
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}{name}").text = text


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
