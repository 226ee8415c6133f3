"""The two JSON shapes that portfolio templates read today, member by member (outputs.md 2.3)."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from typing import TypeVar

import orjson
from pydantic import BaseModel, Field

from aggregator.model import Article, View
from aggregator.render import Format, facts, links, wire
from aggregator.render.carry import carried, scrubbed
from aggregator.render.dates import MONTHS

Shape = TypeVar("Shape", bound=BaseModel)


class Rss2JsonFeed(BaseModel):
    """The feed, as rss2json tells of it."""

    url: str
    title: str
    link: str
    author: str
    description: str
    image: str


class Rss2JsonItem(BaseModel):
    """One article, as rss2json has it."""

    title: str
    pubDate: str = Field(examples=["2026-05-19 09:34:58"], description="in UTC")  # noqa: N815 - the shape's own name
    link: str
    guid: str = Field(description="the address once more: templates make their links of it")
    author: str
    thumbnail: str = Field(description='the lead image; "" where there is none')
    description: str = Field(description="HTML, sanitized")
    content: str = Field(description="HTML, sanitized")
    enclosure: dict[str, str]
    categories: list[str]


class Rss2Json(BaseModel):
    """A feed, as rss2json answers."""

    status: str = "ok"
    feed: Rss2JsonFeed
    items: list[Rss2JsonItem]


class DevtoUser(BaseModel):
    """Whose article it is, as DEV tells."""

    name: str
    username: str
    twitter_username: str | None = None
    github_username: str | None = None
    website_url: str | None
    profile_image: str | None
    profile_image_90: str | None


class DevtoArticle(BaseModel):
    """One article, as DEV lists it."""

    id: int
    title: str
    description: str
    cover_image: str | None
    social_image: str | None
    published_at: str = Field(examples=["2026-05-19T09:34:58Z"])
    readable_publish_date: str = Field(examples=["May 19 '26"], description='as exact as the date is; "" if unknown')
    tag_list: list[str]
    url: str
    canonical_url: str
    reading_time_minutes: int
    public_reactions_count: int = Field(0, description="always 0: nobody counts here")
    comments_count: int = Field(0, description="always 0")
    user: DevtoUser


def _rss2json(view: View) -> bytes:
    head = scrubbed(replace(view, articles=()))
    author = facts.author(head)
    feed = Rss2JsonFeed(
        url=links.subscription(head, "rss.xml"),
        title=facts.name(head),
        link=head.home_page_url,
        author=author.name if author else head.owner_names.get(head.owner or "", ""),
        description=head.description,
        image="",
    )
    items = carried(view.articles, RSS2JSON.document, _scrubbed(lambda article: _rss2json_item(article, head)))
    return orjson.dumps(Rss2Json(feed=feed, items=items).model_dump())


def _rss2json_item(article: Article, view: View) -> Rss2JsonItem:
    url = links.web(article.url) or ""
    image = links.web(article.image.url) if article.image else None
    content = article.content_html or f"<p>{html.escape(facts.gist(article, view), quote=False)}</p>"
    return Rss2JsonItem(
        title=facts.heading(article),
        pubDate=wire.rfc3339(facts.published(article)).replace("T", " ").removesuffix("Z"),
        link=url,
        guid=url or article.id,
        author=", ".join(person.name for person in facts.authors(article, view)),
        thumbnail=image or "",
        description=content,
        content=content,
        enclosure={"link": image} if image else {},
        categories=list(facts.terms(article)),
    )


def _devto(view: View) -> bytes:
    head = scrubbed(replace(view, articles=()))
    items = carried(view.articles, DEVTO.document, _scrubbed(lambda article: _devto_article(article, head)))
    return orjson.dumps([item.model_dump() for item in items])


def _devto_article(article: Article, view: View) -> DevtoArticle:
    url = links.web(article.url) or f"{view.base_url}{view.path}/"
    image = links.web(article.image.url) if article.image else None
    return DevtoArticle(
        id=_number(article.id),
        title=facts.heading(article),
        description=facts.gist(article, view),
        cover_image=image,
        social_image=image,
        published_at=wire.rfc3339(facts.published(article)),
        readable_publish_date=_readable(article),
        tag_list=list(facts.terms(article)),
        url=url,
        canonical_url=url,
        reading_time_minutes=article.reading_time_minutes,
        public_reactions_count=0,
        comments_count=0,
        user=_devto_user(article, view),
    )


def _devto_user(article: Article, view: View) -> DevtoUser:
    person = facts.authors(article, view)[0]
    owner = view.owner or (article.owners[0] if article.owners else "")
    avatar = links.web(person.avatar)
    return DevtoUser(
        name=person.name,
        username=owner,
        website_url=links.web(view.owner_url) or links.web(person.url),
        profile_image=avatar,
        profile_image_90=avatar,
    )


def _number(id_: str) -> int:
    """A number for an id: for ever the same, and exact in JavaScript, where integers end at 2**53."""
    return int.from_bytes(blake2b(id_.encode(), digest_size=6).digest())


def _readable(article: Article) -> str:
    """Always with its year: DEV leaves the current one out, but these bytes do not know which year it is."""
    at = facts.published(article)
    match article.date_precision:
        case "second" | "day":
            return f"{MONTHS[at.month - 1]} {at.day} '{at.year % 100:02}"
        case "month":
            return f"{MONTHS[at.month - 1]} '{at.year % 100:02}"
        case "year":
            return str(at.year)
        case "unknown":
            return ""


def _scrubbed(build: Callable[[Article], Shape]) -> Callable[[Article], Shape]:
    return lambda article: build(scrubbed(article))


RSS2JSON = Format("compat/rss2json", "application/json", "rss2json", _rss2json, feed=True)
DEVTO = Format("compat/devto/articles", "application/json", "DEV", _devto, feed=True)
