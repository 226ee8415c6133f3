"""One feed of a list that some other program keeps."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.text import urls


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed of a list."""

    feed_url: str  # absolute http(s), unless there is a problem
    title: str = ""
    folder: str = ""  # the innermost one that it is in
    page: bool = False  # no feed: a page that the other program takes apart by rules of its own
    problem: str = ""  # why it cannot be taken over


def address(text: str) -> str | None:
    """The address, also where it was made for a click in a browser of old: ``feed://`` and ``feed:https://``."""
    url = text.strip()
    if url.lower().startswith("feed:"):
        rest = url[len("feed:") :]
        url = f"http:{rest}" if rest.startswith("//") else rest
    return urls.absolute(url)
