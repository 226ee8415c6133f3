"""Where a site may have a feed: what its page says of it, and where sites of its make have theirs; nobody is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin, urlsplit

from bs4 import Tag

from aggregator.model import Candidate
from aggregator.parse.ranks import GUESSED, LINKED, MADE, NAMED, NEAR, OWNED, STATED
from aggregator.parse.soup import Page, attribute, page, said
from aggregator.text import urls

_TYPES = frozenset(
    ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/xml")
)
_MAYBE = frozenset(("application/json", "application/xml"))  # with a title or an address that says feed
_WORD = re.compile(r"\b(?:rss|atom|feeds?|json feed|syndicat\w+)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:^|[/._=?-])(?:rss2?|atom|feeds?|index\.xml)(?:[/._&?-]|$)", re.IGNORECASE)
_COMMENTS = re.compile(r"comments?(?:[/._&?=-]|$)|replies|kommentare", re.IGNORECASE)
_ABOUT_COMMENTS = re.compile(r"\bcomments?\b|\breplies\b|\bkommentare\b|commentaires", re.IGNORECASE)
_READERS = ("feedly.com", "inoreader.com", "newsblur.com", "netvibes.com", "theoldreader.com", "feedburner.google.com")

WELL_KNOWN = (
    *("/feed", "/rss", "/atom.xml", "/feed.xml", "/rss.xml", "/index.xml", "/feed/", "/index.atom", "/index.rss"),
    "/feed.json",
)
_FOLDERS = ("blog", "posts")
_FIRST_PATHS = ("/feed", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml")  # of a folder that nobody mentioned
_GENERATORS = (
    ("wordpress", "feed/"),
    ("ghost", "rss/"),
    ("hugo", "index.xml"),
    ("jekyll", "feed.xml"),
    ("hexo", "atom.xml"),
    ("gatsby", "rss.xml"),
    ("astro", "rss.xml"),
    ("eleventy", "feed/feed.xml"),
    ("hashnode", "rss.xml"),
    ("substack", "feed"),
    ("medium", "feed"),
    ("squarespace", "?format=rss"),
    ("wix", "blog-feed.xml"),
    ("blogger", "feeds/posts/default"),
    ("tumblr", "rss"),
    ("pelican", "feeds/all.atom.xml"),
    ("docusaurus", "blog/rss.xml"),
)
_PLATFORMS = (  # where the address of a profile alone tells the feed; platforms that are kinds know it themselves
    (r"https?://(?:www\.)?velog\.io/@([\w-]+)(?:/.*)?", "https://v2.velog.io/rss/{}", "Velog"),
    (r"(https?://[\w-]+\.tistory\.com)(?:/.*)?", "{}/rss", "Tistory"),
    (r"https?://(?:m\.)?blog\.naver\.com/([\w-]+)(?:/.*)?", "https://rss.blog.naver.com/{}.xml", "Naver"),
    (r"(https?://gist\.github\.com/[\w-]+)/?", "{}.atom", "Gist"),
    (r"(https?://gitlab\.com/(?!explore|users|help|-/)[\w.-]+)/?", "{}.atom", "GitLab"),
    (r"(https?://gitlab\.com/(?!explore|users|help)[\w.-]+/[\w.-]+)/?", "{}/-/releases.atom", "GitLab"),
    (r"(https?://[\w-]+\.tumblr\.com)(?:/.*)?", "{}/rss", "Tumblr"),
)
_MOST_LINKS = 3_000
_MOST_ACCOUNTS = 300  # links to elsewhere that may be accounts


def candidates(
    body: bytes, content_type: str, url: str, link_headers: Sequence[tuple[str, str]] = ()
) -> tuple[Candidate, ...]:
    """Addresses where the site of the page at ``url`` may have a feed, best first, each once; comment feeds never.

    From rank ``OWNED`` on they are pages elsewhere: accounts, perhaps. ``link_headers``: (rel, href) of the ``Link``
    header. Raises Malformed and TooComplex.
    """
    read = page(body, content_type, url)
    found: dict[str, Candidate] = {}
    named = (
        _headers(link_headers, url),
        _alternates(read),
        _anchors(read),
        _placed(url),
        _made(read),
        _accounts(read),
        _guesses(read),
    )
    for one in sorted((one for many in named for one in many), key=lambda one: one.rank):
        key = one.url.partition("://")[2].rstrip("/")
        if key not in found and not _of_comments(one.url):
            found[key] = one
    return tuple(found.values())


def _of_comments(url: str) -> bool:
    parts = urlsplit(url)
    return bool(_COMMENTS.search(f"{parts.path}?{parts.query}"))


def says_feed(url: str) -> bool:
    """Whether an address looks like a feed's: ``/feed/``, ``/atom.xml``, ``?format=rss``."""
    parts = urlsplit(url)
    return bool(_ADDRESS.search(f"{parts.path}?{parts.query}"))


def _headers(links: Sequence[tuple[str, str]], base: str) -> Iterator[Candidate]:
    for rel, href in links:
        url = urls.absolute(href, base)
        said = {"feed"} if rel == "feed" else {"alternate"} if url and says_feed(url) else set[str]()
        if url and said & set(rel.lower().split()):
            yield Candidate(url, "its server names it in the Link header", STATED)


def _alternates(read: Page) -> Iterator[Candidate]:
    for place, link in enumerate(read.soup.find_all("link", href=True, limit=500)):
        rel = attribute(link, "rel").lower().split()
        if not {"alternate", "feed"} & set(rel):
            continue
        kind, title = attribute(link, "type").partition(";")[0].strip().lower(), attribute(link, "title")
        url = urls.absolute(attribute(link, "href"), read.base)
        if url is None or _ABOUT_COMMENTS.search(title):
            continue
        if kind in _TYPES or "feed" in rel or (kind in _MAYBE and (_WORD.search(title) or _ADDRESS.search(url))):
            if "oembed" in url or "/wp-json/" in url:
                continue
            yield Candidate(url, "its page names it as its feed", STATED + 1 + min(place, 50) // 10)


def _anchors(read: Page) -> Iterator[Candidate]:
    for link in read.soup.find_all("a", href=True, limit=_MOST_LINKS):
        url = urls.absolute(attribute(link, "href"), read.base)
        if url is None or any(reader in urls.host(url) for reader in _READERS):
            continue
        label = f"{said(link, 60)} {attribute(link, 'title')} {attribute(link, 'aria-label')} {_pictured(link)}"
        if _ABOUT_COMMENTS.search(label) or urls.key(url) == urls.key(read.url):
            continue
        if _WORD.search(label) or (_ADDRESS.search(urlsplit(url).path) and not label.strip()):
            own = urls.host(url).removeprefix("www.") == urls.host(read.url).removeprefix("www.")
            yield Candidate(url, "a link on its page says that it is a feed", NAMED if own else NAMED + 50)


def _pictured(link: Tag) -> str:
    picture = link.find("img")
    return attribute(picture, "alt") if isinstance(picture, Tag) else ""


def _placed(url: str) -> Iterator[Candidate]:
    """The feed of a profile, by the rule of its platform."""
    for pattern, feed, platform in _PLATFORMS:
        if found := re.fullmatch(pattern, url.partition("?")[0]):
            yield Candidate(feed.format(found[1]), f"{platform} has it there", STATED)


def _made(read: Page) -> Iterator[Candidate]:
    """Where the program that makes the site puts its feed: in the folder of the page, else at its root."""
    meta = read.soup.find("meta", attrs={"name": re.compile(r"^generator$", re.IGNORECASE)})
    generator = attribute(meta, "content").lower() if isinstance(meta, Tag) else ""
    folder = f"{_folder(read.url)}/".lstrip("/")
    for name, path in _GENERATORS:
        if generator.startswith(name):
            for place, base in enumerate(dict.fromkeys((folder, ""))):
                url = urljoin(urljoin(read.url, "/"), base + path)
                yield Candidate(url, f"{name} puts its feed there", MADE + place)


def _folder(url: str) -> str:
    """The path of a page, without what is no folder: ``/blog`` of ``/blog/``, nothing of ``/about.html``."""
    path = urlsplit(url).path.rstrip("/")
    return path if not re.search(r"\.\w{2,5}$", path) else ""


def _accounts(read: Page) -> Iterator[Candidate]:
    """What the page calls its own elsewhere (``rel=me``), then what it links to: addresses of pages, not of feeds."""
    here, seen = urls.host(read.url), set[tuple[str, bool]]()
    for link in read.soup.find_all(["a", "link"], href=True, limit=_MOST_LINKS):
        url = urls.clean(attribute(link, "href"), read.base)
        mine = "me" in attribute(link, "rel").lower().split()
        if url is None or (url, mine) in seen or (urls.host(url) == here and not mine):
            continue
        if not mine and (link.name != "a" or urlsplit(url).path.strip("/").count("/") > 1):
            continue
        seen.add((url, mine))
        if len(seen) > _MOST_ACCOUNTS:
            break
        reason = f"its page calls {url} its own" if mine else f"its page links to {url}"
        yield Candidate(url, reason, OWNED if mine else LINKED)


def _guesses(read: Page) -> Iterator[Candidate]:
    """Well-known paths: in the folder of the page, on its host, in its blog, on its ``blog.`` host."""
    parts = urlsplit(read.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    folder = _folder(read.url)
    rank = GUESSED + 10
    for base, paths in ((origin + folder, _FIRST_PATHS if folder else ()), (origin, WELL_KNOWN)):
        for place, path in enumerate(paths):
            yield Candidate(base + path, "many sites have theirs there", rank + place)
        rank += 20
    linked = {
        urlsplit(url).path.strip("/").partition("/")[0]
        for link in read.soup.find_all("a", href=True, limit=_MOST_LINKS)
        if (url := urls.clean(attribute(link, "href"), read.base)) and urls.host(url) == urls.host(read.url)
    }
    for place, name in enumerate(_FOLDERS):
        if f"/{name}" != folder:
            rank = GUESSED if name in linked else NEAR  # the page links to it: it is there
            for path in _FIRST_PATHS:
                yield Candidate(f"{origin}/{name}{path}", f"many sites have theirs under /{name}", rank + place)
    host = parts.hostname or ""
    if not host.startswith("blog.") and "." in host and not host.replace(".", "").isdigit():
        blog = f"{parts.scheme}://blog.{parts.netloc.removeprefix('www.')}"
        for path in _FIRST_PATHS[:3]:
            yield Candidate(blog + path, "many sites have theirs on blog.", NEAR + 10)
