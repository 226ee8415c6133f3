"""What a config comes to: the contract's example, includes, the environment, the example that newcomers edit."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from aggregator import config
from aggregator.errors import ConfigError
from aggregator.model import Category, Config, Owner, Source, Track

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "config" / "aggregator.yaml"
SCHEMA = ROOT / "config" / "aggregator.schema.json"

FULL = """\
site:
  title: Portfolio feeds
  base_url: https://feeds.example.org/
database_url: sqlite:///data/aggregator.db
fetch:
  contact: https://example.org/about
  allow_private: [10.0.0.0/8, "127.0.0.1:8001", intranet.example, "[::1]:80", "fd00::/8"]
  min_interval: 30m
  per_host: {concurrency: 2, interval: 500ms}
  concurrency: 8
  timeout: 20s
  max_bytes: 5MB
announce: {days: 3, entries: 2}
owners:
  - id: asha
    name: Asha Rao
    home_page_url: https://www.asha.example/about
    prefer: [site, team-blog, dev, medium]
    sources:
      - dev: asharao
      - medium: "@asharao"
      - feed: https://asha.example/feed.xml
      - feed: https://team.example/atom.xml
        id: team-blog
        title: The team
        author: Asha Rao
        backfill: all
        interval: 6h
        content: summary
        section: engineering
        enabled: false
        include: {tag: [kafka, redis]}
        exclude: [{title: ^Release}, {url: /jobs/}]
      - feed: https://notes.asha.example/rss
        id: notes
        backfill: 20
      - dev: asharao
        id: own-forem
        base_url: https://forem.asha.example
    entries:
      - kind: story
        title: Moved traffic
        summary: Word for word.
        publisher: A Blog
        date: 2018-12
        tags: [backend]
        metrics: [{label: Latency, value: "-250 ms"}]
      - url: https://asha.example/talk
        date: 2018
        kind: talk
    tags:
      distributed-systems: {label: Distributed Systems, aliases: [distributedsystems, Dist Sys]}
      c++: {aliases: [cpp]}
    categories:
      - {id: data, label: Data & messaging, description: About data, tags: [Kafka, sql]}
    tracks:
      - {id: kafka-101, title: Kafka from zero, entries: [https://asha.example/1, https://asha.example/2]}
    featured: [https://asha.example/1]
    hide: [https://dev.to/asharao/draft-1]
    same: [[https://a.example/1, https://b.example/1]]
    different: [[https://a.example/1, https://c.example/1]]
webhooks:
  - {url: "${HOOK}", kind: deploy}
  - {url: "https://hooks.example/${NAME}", secret: "${SECRET}", events: [article.created]}
"""
ENVIRON = {"HOOK": "https://build.example/t0ken", "NAME": "n4me", "SECRET": "s3cret"}


def load(folder: Path, text: str, environ: Mapping[str, str] = ENVIRON) -> Config:
    path = folder / "aggregator.yaml"
    path.write_text(text, encoding="utf-8")
    return config.load(path, environ)


def only(found: Config) -> Owner:
    (owner,) = found.owners
    return owner


def by_id(found: Config) -> dict[str, Source]:
    return {source.id: source for source in found.sources}


def test_the_service_itself(tmp_path: Path) -> None:
    found = load(tmp_path, FULL)
    assert (found.site.title, found.site.base_url) == ("Portfolio feeds", "https://feeds.example.org")
    assert found.database_url == "sqlite:///data/aggregator.db"
    fetch = found.fetch
    assert (fetch.min_interval_s, fetch.host_concurrency, fetch.host_interval_s) == (1800, 2, 0.5)
    assert (fetch.concurrency, fetch.timeout_s, fetch.max_bytes) == (8, 20.0, 5_000_000)
    assert fetch.allow_private == ("10.0.0.0/8", "127.0.0.1:8001", "intranet.example", "[::1]:80", "fd00::/8")
    assert (found.announce_days, found.announce_entries) == (3, 2)
    assert [(hook.url, hook.kind, hook.secrets, hook.events) for hook in found.webhooks] == [
        ("https://build.example/t0ken", "deploy", (), ()),
        ("https://hooks.example/n4me", "standard", ("s3cret",), ("article.created",)),
    ]


def test_the_sources(tmp_path: Path) -> None:
    found = by_id(load(tmp_path, FULL))
    assert list(found) == ["dev", "medium", "site", "team-blog", "notes", "own-forem"]
    assert found["dev"].feed_url == "https://dev.to/feed/asharao"
    assert found["own-forem"].feed_url == "https://forem.asha.example/feed/asharao"
    assert [source.id for source in found.values() if source.own_site] == ["site", "notes", "own-forem"]
    assert found["team-blog"] == Source(
        key="asha/team-blog",
        owner="asha",
        id="team-blog",
        kind="feed",
        feed_url="https://team.example/atom.xml",
        title="The team",
        author="Asha Rao",
        include=(("tag", "kafka"), ("tag", "redis")),
        exclude=(("title", "^Release"), ("url", "/jobs/")),
        interval_s=21_600,
        content="summary",
        section="engineering",
        enabled=False,
        backfill=None,
    )
    assert (found["notes"].backfill, found["dev"].backfill) == (20, 0)


def test_the_owner(tmp_path: Path) -> None:
    owner = only(load(tmp_path, FULL))
    assert owner.prefer == ("site", "team-blog", "dev", "medium")
    story, talk = owner.entries
    assert (story.kind, story.date, story.metrics) == ("story", "2018-12", (("Latency", "-250 ms"),))
    assert (talk.kind, talk.title, talk.date) == ("talk", None, "2018")
    assert owner.tag_labels == {"distributed-systems": "Distributed Systems"}
    assert owner.tag_aliases == {
        "distributedsystems": "distributed-systems",
        "dist-sys": "distributed-systems",
        "cpp": "c++",
    }
    assert owner.categories == (Category("data", "Data & messaging", ("kafka", "sql"), "About data"),)
    assert owner.tracks == (
        Track("kafka-101", "Kafka from zero", ("https://asha.example/1", "https://asha.example/2")),
    )
    assert owner.same == (("https://a.example/1", "https://b.example/1"),)
    assert owner.different == (("https://a.example/1", "https://c.example/1"),)


def test_what_may_be_left_out(tmp_path: Path) -> None:
    found = load(tmp_path, "owners:\n  - {id: asha, name: Asha, sources: , tags:}\nwebhooks:\n", {})
    assert found.site.base_url == "http://127.0.0.1:8000"
    assert found.database_url == "sqlite:///data/aggregator.db"
    assert (found.fetch.min_interval_s, found.announce_days, found.announce_entries) == (3600, 7, 5)
    assert only(found).prefer == ("site", "dev", "medium")


@pytest.mark.parametrize(
    ("home", "item", "own"),
    [
        ("https://asha.example", "feed: https://asha.example/feed", True),
        ("https://asha.example", "feed: https://blog.asha.example/feed", True),
        ("https://www.asha.example", "feed: https://asha.example/feed", True),
        ("https://asha.example", "feed: https://notasha.example/feed", False),
        ("https://asha.example", "medium: blog.asha.example", True),
        ("https://dev.to/asharao", "dev: asharao", False),
        ("https://dev.to/asharao", "feed: https://asha.example/feed", True),
        ("", "feed: https://asha.example/feed", True),
        ("", "feed: https://dev.to/feed/asharao", False),
        ("", "medium: detect.example", False),
        ("http://127.0.0.1:8001", "feed: http://127.0.0.1:8001/feed", True),
        ("http://127.0.0.1:8001", "feed: http://127.0.0.1:8002/feed", False),
        ("http://127.0.0.1:8001", "{dev: asharao, base_url: 'http://127.0.0.1:8001'}", False),
    ],
)
def test_what_is_on_the_owner_s_own_site(tmp_path: Path, home: str, item: str, own: bool) -> None:
    text = f"owners:\n  - id: asha\n    name: Asha\n    home_page_url: {home}\n    sources:\n      - {item}\n"
    (source,) = load(tmp_path, text).sources
    assert source.own_site is own


def test_yaml_is_read_as_version_1_2(tmp_path: Path) -> None:
    text = "owners:\n  - {id: no, name: on, sources: [], entries: [{title: 12:30, date: 2018-12-31}]}\n"
    owner = only(load(tmp_path, text))
    assert (owner.id, owner.name, owner.entries[0].title) == ("no", "on", "12:30")
    assert owner.entries[0].date == "2018-12-31"


def test_anchors_and_merges(tmp_path: Path) -> None:
    text = """\
owners:
  - id: asha
    name: Asha
    sources:
      - &slow {feed: https://a.example/feed, interval: 12h, section: notes}
      - {<<: *slow, feed: https://b.example/feed, section: talks, id: b}
"""
    first, second = load(tmp_path, text).sources
    assert (first.interval_s, first.section) == (43_200, "notes")
    assert (second.interval_s, second.section, second.feed_url) == (43_200, "talks", "https://b.example/feed")


def test_values_from_the_environment(tmp_path: Path) -> None:
    text = """\
site: {title: "$${NOT} ${A}-${A}", base_url: "${URL}"}
fetch: {concurrency: "${N}", min_interval: "${N}", max_bytes: "${SIZE}"}
owners: [{id: a, name: A, sources: [{dev: a, enabled: "${OFF}"}]}]
"""
    found = load(tmp_path, text, {"A": "x", "URL": "https://h.example", "N": "7", "SIZE": "1MiB", "OFF": "false"})
    assert found.site.title == "${NOT} x-x"
    assert found.site.base_url == "https://h.example"
    assert (found.fetch.concurrency, found.fetch.min_interval_s, found.fetch.max_bytes) == (7, 7, 2**20)
    assert found.sources[0].enabled is False


def test_the_environment_names_the_database(tmp_path: Path) -> None:
    found = load(tmp_path, FULL, {**ENVIRON, "AGGREGATOR_DATABASE_URL": "postgresql://u:p4ss@db/x"})
    assert found.database_url == "postgresql://u:p4ss@db/x"
    with pytest.raises(ConfigError) as wrong:
        load(tmp_path, FULL, {**ENVIRON, "AGGREGATOR_DATABASE_URL": "mysql://u:p4ss@db/x"})
    assert wrong.value.problems == ["AGGREGATOR_DATABASE_URL: must begin with sqlite:/// or postgresql://"]


def test_no_secret_is_in_what_a_config_looks_like(tmp_path: Path) -> None:
    shown = repr(load(tmp_path, FULL, {**ENVIRON, "AGGREGATOR_DATABASE_URL": "postgresql://u:p4ss@db/x"}))
    assert not [secret for secret in ("t0ken", "n4me", "s3cret", "p4ss") if secret in shown]


# ── includes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "aggregator.yaml"


def owner_file(name: str) -> str:
    return f"owners:\n  - id: {name}\n    name: {name.title()}\n    sources:\n      - dev: {name}\n"


def test_every_owner_in_a_file_of_their_own(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {
            "aggregator.yaml": "include: [owners/*.yaml, more.yaml]\n" + owner_file("main"),
            "owners/b.yaml": owner_file("bob"),
            "owners/a.yaml": owner_file("asha") + "include: [../deep/**/*.yaml]\n",
            "owners/c.txt": "not: read\n",
            "deep/er/d.yaml": owner_file("dan"),
            "more.yaml": "webhooks:\n  - {url: https://hooks.example}\n",
        },
    )
    found = config.load(path, {})
    assert [owner.id for owner in found.owners] == ["main", "asha", "dan", "bob"]
    assert [hook.url for hook in found.webhooks] == ["https://hooks.example"]
    names = [file.relative_to(tmp_path.resolve()).as_posix() for file in config.files(path)]
    assert names == ["aggregator.yaml", "owners/a.yaml", "deep/er/d.yaml", "owners/b.yaml", "more.yaml"]


def test_a_file_is_read_once_and_a_pattern_may_match_the_file_itself(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {
            "aggregator.yaml": "include: ['*.yaml', b.yaml]\n" + owner_file("asha"),
            "b.yaml": "include: ['*.yaml']\n" + owner_file("bob"),
        },
    )
    assert [owner.id for owner in config.load(path, {}).owners] == ["asha", "bob"]


def test_mistakes_in_included_files_are_named_by_their_file(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {
            "aggregator.yaml": "include: [none/*.yaml, b.yaml, 7]\n" + owner_file("asha"),
            "b.yaml": owner_file("asha") + "site: {title: x}\ninclude: [aggregator.yaml, c.yaml, broken.yaml]\n",
            "c.yaml": "owners:\n  - id: carl\n    nam: Carl\n",
            "broken.yaml": "owners:\n\t- x\n",
        },
    )
    with pytest.raises(ConfigError) as wrong:
        config.load(path, {})
    assert [
        problem.replace(f"from {tmp_path}/", "from FOLDER/").replace(f"{tmp_path}/", "")
        for problem in wrong.value.problems
    ] == [
        'aggregator.yaml:1: include[0]: no file matches "none/*.yaml", seen from FOLDER/',
        "aggregator.yaml:1: include[2]: must be text: a file name or a pattern such as owners/*.yaml",
        'b.yaml:2: owners[0].id: a second owner with the id "asha"; the first is aggregator.yaml:3',
        "b.yaml:6: site: belongs in aggregator.yaml; an included file has owners, webhooks, include",
        "b.yaml:7: include[0]: includes itself: aggregator.yaml -> b.yaml -> aggregator.yaml",
        'c.yaml:2: owners[0]: "name" is missing',
        'c.yaml:3: owners[0].nam: unknown key (did you mean "name"?)',
        "broken.yaml:2: a tab stands where spaces are needed; indent with spaces",
    ]


# ── finding, example, schema, size ──────────────────────────────────────────────────────────────────────────────────


def test_where_the_config_is() -> None:
    environ = {"AGGREGATOR_CONFIG": "env.yaml"}
    assert config.find_config("cli.yaml", environ) == Path("cli.yaml")
    assert config.find_config(None, environ) == Path("env.yaml")
    assert config.find_config(None, {}) == Path("config/aggregator.yaml")


def test_the_example_works_as_it_is() -> None:
    found = config.load(EXAMPLE, {})
    assert {source.kind for source in found.sources} == {"dev", "medium", "feed"}
    assert EXAMPLE.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=aggregator.schema.json\n")


def test_what_the_example_has_in_comments_works_too(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    start = lines.index("#  - id: asha")
    end = next(n for n in range(start, len(lines)) if not lines[n])
    text = "owners:\n" + "\n".join(line.removeprefix("#") for line in lines[start:end])
    owner = only(load(tmp_path, text, {}))
    assert [source.id for source in owner.sources] == ["dev", "medium", "site", "team-blog"]
    assert owner.entries[0].kind == "talk"


def test_the_committed_schema_is_up_to_date() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == config.schema()


def test_the_schema_knows_what_the_loader_knows() -> None:
    schema = config.schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    yaml = YAML(typ="safe", pure=True)
    for text in (EXAMPLE.read_text(encoding="utf-8"), FULL):
        assert [error.message for error in validator.iter_errors(yaml.load(text))] == []
    for right, typo in [
        ("home_page_url", "homepage_url"),
        ("dev: asharao", "devto: asharao"),
        ("kind: story", "kind: storry"),
        ("id: asha", "id: Asha Rao"),
        ("min_interval: 30m", "min_interval: half an hour"),
        ("max_bytes: 5MB", "max_bytes: [5]"),
        ("- medium:", "- dev: x\n        medium:"),
        ("include: {tag:", "include: {tags:"),
    ]:
        assert not validator.is_valid(yaml.load(FULL.replace(right, typo, 1))), typo


def test_ten_thousand_sources_load_in_a_few_seconds(tmp_path: Path) -> None:
    owners = [
        f"  - id: owner-{n}\n    name: Owner {n}\n    sources:\n"
        + "".join(f"      - dev: user{n}x{m}\n        id: dev-{m}\n" for m in range(100))
        for n in range(100)
    ]
    started = time.process_time()
    found = load(tmp_path, "owners:\n" + "".join(owners), {})
    assert len(found.sources) == 10_000
    assert time.process_time() - started < 10
