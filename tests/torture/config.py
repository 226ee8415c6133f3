"""Hundreds of damaged configs, one after the other put in the place of a good one that is live."""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from aggregator import config
from aggregator.errors import ConfigError
from tests.torture.report import ROOT, Figure

COUNT = 500
ENVIRON = {"DEPLOY_HOOK": "https://hooks.example/t0ken", "HOOK_SECRET": "s3cret-t0ken"}
LINE = re.compile(r"(?P<file>[^:]+\.yaml):(?P<line>\d+): (?:(?P<key>[\w.\[\]-]+): )?\S")

GOOD = """\
site: {title: Feeds, base_url: https://feeds.example}
fetch:
  contact: https://asha.example/about
  min_interval: 1h
  per_host: {concurrency: 1, interval: 1s}
  max_bytes: 10MiB
owners:
  - id: asha
    name: Asha Rao
    home_page_url: https://asha.example
    prefer: [site, dev, medium]
    sources:
      - dev: asharao
      - medium: "@asharao"
        exclude: {title: "^release"}
      - feed: https://asha.example/feed.xml
        id: blog
        interval: 2h
    entries:
      - kind: talk
        title: Queues without tears
        date: 2018-12
        metrics: [{label: Latency, value: "-250 ms"}]
    tags:
      kafka: {label: Kafka, aliases: [apache-kafka]}
    categories:
      - {id: data, label: Data and messaging, tags: [kafka, sql]}
    featured: [https://asha.example/kafka-1]
    same: [[https://asha.example/a, https://dev.to/asharao/a]]
  - id: bo
    name: Bo Lind
    sources:
      - feed: https://bo.example/feed.xml
webhooks:
  - {url: "${DEPLOY_HOOK}", kind: deploy}
  - {url: https://ci.example/hook, secret: "${HOOK_SECRET}", events: [article.created]}
"""

_KEY = re.compile(r"^(\s*(?:- )?)(\w+):(?= |$)", re.MULTILINE)
_INLINE_KEY = re.compile(r"([{,] ?)(\w+):(?= )")
_ADDRESS = re.compile(r"https://[\w./-]+")
_VALUE = re.compile(r"(?<=: )[^\s{\[\"][^\n,}\]#]*")
_SLOW = frozenset({"alias bomb", "too deep"})  # a second each until they are refused: a few are enough
_FREE = frozenset({"kafka", "title"})  # a name or a word that may be any: `tags` and patterns have keys of one's own
_BAD_ADDRESSES = (
    "ftp://x.example", "javascript:hit()", "https://", "x.example", "https://a b", "//x",
    "https://x.example:99999", "file:///etc/passwd", "https://[::1", "data:text/html,x",
)  # fmt: skip
_WRONG = ("[]", "{}", "{a: b}", "[[1]]", "!!python/object:x.Y {}", "!x y", "*nowhere", "&a [*a]", "${NOT_SET}", "${}")
_SYNTAX = (
    "\t", "\x00", "\x07", "\x1b[31m", "\ud800", "}", "]", "{", "[", '"', "'", "@x", "`x", "%x", "--- \nx: 1\n",
    "? [a]\n: b\n", "a: b: c\n", "- x\n", "|", "<<: x\n", "<<: *x\n", "!!binary x",
)  # fmt: skip


def mutations(good: str = GOOD, seed: int = 8) -> Iterator[tuple[str, bytes]]:
    """Damaged configs without end, each with what was done; every kind of damage in turn, at a place by chance."""
    chance = random.Random(seed)
    kinds: Mapping[str, Callable[[], str | None]] = {
        "unknown key": lambda: _renamed(good, chance),
        "a key twice": lambda: _doubled(good, chance),
        "wrong type": lambda: _revalued(good, chance, _WRONG),
        "bad address": lambda: _readdressed(good, chance),
        "syntax": lambda: _broken(good, chance),
        "bad indentation": lambda: _indented(good, chance),
        "a tab": lambda: _tabbed(good, chance),
        "second id": lambda: good.replace("id: bo", "id: asha").replace("Bo Lind", f"Bo {chance.random()}"),
        "unset variable": lambda: _revalued(good, chance, (f"${{X{chance.randrange(999)}}}",)),
        "alias bomb": lambda: good + _laughs(chance),
        "include": lambda: good + f"include: [{_included(chance)}]\n",
        "not a config": lambda: chance.choice(_NONE) + " " * chance.randrange(99),
        "too deep": lambda: good + "x: " + "[" * chance.randint(100, 5000),
        "cut": lambda: good[: chance.randint(1, good.index("owners") - 2)].rstrip("\n }") + " {",
    }
    for number in range(10**9):
        kind = list(kinds)[number % len(kinds)]
        if kind in _SLOW and number >= len(kinds) and chance.random() > 0.1:
            continue
        text = kinds[kind]()
        if text is not None and text != good:
            yield kind, text.encode("utf-8", "surrogatepass")


_NONE = ("", "#", "[]", "- a", "x", "1", "null", "\ufeff", "\x00" * 9, "<html>", '{"json": true', "\ud800")


def _one(chance: random.Random, pattern: re.Pattern[str], text: str) -> re.Match[str]:
    return chance.choice(list(pattern.finditer(text)))


def _renamed(good: str, chance: random.Random) -> str | None:
    found = _one(chance, chance.choice((_KEY, _INLINE_KEY)), good)
    if found[2] in _FREE:
        return None
    return f"{good[: found.start(2)]}{found[2]}{chance.choice('xqz')}{chance.randrange(99)}{good[found.end(2) :]}"


def _doubled(good: str, chance: random.Random) -> str:
    line = chance.choice([line for line in good.splitlines() if re.match(r"  +\w+: [^\[{]", line)])
    return good.replace(line, f"{line}\n{line}{chance.choice(('', ' '))}", 1)


def _revalued(good: str, chance: random.Random, values: tuple[str, ...]) -> str:
    found = _one(chance, _VALUE, good)
    return good[: found.start()] + chance.choice(values) + good[found.end() :]


def _readdressed(good: str, chance: random.Random) -> str:
    found = _one(chance, _ADDRESS, good)
    return f'{good[: found.start()]}"{chance.choice(_BAD_ADDRESSES)}"{good[found.end() :]}'


def _broken(good: str, chance: random.Random) -> str:
    lines = good.splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines)), chance.choice(_SYNTAX) + chance.choice(("", "\n")))
    return "".join(lines)


def _indented(good: str, chance: random.Random) -> str | None:
    """A line that moves away from the ones that it belongs to."""
    lines = good.splitlines(keepends=True)
    columns = [len(line) - len(line.lstrip()) for line in lines]
    belong = [n for n, at in enumerate(columns) if n and at and at == columns[n - 1]]
    if not belong:
        return None
    place = chance.choice(belong)
    lines[place] = " " * chance.choice((1, 3, 5)) + lines[place]
    return "".join(lines)


def _tabbed(good: str, chance: random.Random) -> str:
    lines = good.splitlines(keepends=True)
    place = chance.choice([n for n, line in enumerate(lines) if line.startswith("  ")])
    lines[place] = "\t" + lines[place].lstrip()
    return "".join(lines)


def _laughs(chance: random.Random) -> str:
    ten = chance.randint(8, 12)
    lines = [f"a0: &a0 [{', '.join('x' * ten)}]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * ten)}]" for n in range(1, 9)]
    return "\n".join(lines) + "\n"


def _included(chance: random.Random) -> str:
    return chance.choice(("none.yaml", "none/*.yaml", "aggregator.yaml", "''", "/", "..", "7", "{a: b}", "'['", "~"))


def refused(path: Path, body: bytes) -> list[str] | None:
    """The problems of a config with this body; None: it is taken."""
    path.write_bytes(body)
    try:
        config.load(path, ENVIRON)
    except ConfigError as wrong:
        return wrong.problems
    return None


def told(problem: str, body: bytes) -> bool:
    """Whether a problem names the file, a line that it has and, where there is one, the key; and no secret."""
    found = LINE.match(problem)
    return found is not None and 1 <= int(found["line"]) <= body.count(b"\n") + 1 and "t0ken" not in problem


def main() -> list[Figure]:
    """Refuse 500 damaged forms of a config, and 500 of the sample and of the examples."""
    samples = [ROOT / "config" / "aggregator.yaml", *sorted((ROOT / "config" / "examples").glob("*.yaml"))]
    counts = [0, 0, 0, 0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "aggregator.yaml")
        for good in (GOOD, *(sample.read_text(encoding="utf-8") for sample in samples)):
            _count(path, good, counts)
    damaged, silent, unclear, keyed = counts
    return [
        Figure("damaged configs", f"{COUNT}", f"{damaged:,}", damaged >= COUNT),
        Figure("taken all the same", "0", f"{silent}", silent == 0),
        Figure("problems without file and line, or with a secret", "0", f"{unclear}", unclear == 0),
        Figure("problems that name the key, too", "all but those of YAML itself", f"{keyed:,}", keyed > damaged // 3),
    ]


def _count(path: Path, good: str, counts: list[int]) -> None:
    for (_, body), _ in zip(mutations(good), range(COUNT), strict=False):
        problems = refused(path, body)
        counts[0] += 1
        counts[1] += problems is None
        counts[2] += sum(not told(problem, body) for problem in problems or ())
        counts[3] += sum(bool((found := LINE.match(problem)) and found["key"]) for problem in problems or ())
