"""One copy of a work, as a sample site carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Place = Literal["site", "dev", "medium", "layla", "aoi", "arun", "elena", "elena-medium"]
Frame = Literal["", "dev-note", "dev-greeting", "medium-import", "medium-publication", "medium-teaser"]


@dataclass(frozen=True, slots=True)
class Post:
    """One copy of a work, as one place carries it."""

    place: Place
    work: str  # name of its text in content/; "": it has a summary only
    title: str
    url: str  # without what the platform hangs on it
    published: str | None = None  # RFC 3339, as the place says it; None: it says nothing
    tags: tuple[str, ...] = ()
    frame: Frame = ""  # what the platform, or the author for that platform, puts around the text
    summary: str = ""
