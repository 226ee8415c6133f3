"""A real browser, a loopback web that serves pages as the API does, and views that are worth looking at."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, async_playwright

from aggregator.model import Article, CopyRef, Facet, Image, Metric, Person, SourceRef, View
from aggregator.render.formats import page

CHROMIUM = (
    os.environ.get("AGGREGATOR_TEST_CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("google-chrome")
    or shutil.which("chrome")
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # What is never seen takes half of the time that a window needs. The last three are Playwright's own wishes, whose
    # list this one replaces.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,PreloadTopChromeWebUI,"
    "HttpsUpgrades,PaintHolding,DestroyProfileOnBrowserClose",
]
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 320"><rect width="480" height="320" fill="#24455c"/>'
    '<path d="M0 240 120 180 240 220 360 90 480 130V320H0z" fill="#e0925a"/></svg>'
)
BASE = "https://feeds.example.org"
TOPICS = ["Distributed Systems", "Backend", "PostgreSQL", "Kafka", "APIs", "Operations", "Queues", "Reliability", "Go"]
TOPICS += ["Migrations", "Redis", "キャッシュ", "موثوقية", "Observability", "Python", "C++", ".NET", "Testing"]
HOSTILE = '</title></script><script>window.hit=1</script>"><img src=x onerror="window.hit=2">'


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        message = "no Chromium found: set AGGREGATOR_TEST_CHROMIUM to its executable"
        if os.environ.get("AGGREGATOR_REQUIRE_SERVICES") == "1":
            pytest.fail(message)
        pytest.skip(message)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        await chromium.close()


@pytest.fixture
def hostile() -> str:
    """Words that break out of whatever does not escape them."""
    return HOSTILE


@dataclass
class Loopback:
    """Pages by path, on a free port, each with the headers that the API gives it."""

    url: str = ""
    bodies: dict[str, tuple[bytes, Mapping[str, str]]] = field(default_factory=dict)

    def show(self, view: View) -> str:
        """Serves the page of this view and tells where."""
        return self.give(page.render(view), page.CSP)

    def give(self, body: bytes, policy: str) -> str:
        """Serves a page under a policy and tells where."""
        path = f"/{len(self.bodies)}"
        self.bodies[path] = (body, {"Content-Type": page.FORMAT.media_type, "Content-Security-Policy": policy})
        return self.url + path

    async def answer(self, request: web.Request) -> web.Response:
        if request.path.endswith(".svg"):
            return web.Response(text=PICTURE, content_type="image/svg+xml")
        body, headers = self.bodies.get(request.path, (b"", {}))
        return web.Response(body=body, headers=headers, status=200 if body else 404)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def loopback() -> AsyncIterator[Loopback]:
    served = Loopback()
    app = web.Application()
    app.router.add_get("/{path:.*}", served.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    served.url = f"http://{host}:{port}"
    yield served
    await runner.cleanup()


_PLAIN = Article(
    id="",
    ulid="",
    owners=("mira",),
    url=None,
    title="",
    summary="",
    published_at=datetime(2026, 11, 17, 8, 30, tzinfo=UTC),
    date_precision="second",
    first_seen_at=datetime(2026, 11, 17, 9, 0, tzinfo=UTC),
    announced_at=None,
    source=SourceRef("site", "mira.example", "feed", "https://mira.example"),
    copies=(),
    authors=(Person("Mira Solheim", "https://mira.example"),),
)


def article(number: int, title: str, **said: Any) -> Article:
    """An article with an address and a date of its own, and whatever else is said about it."""
    ulid = f"01K9ZV7Q{number:018d}"
    own: dict[str, Any] = {
        "id": f"tag:feeds.example.org,2026:article/{ulid}",
        "ulid": ulid,
        "url": f"https://mira.example/{number}/",
        "title": title,
    }
    return replace(_PLAIN, **(own | said))


def copy(title: str, url: str) -> CopyRef:
    return CopyRef(title.lower(), title, url, None)


def facet(label: str, count: int, path: str, description: str | None = None) -> Facet:
    return Facet(label.lower(), label, count, f"{BASE}/{path}", description)


@pytest.fixture
def varied() -> Callable[[str], tuple[Article, ...]]:
    """Every shape that a real portfolio has; the argument is the address of the pictures in it."""
    return _varied


def _varied(picture: str) -> tuple[Article, ...]:
    return (
        article(
            1,
            "Idempotency keys are a contract, not a column",
            summary="A unique constraint stops the second insert. It does not tell the caller what happened to the "
            "first one, and that answer is the whole point of the key.",
            copies=(
                copy("DEV", "https://dev.to/mirasolheim/idempotency-3k2f"),
                copy("Medium", "https://medium.com/@mira/idempotency-8c1d2e3f4a5b"),
            ),
            reading_time_minutes=7,
            tags=("distributed-systems", "apis", "postgresql"),
            tag_labels={"distributed-systems": "Distributed Systems", "apis": "APIs", "postgresql": "PostgreSQL"},
            image=Image(picture, 480, 320, "Two requests meeting at one row"),
            featured=True,
        ),
        article(
            2,
            "Retiring the nightly batch",
            summary="For nine years everything that was too slow for a request happened at two in the morning. Taking "
            "that hour apart taught us more about our data than building it ever did.",
            published_at=datetime(2026, 11, 10, tzinfo=UTC),
            date_precision="day",
            copies=(copy("DEV", "https://dev.to/mirasolheim/batch-1c9a"),),
            reading_time_minutes=5,
            tags=("backend", "operations"),
            tag_labels={"backend": "Backend", "operations": "Operations"},
        ),
        article(
            3,
            "Backpressure you can feel",
            summary="A buffer is a promise to answer later. Make enough of them and later never comes.",
            published_at=datetime(2026, 10, 28, 6, 12, tzinfo=UTC),
            reading_time_minutes=4,
            tags=("queues", "reliability"),
            image=Image(picture, 1200, 400),
        ),
        article(
            4,
            "لماذا تفشل المهل الزمنية عند أول ضغط حقيقي؟",
            summary="المهلة الزمنية ليست رقمًا في ملف الإعدادات، بل وعدٌ بين خدمتين. حين يزداد الضغط يظهر من منهما لم "
            "يفهم الوعد: HTTP 504 ليس إجابة.",
            url="https://layla.example/timeouts/",
            owners=("layla",),
            authors=(Person("ليلى حداد"),),
            source=SourceRef("blog", "layla.example", "feed"),
            published_at=datetime(2026, 10, 3, 5, 0, tzinfo=UTC),
            language="ar",
            dir="rtl",
            reading_time_minutes=3,
            tags=("موثوقية", "apis"),
            tag_labels={"apis": "APIs"},
            image=Image(picture, 480, 320),
        ),
        article(
            5,
            "キャッシュは記憶ではなく約束である",
            summary="キャッシュの難しさは、値を置くことではなく、いつ古くなるかを言い当てることにある。期限を一つの数字で決めて"
            "しまう前に、誰がその値を信じるのかを考えたい。",
            url="https://aoi.example/cache/",
            owners=("aoi",),
            authors=(Person("森 葵"),),
            source=SourceRef("blog", "aoi.example", "feed"),
            published_at=datetime(2026, 9, 12, 1, 0, tzinfo=UTC),
            language="ja",
            reading_time_minutes=3,
            tags=("cache",),
            tag_labels={"cache": "キャッシュ"},
        ),
        article(
            6,
            "Moved serving traffic off the shared cluster without hurting delivery",
            summary="Two teams, one ring buffer, and a switch that could be thrown back at any minute of the day.",
            url=None,
            kind="story",
            publisher="Solheim & Daughters",
            published_at=datetime(2018, 12, 1, tzinfo=UTC),
            date_precision="month",
            metrics=(Metric("Latency, p99", "−250 ms"), Metric("Traffic", "~1K QPS"), Metric("Rollbacks", "0")),
            tags=("migrations",),
        ),
        article(
            7,
            "How I review a schema migration",
            summary="Read it backwards: start from the moment somebody needs to undo it.",
            date_precision="unknown",
            reading_time_minutes=6,
        ),
        article(8, "Queues, clocks and other people", kind="talk", date_precision="year", publisher="NordBackend"),
        article(
            9, "", summary="A note without a title, as microblogs have them, that says what it says in one sentence."
        ),
        article(10, "", url=None, date_precision="unknown", authors=()),
    )


@pytest.fixture
def collection() -> View:
    """Everything by everyone, with every facet that a page offers, and no article yet."""
    return View(
        base_url=BASE,
        path="",
        query="",
        title="Northern Backend",
        description="Notes from people who keep services running, wherever they were first published.",
        home_page_url=f"{BASE}/",
        owner=None,
        owner_url=None,
        articles=(),
        total=94,
        updated_at=datetime(2026, 11, 17, 9, 0, tzinfo=UTC),
        next_query="cursor=b64",
        owner_names={"mira": "Mira Solheim", "layla": "ليلى حداد", "aoi": "森 葵"},
        facets={
            "categories": (
                facet("Data & messaging", 21, "category/data/", "Queues, logs, and the databases behind them."),
                facet("Running things", 14, "category/running/", "On call, reviews, and the week after the outage."),
            ),
            "tracks": (facet("Delivery from zero", 4, "track/delivery/"),),
            "tags": tuple(facet(tag, 20 - n, f"tag/{n}/") for n, tag in enumerate(TOPICS)),
            "years": tuple(facet(str(y), 2030 - y, f"?year={y}") for y in range(2026, 2017, -1)),
            "sources": (facet("mira.example", 41, "source/site/"), facet("DEV", 33, "source/dev/")),
        },
    )
