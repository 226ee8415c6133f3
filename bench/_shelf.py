"""The store that `bench.export` writes out: articles of ten owners with tags, made up from a fixed seed."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator import sources
from aggregator.config import load
from aggregator.model import ArticleState, Changes, Config, Copy, Entry, IndexRows, Person
from aggregator.poll.adopt import adopt
from aggregator.store import Store

OWNERS = 10
TAGS = 120  # in all; few are on most articles
NOW = datetime(2026, 6, 1, tzinfo=UTC)
BATCH = 500
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def filled(size: int, folder: Path) -> Config:
    """A store of that size in ``folder``, and the config that it agrees to."""
    config = _config(f"sqlite:///{folder / 'aggregator.db'}")
    Store.upgrade(config.database_url)
    store = Store.open(config.database_url)
    store.sync(config, NOW)
    for first in range(0, size, BATCH):
        made = [_article(number, size) for number in range(first, min(first + BATCH, size))]
        states = tuple(state for state, _ in made)
        copies = tuple(copy for _, copy in made)
        index = tuple(IndexRows(one.id, frozenset(sources.keys_of(one.entry.url or "")), frozenset()) for one in copies)
        with store.merging("bench") as unit:
            unit.apply(Changes(copies=copies, articles=states, index=index), None, None, NOW)
    adopt(config, store, NOW)
    store.close()
    return config


def publish(config: Config, number: int) -> None:
    """One more article."""
    store = Store.open(config.database_url)
    state, copy = _article(number, number + 1)
    index = (IndexRows(copy.id, frozenset(sources.keys_of(copy.entry.url or "")), frozenset()),)
    with store.merging("bench") as unit:
        unit.apply(Changes(copies=(copy,), articles=(state,), index=index), None, None, NOW)
    store.close()


def _config(url: str) -> Config:
    owners = [
        {
            "id": f"o{number}",
            "name": f"Owner {number}",
            "home_page_url": f"https://o{number}.example",
            "sources": [{"feed": f"https://o{number}.example/feed.xml", "id": "site"}],
            "categories": [{"id": "first", "label": "First", "tags": [_tag(place) for place in range(5)]}],
        }
        for number in range(OWNERS)
    ]
    said = {"site": {"title": "bench", "base_url": "https://b.example"}, "database_url": url, "owners": owners}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "aggregator.yaml"
        path.write_text(json.dumps(said), encoding="utf-8")
        return load(path, {})


def _tag(number: int) -> str:
    return f"subject-{number}"


def _article(number: int, of: int) -> tuple[ArticleState, Copy]:
    chance = random.Random(f"export {number}")
    owner, ulid = f"o{number % OWNERS}", _ulid(number)
    url, at = f"https://{owner}.example/posts/{number}", NOW - timedelta(days=20 * 365) * (1 - (number + 1) / (of + 1))
    words = _words(chance, chance.randint(600, 1000))
    title = " ".join(words[: chance.randint(4, 9)]).capitalize()
    tags = tuple(dict.fromkeys(_tag(min(int(chance.expovariate(0.08)), TAGS - 1)) for _ in range(4)))
    content = "".join(f"<p>{' '.join(words[place : place + 70])}.</p>\n" for place in range(0, len(words), 70))
    labels = {tag: tag.replace("-", " ").title() for tag in tags}
    entry = Entry(
        guid=url,
        url=url,
        title=title,
        summary=" ".join(words[:35]) + "…",
        content_html=content,
        published=at,
        date_precision="second",
        authors=(Person(f"Owner {number % OWNERS}"),),
        tags=tags,
        tag_labels=labels,
        language="en",
        keys=sources.keys_of(url),
        word_count=len(words),
    )
    copy = Copy(
        id=number + 1,
        source_key=f"{owner}/site",
        owner=owner,
        entry=entry,
        published_at=at,
        date_precision="second",
        first_seen_at=NOW,
        article=ulid,
        born=ulid,
        source_id="site",
    )
    state = ArticleState(
        ulid=ulid,
        id=f"tag:b.example,2026:article/{ulid}",
        owners=(owner,),
        canonical=copy.id,
        text=copy.id,
        url=url,
        title=title,
        summary=entry.summary,
        content_html=content,
        published_at=at,
        date_precision="second",
        first_seen_at=NOW,
        announced_at=at,
        updated_at=None,
        authors=entry.authors,
        tags=tags,
        tag_labels=labels,
        language="en",
    )
    return state, copy


def _words(chance: random.Random, count: int) -> Sequence[str]:
    return ["".join(chance.choices("abcdefghilmnoprstu", k=chance.randint(2, 9))) for _ in range(count)]


def _ulid(number: int) -> str:
    digits = ""
    for _ in range(16):
        number, place = divmod(number, 32)
        digits = ALPHABET[place] + digits
    return f"01JZ8Q5T00{digits}"
