"""A config in which every kind of name that an address can hold is taken."""

from __future__ import annotations

from aggregator.model import Category, Config, FetchPolicy, Owner, Site, Source, Track, Written


def _source(key: str, section: str | None = None) -> Source:
    owner, _, id_ = key.partition("/")
    return Source(key, owner, id_, "feed", f"https://{id_}.example/{owner}.xml", section=section)


_ASHA = Owner(
    id="asha",
    name="Asha Rao",
    sources=(_source("asha/site", "Field Notes"), _source("asha/dev")),
    entries=(Written("A talk", kind="talk", section="Stage"),),
    tag_labels={"sql": "SQL"},
    tag_aliases={"distsys": "distributed-systems", "postgres": "postgresql"},
    categories=(Category("data", "Data & messaging", ("kafka", "postgres", "sql")), Category("void", "Void", ())),
    tracks=(Track("kafka-101", "Kafka from zero", ("https://site.example/1",)),),
)
_BO = Owner(
    id="bo",
    name="Bo Lind",
    sources=(_source("bo/blog"), _source("bo/dev")),
    categories=(Category("data", "Databases", ("duckdb", "sql")),),
)
CONFIG = Config(Site("Feeds", "https://feeds.example"), "", FetchPolicy(), (_ASHA, _BO, Owner("cleo", "Cleo")))
"""Asha with everything, Bo with some of the same names, Cleo with nothing."""
