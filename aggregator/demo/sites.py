"""What the sample sites carry: every copy as its feed has it, and what must become of them together.

Mira Solheim, Layla Haddad, Aoi Mori and the people of portfolios.py are invented; so is everything they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aggregator.demo.portfolios import posts
from aggregator.demo.post import Place, Post

AUTHORS: Mapping[Place, str] = {
    "site": "Mira Solheim",
    "dev": "Mira Solheim",
    "medium": "Mira Solheim",
    "layla": "ليلى حداد",
    "aoi": "森 葵",
    "arun": "Arun Sen",
    "elena": "Elena Marchetti",
    "elena-medium": "Elena Marchetti",
}

ACCOUNTS: Mapping[Place, str] = {
    "dev": "mirasolheim",
    "medium": "@mirasolheim",
    "arun": "arunsen",
    "elena-medium": "@elenamarchetti",
}

_MINE = "https://mira.example"
_DEV = "https://dev.to/mirasolheim"
_MEDIUM = "https://medium.com/@mirasolheim"

POSTS: tuple[Post, ...] = (
    # Three copies with one declared original: the note on DEV and Medium's import footer both name it.
    Post(
        "site",
        "idempotency-keys",
        "Idempotency keys are a contract, not a column",
        f"{_MINE}/2026/idempotency-keys/",
        "2026-11-17T07:30:00Z",
        ("distributed-systems", "api-design", "postgresql"),
    ),
    Post(
        "dev",
        "idempotency-keys",
        "Idempotency keys are a contract, not a column",
        f"{_DEV}/idempotency-keys-are-a-contract-not-a-column-3k2f",
        "2026-11-18T06:05:12Z",
        ("distributedsystems", "api", "postgres", "backend"),
        "dev-note",
    ),
    Post(
        "medium",
        "idempotency-keys",
        "Idempotency keys are a contract, not a column",
        f"{_MEDIUM}/idempotency-keys-are-a-contract-not-a-column-8c1d2e3f4a5b",
        "2026-11-17T07:30:00Z",
        ("distributed-systems", "software-engineering", "api"),
        "medium-import",
    ),
    # The site says 2031 by mistake; the copy on DEV knows better.
    Post(
        "site",
        "nightly-batch",
        "Retiring the nightly batch",
        f"{_MINE}/2026/nightly-batch/",
        "2031-11-10T08:00:00Z",
        ("operations", "migrations"),
    ),
    Post(
        "dev",
        "nightly-batch",
        "Retiring the nightly batch",
        f"{_DEV}/retiring-the-nightly-batch-1c9a",
        "2026-11-10T09:41:00Z",
        ("devops", "backend", "database"),
    ),
    # Retitled for the other audience, nothing links the two: only the text tells.
    Post(
        "site",
        "backpressure",
        "Backpressure you can feel",
        f"{_MINE}/2026/backpressure/",
        "2026-10-28T06:12:00Z",
        ("reliability", "queues", "go"),
    ),
    Post(
        "dev",
        "backpressure",
        "Your service never says no? That is the bug",
        f"{_DEV}/your-service-never-says-no-that-is-the-bug-4h7e",
        "2026-10-30T07:00:00Z",
        ("go", "backend", "reliability"),
        "dev-greeting",
    ),
    # In a publication: another path, tracking in the link, a footer under the text.
    Post(
        "site",
        "queue-bottleneck",
        "The queue was never the bottleneck",
        f"{_MINE}/2026/queue/",
        "2026-10-06T05:45:00Z",
        ("queues", "databases", "observability"),
    ),
    Post(
        "medium",
        "queue-bottleneck",
        "The queue was never the bottleneck",
        "https://medium.com/backend-notes/the-queue-was-never-the-bottleneck-2f9b7c61d0ae",
        "2026-10-07T12:20:03Z",
        ("queue", "databases", "software-engineering"),
        "medium-publication",
    ),
    # For members only: the feed has one sentence of it.
    Post(
        "site",
        "leases",
        "What a lease really promises",
        f"{_MINE}/2026/leases/",
        "2026-09-02T06:00:00Z",
        ("distributed-systems", "reliability"),
    ),
    Post(
        "medium",
        "leases",
        "What a lease really promises",
        f"{_MEDIUM}/what-a-lease-really-promises-b40e19d7c358",
        "2026-09-03T11:02:41Z",
        ("distributed-systems", "concurrency"),
        "medium-teaser",
    ),
    # Two different works under one title.
    Post(
        "site",
        "on-call-2025",
        "Notes from the on-call week",
        f"{_MINE}/2025/on-call/",
        "2025-09-15T08:20:00Z",
        ("on-call", "operations"),
    ),
    Post(
        "dev",
        "on-call-2026",
        "Notes from the on-call week",
        f"{_DEV}/notes-from-the-on-call-week-2o5d",
        "2026-06-22T06:30:00Z",
        ("devops", "sre", "observability"),
        "dev-greeting",
    ),
    Post(
        "site",
        "clock-skew",
        "A field guide to clock skew — & what to do about it",
        f"{_MINE}/2026/clock-skew/",
        "2026-05-19T09:34:58Z",
        ("distributed-systems", "observability"),
    ),
    Post(
        "dev",
        "clock-skew",
        "A field guide to clock skew — & what to do about it",
        f"{_DEV}/a-field-guide-to-clock-skew-what-to-do-about-it-6b1m",
        "2026-05-21T05:10:33Z",
        ("distributedsystems", "backend", "python"),
    ),
    # A page of the site that never had a date.
    Post(
        "site",
        "schema-review",
        "How I review a schema migration",
        f"{_MINE}/schema-review/",
        None,
        ("databases", "migrations", "code-review"),
    ),
    Post(
        "layla",
        "ar-timeouts",
        "لماذا تفشل المهل الزمنية عند أول ضغط حقيقي؟",
        "https://layla.example/2026/11/timeouts/",
        "2026-11-03T05:00:00Z",
        ("موثوقية", "أنظمة موزعة"),
    ),
    Post(
        "layla",
        "ar-logs",
        "السجلات التي لا يقرؤها أحد",
        "https://layla.example/2026/08/logs/",
        "2026-08-18T05:30:00Z",
        ("مراقبة",),
    ),
    Post(
        "layla",
        "ar-small-team",
        "أربعة أشخاص ونصف مليون مستخدم",
        "https://layla.example/2026/03/small-team/",
        "2026-03-09T06:15:00Z",
        ("فرق العمل",),
    ),
    Post(
        "aoi",
        "ja-cache",
        "キャッシュは記憶ではなく約束である",
        "https://aoi.example/posts/cache-is-a-promise/",
        "2026-10-14T01:00:00Z",
        ("キャッシュ", "設計"),
    ),
    Post(
        "aoi",
        "ja-retry",
        "再試行はやさしさではない",
        "https://aoi.example/posts/retries/",
        "2026-07-02T01:30:00Z",
        ("信頼性",),
    ),
    *posts(),
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What must come of the sample sites after one round."""

    entries: Mapping[str, int]  # source key -> how many its feed carries
    written: Mapping[str, int]  # owner -> how many stand in the config
    articles: Mapping[str, int]  # owner -> how many there are in the end
    merged: Mapping[str, tuple[str, ...]]  # address of the canonical copy -> addresses of the others
    apart: tuple[str, str]  # two works with one title
    first_seen: tuple[str, ...]  # addresses whose date is nothing but the moment of first sight
    dates: Mapping[str, str]  # address -> date of the article, where its canonical copy says another or a later one
    failing: tuple[str, ...]  # source keys


EXPECTED = Expected(
    entries={
        "mira/site": 8,
        "mira/dev": 5,
        "mira/medium": 3,
        "layla/blog": 3,
        "aoi/blog": 2,
        "arun/dev": 3,
        "nadia/notes": 3,
        "elena/articles": 94,
        "elena/medium": 4,
    },
    written={"mira": 2, "nadia": 2, "ravi": 6, "tomas": 4, "elena": 2},
    articles={"mira": 11, "layla": 3, "aoi": 2, "arun": 3, "nadia": 5, "ravi": 6, "tomas": 4, "elena": 99},
    merged={
        f"{_MINE}/2026/idempotency-keys/": (
            f"{_DEV}/idempotency-keys-are-a-contract-not-a-column-3k2f",
            f"{_MEDIUM}/idempotency-keys-are-a-contract-not-a-column-8c1d2e3f4a5b",
        ),
        f"{_MINE}/2026/nightly-batch/": (f"{_DEV}/retiring-the-nightly-batch-1c9a",),
        f"{_MINE}/2026/backpressure/": (f"{_DEV}/your-service-never-says-no-that-is-the-bug-4h7e",),
        f"{_MINE}/2026/queue/": ("https://medium.com/backend-notes/the-queue-was-never-the-bottleneck-2f9b7c61d0ae",),
        f"{_MINE}/2026/leases/": (f"{_MEDIUM}/what-a-lease-really-promises-b40e19d7c358",),
        f"{_MINE}/2026/clock-skew/": (f"{_DEV}/a-field-guide-to-clock-skew-what-to-do-about-it-6b1m",),
        "https://elena.example/articles/exactly-once-explained-to-a-shopkeeper": (
            "https://medium.com/@elenamarchetti/exactly-once-explained-to-a-shopkeeper-7e21c04d9ab3",
        ),
    },
    apart=(f"{_MINE}/2025/on-call/", f"{_DEV}/notes-from-the-on-call-week-2o5d"),
    first_seen=(f"{_MINE}/schema-review/",),
    dates={f"{_MINE}/2026/nightly-batch/": "2026-11-10T09:41:00Z"},
    failing=("mira/old-notes",),
)
"""Said by hand and not computed from POSTS, so that a test of the demo can fail."""
