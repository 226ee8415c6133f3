"""What the sample sites of five portfolios carry: one of each sort that portfolios are made of.

Arun writes on DEV. Nadia has three notes on a site without a feed. Ravi has stories with figures and no article. Tomas
has published elsewhere. Elena has 94 articles on her own site and earlier ones on Medium. All of it is invented.
"""

from __future__ import annotations

from importlib.resources import files
from string import Template

from aggregator.demo.post import Post

_DEV = "https://dev.to/arunsen"
_ELENA = "https://elena.example/articles"
_MEDIUM = "https://medium.com/@elenamarchetti"

_ELSEWHERE: tuple[Post, ...] = (
    Post(
        "arun",
        "arun-tests",
        "Nineteen minutes of tests, and the database was innocent",
        f"{_DEV}/nineteen-minutes-of-tests-and-the-database-was-innocent-2c7d",
        "2026-09-24T04:40:10Z",
        ("testing", "python", "productivity"),
    ),
    Post(
        "arun",
        "arun-logs",
        "A log line is a letter",
        f"{_DEV}/a-log-line-is-a-letter-5f1k",
        "2026-07-08T13:02:45Z",
        ("observability", "backend"),
    ),
    Post(
        "arun",
        "arun-notes",
        "From support tickets to services: how I became a backend engineer",
        f"{_DEV}/from-support-tickets-to-services-how-i-became-a-backend-engineer-19ae",
        "2026-05-19T09:34:58Z",
        ("career", "backend", "beginners"),
    ),
    # On both her places: the text there is one paragraph longer than the summary here.
    Post(
        "elena-medium",
        "elena-shopkeeper",
        "Exactly once, explained to a shopkeeper",
        f"{_MEDIUM}/exactly-once-explained-to-a-shopkeeper-7e21c04d9ab3",
        "2026-09-22T15:20:31Z",
        ("kafka", "distributed-systems"),
    ),
    Post(
        "elena-medium",
        "elena-monolith",
        "In defence of the monolith, again",
        f"{_MEDIUM}/in-defence-of-the-monolith-again-31f6d8a0be57",
        "2022-11-03T08:15:00Z",
        ("software-architecture", "microservices"),
    ),
    Post(
        "elena-medium",
        "elena-maven",
        "The build file nobody dares to touch",
        f"{_MEDIUM}/the-build-file-nobody-dares-to-touch-c90b5d1e4f82",
        "2021-06-14T07:50:12Z",
        ("java", "maven"),
    ),
    Post(
        "elena-medium",
        "elena-interview",
        "Read a stack trace with me",
        f"{_MEDIUM}/read-a-stack-trace-with-me-0d47a6b3e918",
        "2020-02-27T18:05:40Z",
        ("interviewing", "engineering-culture"),
    ),
)

_EXAMPLE = """\
# yaml-language-server: $schema=../aggregator.schema.json
#
# Five portfolios, one of each sort: what fits yours is here to be copied. `aggregator demo` shows them at work.
# Whatever such a site shows can be drawn from one request: /elena/index.json?kind=all&limit=200

site:
  title: Five portfolios
  base_url: https://feeds.example.org
database_url: sqlite:///data/aggregator.db
owners:
"""

NOTES = ("millions-of-small-things", "following-one-slow-request", "the-assistant-and-the-apprentice")


def posts() -> tuple[Post, ...]:
    """Every copy in a feed of the five."""
    lines = files("aggregator.demo").joinpath("content", "elena.txt").read_text(encoding="utf-8").splitlines()
    return (*(_article(line) for line in lines), *_ELSEWHERE)


def _article(line: str) -> Post:
    """One of Elena's: ``date|tags|title|summary``."""
    date, tags, title, summary = line.split("|")
    letters = "".join(c if c.isalnum() else " " for c in title.replace("'", "").lower())
    return Post(
        "elena",
        "",
        title,
        f"{_ELENA}/{'-'.join(letters.split())}",
        f"{date}T06:00:00Z",
        tuple(tags.split()),
        "",
        summary,
    )


def pages() -> dict[str, bytes]:
    """Nadia's site by path."""
    folder = files("aggregator.demo").joinpath("nadia")
    return {
        "/": folder.joinpath("index.html").read_bytes(),
        **{f"/notes/{note}/": folder.joinpath(f"{note}.html").read_bytes() for note in NOTES},
    }


def owners_text(nadia: str, elena_feed: str, dev_base_url: str = "", medium_base_url: str = "") -> str:
    """The five as they stand under ``owners:`` in a config.

    ``nadia``: address of her site, without a trailing slash; ``dev_base_url``, ``medium_base_url``: what stands in for
    the platforms, if anything does.
    """
    template = Template(files("aggregator.demo").joinpath("portfolios.yaml").read_text(encoding="utf-8"))
    return template.substitute(
        nadia=nadia,
        elena_feed=elena_feed,
        dev=f"\n        base_url: {dev_base_url}" if dev_base_url else "",
        medium=f"\n        base_url: {medium_base_url}" if medium_base_url else "",
    )


def example_text() -> str:
    """``config/examples/portfolios.yaml``: the same five, as somebody would write them for the real addresses."""
    return _EXAMPLE + owners_text("https://nadia.example", "https://elena.example/rss.xml")
