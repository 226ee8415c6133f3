"""A list of feeds as some other program keeps it, told by what is in it: OPML, a Planet's config, a workflow."""

from __future__ import annotations

from aggregator.errors import NotAFeed
from aggregator.parse import opml, planet, workflow
from aggregator.parse.subscriptions import Subscription
from aggregator.text import urls

MOST_BYTES = 5 * 1024 * 1024
_LOOK = 8192  # bytes in which OPML says that it is that


def is_list(name: str, body: bytes) -> bool:
    """Whether a file of this name that begins with ``body`` is a list of feeds, and not some export of articles."""
    end = name.lower().rpartition(".")[2]
    if b"<opml" in body[:_LOOK].lower():
        return True
    if end in ("yml", "yaml"):
        return True
    return end in ("ini", "cfg", "conf", "config") and planet.MARK.search(body) is not None


def read(body: bytes) -> tuple[Subscription, ...]:
    """Every feed of a list, each once, in its order.

    Raises:
        NotAFeed: this is no such list, or far too much of it.
    """
    if len(body) > MOST_BYTES:
        raise NotAFeed(f"the file is longer than {MOST_BYTES // 1024 // 1024} MiB; no list of feeds is")
    if b"<opml" in body[:_LOOK].lower().replace(b"\0", b""):
        found = opml.read(body)
    elif planet.MARK.search(body):
        found = planet.read(body)
    elif workflow.MARK.search(body):
        found = workflow.read(body)
    else:
        raise NotAFeed("the file is no OPML, no config of a Planet, and no workflow that lists feeds")
    once: dict[str, Subscription] = {}
    for one in found:
        once.setdefault(urls.key(one.feed_url) or one.feed_url, one)
    return tuple(once.values())
