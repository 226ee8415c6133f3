"""What three popular portfolio templates read of the two shapes, and how they draw it; told in our own words.

Each function takes the parsed answer and returns the cards that a visitor would see. Every member is read as the
template reads it: one that is missing, or of another type, fails here as it would fail there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Card:
    """One article, as it is drawn."""

    title: str
    link: str
    text: str
    image: str | None = None
    at: datetime | None = None
    tags: tuple[str, ...] = ()
    minutes: int | None = None


def date(text: str) -> datetime:
    """What browsers make of the two spellings of a moment: with a zone that one, without one a moment all the same."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\dZ?", text)
    return datetime.fromisoformat(text)


def without_markup(html: str) -> str:
    return re.sub(r"<[^>]*>", " ", html).replace("\n", "", 1).strip()


def shortened(text: str) -> str:
    return text[:97] + "..." if len(text) > 100 else text


def gitprofile_medium(answer: Any) -> list[Card]:
    """gitprofile with a Medium account, through its blog client; it makes the link of the guid."""
    return [
        Card(
            title=item["title"].strip(),
            link=item["guid"],
            text=shortened(without_markup(item["content"])),
            image=item["thumbnail"] or (re.findall(r'<figure.*?<img[^>]*src="([^"]*)"', item["content"]) or [""])[0],
            at=date(item["pubDate"]),
            tags=tuple(f"#{category}" for category in item["categories"]),
        )
        for item in answer["items"]
    ]


def gitprofile_dev(answer: Any) -> list[Card]:
    """gitprofile with a DEV account."""
    return [
        Card(
            title=post["title"].strip(),
            link=post["url"],
            text=post["description"].replace("\n", "", 1).strip(),
            image=post["social_image"] or post["cover_image"],
            at=date(post["published_at"]),
            tags=tuple(f"#{tag}" for tag in post["tag_list"]),
        )
        for post in answer
    ]


def developerfolio(answer: Any) -> list[Card]:
    """developerFolio: written to a file at build time, paragraphs cut out of the content at every ``p>``."""
    cards = []
    for blog in answer["items"]:
        parts = [part for part in blog["content"].split("p>") if ">" not in part]
        text = " ".join(part.replace("</", ".", 1).replace("<", "", 1) for part in parts)
        cards.append(Card(title=blog["title"], link=blog["link"], text=text))
    return cards


def said7388(answer: Any) -> list[Card]:
    """said7388's portfolio: only what has a cover, with hearts and comments beside it."""
    cards = []
    for blog in answer:
        if not blog["cover_image"]:
            continue
        assert isinstance(blog["public_reactions_count"], int)
        assert not blog["comments_count"] > 0
        cards.append(
            Card(
                title=blog["title"],
                link=blog["url"],
                text=blog["description"],
                image=blog["cover_image"],
                at=date(blog["published_at"]),
                minutes=blog["reading_time_minutes"],
            )
        )
    return cards
