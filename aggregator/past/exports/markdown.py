"""A folder of Markdown with front matter: what Jekyll, Hugo, Eleventy, Astro, Zola and their like publish."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin, urlsplit

from aggregator.model import Circumstances, Image, Person, Piece, RawEntry, RawText, Skipped
from aggregator.normalize.tags import slug as slug_of
from aggregator.parse import charset
from aggregator.past import front_matter
from aggregator.past.export import Export, Read, last
from aggregator.past.front_matter import Meta
from aggregator.past.markup import html_of, title_of
from aggregator.text import dates, urls

_FILE = re.compile(r".+\.(?:md|mdx|mkd|markdown)", re.IGNORECASE)
_ELSEWHERE = re.compile(r"(?:^|/)(?:\.[^/]+|node_modules|vendor|_site|_includes|_layouts)/")
_DRAFTS = re.compile(r"(?:^|/)_?drafts/", re.IGNORECASE)
_NAMED = re.compile(r"(?:(\d{4}-\d{1,2}-\d{1,2})[-_])?(.+)")
_TEXT = 2_000_000  # characters

_DATES = ("date", "publishdate", "published", "publishedat", "publisheddate", "pubdate", "pubdatetime", "datepublished")
_EDITS = ("lastmod", "updated", "updatedat", "updateddate", "updatedon", "modified", "moddatetime", "lastmodified")
_SUMMARIES = ("description", "summary", "excerpt", "subtitle", "tldr", "lead")
_TAGS = ("tags", "taxonomies.tags", "tag", "keywords", "categories", "taxonomies.categories", "category")
_IMAGES = (
    "image",
    "cover",
    "coverimage",
    "heroimage",
    "featuredimage",
    "featureimage",
    "thumbnail",
    "ogimage",
    "banner",
)
_CANONICALS = ("canonicalurl", "canonical", "canonicallink", "originalurl", "seo.canonical", "extra.canonicalurl")
_HIDDEN = ("draft", "private", "unlisted", "archived", "hidden", "pending", "future")


def pieces(names: Sequence[str], read: Read) -> Iterator[Piece]:
    """Every Markdown file that could be an article."""
    for name in names:
        if _FILE.fullmatch(name) and not _ELSEWHERE.search(name):
            yield Piece(name, read(name))


def entry(piece: Piece, circumstances: Circumstances) -> RawEntry | Skipped:
    """An article that is published, by what stands above it."""
    document = charset.decode(piece.body, "text/markdown")
    if len(document) > _TEXT:
        raise ValueError("it is larger than two million characters")
    parted = front_matter.part(document)
    meta: Meta = parted.meta or {}
    day, name = _name(piece.name)
    said = (front_matter.text(meta, one) for one in _DATES)  # `published` may be a date, or yes or no
    published = next((one for one in said if dates.parse(one)), day)
    heading, body = title_of(parted.text)
    title = front_matter.text(meta, "title") or heading
    why = _left_out(piece.name, parted.meta, published, circumstances)
    if why or not title:
        return Skipped(title or piece.name, why or "it has no title")
    address = _address(meta, name, published, circumstances)
    canonical = urls.clean(front_matter.text(meta, *_CANONICALS))
    own = address or canonical
    image = front_matter.inside(meta, *_IMAGES)
    return RawEntry(
        guid=None,
        url=own,
        title=RawText(title),
        summary=RawText(front_matter.text(meta, *_SUMMARIES)),
        content=RawText(html_of(body if heading and not front_matter.text(meta, "title") else parted.text), "html"),
        published=published or None,
        updated=front_matter.text(meta, *_EDITS) or None,
        authors=_authors(meta),
        tags=front_matter.texts(meta, *_TAGS, separators=", "),
        image=Image(found) if image and (found := urls.absolute(image, own)) else None,
        language=front_matter.text(meta, "lang", "language", "locale") or None,
        canonical_url=canonical if canonical and address and urls.key(canonical) != urls.key(address) else None,
        base=own or "",
    )


def _left_out(name: str, meta: Meta | None, published: str, circumstances: Circumstances) -> str:
    """Why this is no article that everybody may read; "" if it is one."""
    if meta is None and not published:
        return "it has neither front matter nor a date"
    said = meta or {}
    if last(name).startswith("_index."):
        return "the page of a section, not an article"
    if front_matter.says(said, "draft", "true", "yes") or front_matter.says(said, "published", "false", "no"):
        return "a draft"
    if front_matter.says(said, "status", *_HIDDEN) or _DRAFTS.search(name):
        return "a draft"
    if not published and (front_matter.says(said, "layout", "page", "home") or front_matter.says(said, "type", "page")):
        return "a page, not an article"
    dated = dates.parse(published)
    if dated is not None and dated.at > circumstances.now:
        return "its date is still to come"
    return ""


def _name(path: str) -> tuple[str, str]:
    """The day that a file's name begins with, and the rest of it; of ``a-post/index.md`` the folder's name counts."""
    folder, _, file = path.rpartition("/")
    stem = file.rpartition(".")[0]
    found = _NAMED.fullmatch(last(folder) if stem.lower() == "index" and folder else stem)
    return (found[1] or "", found[2]) if found else ("", stem)


def _address(meta: Meta, name: str, published: str, circumstances: Circumstances) -> str | None:
    """Where it is published: as it says itself, else by the pattern that the owner gave."""
    said = front_matter.text(meta, "permalink", "url")
    pattern = circumstances.address
    if said and not set(":{[") & set(urlsplit(said).path) and said not in ("false", "true"):
        return urls.clean(urljoin(_origin(pattern), said) if pattern else said)
    if not pattern:
        return None
    dated = dates.parse(published)
    slug = front_matter.text(meta, "slug") or name
    places = {"slug": slug.strip("/") or slug_of(name), "year": "", "month": "", "day": ""}
    if dated is not None:
        places |= {"year": f"{dated.at:%Y}", "month": f"{dated.at:%m}", "day": f"{dated.at:%d}"}
    elif any(f"{{{place}}}" in pattern for place in ("year", "month", "day")):
        return None
    for place, value in places.items():
        pattern = pattern.replace(f"{{{place}}}", value)
    return urls.clean(pattern)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/"


def _authors(meta: Meta) -> tuple[Person, ...]:
    listed = front_matter.texts(meta, "authors", "author")
    return tuple(map(Person, listed)) or tuple(
        Person(one) for one in (front_matter.inside(meta, "authors", "author"),) if one
    )


EXPORT = Export(
    name="markdown",
    label="a folder of Markdown",
    kind="feed",
    pieces=pieces,
    entry=entry,
    needs_address=True,
)
