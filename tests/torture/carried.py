"""Feeds in which every item carries one vector, in every field that the format has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from aggregator.text.characters import xml_safe

_DAY = "2026-05-{:02}T08:00:00Z"


def _filling(number: int) -> str:
    """So different that no two items are taken for one work."""
    return " ".join(f"w{number * 7919 + place}x{place}" for place in range(30))


def rss(vectors: Sequence[str]) -> str:
    """RSS 2.0, everything HTML as generators have it."""
    items = "".join(_rss_item(number, vector) for number, vector in enumerate(vectors))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"><channel>'
        f"<title>{_xml(vectors[0])}</title><link>{_xml(vectors[0])}</link><description>{_xml(vectors[0])}</description>"
        f"{items}</channel></rss>"
    )


def _rss_item(number: int, vector: str) -> str:
    said, filling = _xml(vector), _filling(number)
    link = said if number % 2 else f"https://rss.example/{number}?x={said}"
    return (
        f'<item><title>R{number} {said}</title><link>{link}</link><guid isPermaLink="false">r{number} {said}</guid>'
        f"<dc:creator>{said}</dc:creator><category>{said}</category><category>t{number}</category>"
        f"<description>{said} {filling}</description>"
        f"<content:encoded>{said}&lt;p&gt;{filling}&lt;/p&gt;</content:encoded>"
        f"<media:content medium='image' url={_attribute(vector)}><media:description>{said}</media:description>"
        f"</media:content><enclosure type='image/png' url={_attribute(vector)}/>"
        f"<comments>{said}</comments></item>"
    )


def atom(vectors: Sequence[str]) -> str:
    """Atom, titles and summaries plain text."""
    entries = "".join(_entry(number, vector) for number, vector in enumerate(vectors))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><id>tag:a.example,2026:f</id>'
        f"<title>{_xml(vectors[0])}</title><subtitle>{_xml(vectors[0])}</subtitle>{entries}</feed>"
    )


def _entry(number: int, vector: str) -> str:
    said, filling = _xml(vector), _filling(number + 100_000)
    day = _DAY.format(number % 28 + 1)
    href = _attribute(vector) if number % 2 else _attribute(f"https://atom.example/{number}#{vector}")
    return (
        f"<entry><id>tag:a.example,2026:{number}</id><title>A{number} {said}</title><link href={href}/>"
        f"<author><name>{said}</name><uri>{said}</uri><email>{said}</email></author><category term={_attribute(vector)}"
        f" label={_attribute(vector)}/><published>{day}</published><updated>{day}</updated><summary>{said} {filling}"
        f"</summary><content type='html'>&lt;p&gt;{filling}&lt;/p&gt;{said}</content><rights>{said}</rights></entry>"
    )


def json_feed(vectors: Sequence[str]) -> str:
    """JSON Feed 1.1."""
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": vectors[0],
            "home_page_url": vectors[0],
            "icon": vectors[0],
            "items": [
                {
                    "id": f"j{number}",
                    "url": vector if number % 2 else f"https://json.example/{number}?{vector}",
                    "title": f"J{number} {vector}",
                    "summary": f"{vector} {_filling(number + 200_000)}",
                    "content_html": f"{vector}<p>{_filling(number + 200_000)}</p>",
                    "image": vector,
                    "authors": [{"name": vector, "url": vector, "avatar": vector}],
                    "tags": [vector, f"t{number}"],
                    "language": vector[:20],
                    "date_published": _DAY.format(number % 28 + 1),
                }
                for number, vector in enumerate(vectors)
            ],
        }
    )


FEEDS: Mapping[str, tuple[str, Callable[[Sequence[str]], str]]] = {
    "rss": ("application/rss+xml", rss),
    "atom": ("application/atom+xml", atom),
    "json": ("application/feed+json", json_feed),
}


def _xml(text: str) -> str:
    return escape(xml_safe(text))


def _attribute(text: str) -> str:
    return quoteattr(xml_safe(text))
