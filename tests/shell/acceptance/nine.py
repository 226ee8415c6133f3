"""Nine articles on three places, as sixteen entries that a machine could easily take for more, or for fewer.

Said by hand, the outcome too, so that a test of it can fail.
"""

from __future__ import annotations

from datetime import datetime

from tests.shell.acceptance.feeds import Item, atom, first_sentences, forem, prose, rss

SITE, DEV, MEDIUM = "asha/site", "asha/dev", "asha/medium"
KEYS = (SITE, DEV, MEDIUM)
PATHS = {SITE: "/feed.atom", DEV: "/feed/asharao", MEDIUM: "/feed/@asharao"}
HOME = "https://asha.example"
_DEV, _MEDIUM = "https://dev.to/asharao", "https://medium.com/@asharao"


def at(day: str) -> datetime:
    """Nine in the morning of a day, UTC."""
    return datetime.fromisoformat(f"{day}T09:00:00+00:00")


def _publication(text: str, url: str, title: str) -> str:
    return (
        f'<h3>{title}</h3>{text}<img src="https://medium.com/_/stat?event=post.clientViewed&referrerSource=full_rss" '
        f'width="1" height="1" alt=""><hr><p><a href="{url}">{title}</a> was originally published in '
        '<a href="https://medium.com/harbour-notes">Harbour Notes</a> on Medium, where people are continuing the '
        "conversation by highlighting and responding to this story.</p>"
    )


def _edited(text: str) -> str:
    """As authors edit for another audience: a greeting, one paragraph gone, a call at the end."""
    paragraphs = text.split("\n")
    return "\n".join(["<p>Hey everyone 👋</p>", *paragraphs[:2], *paragraphs[3:], "<p>Follow me for more! 🚀</p>"])


_LEASE, _COMPASS, _BUTTON = prose("lease"), prose("compass"), prose("button", 420)
_ENGINE, _CANDLE = prose("engine", 380), prose("candle", 300)
_LONG = "What eleven months of running our own message broker taught us about patience"
_QUEUE = "https://medium.com/harbour-notes/what-eleven-months-of-running-our-own-2f9b7c61d0ae"

ITEMS: dict[str, list[Item]] = {
    SITE: [
        # Trackers and a text fragment on its own address; the copies name it in three other spellings.
        Item(
            "A lease is a promise",
            f"{HOME}/2026/lease/?utm_source=feed&utm_medium=rss#:~:text=promise",
            _LEASE,
            published=at("2026-11-02"),
            tags=("leases",),
        ),
        # Has nothing but an address in common with its copy on DEV, which was retitled and has no text.
        Item("Compass, part 2", f"{HOME}/2026/compass-2/", _COMPASS, published=at("2026-10-20")),
        # Dated in the future by mistake; both copies know better.
        Item("Buttons are for people", f"{HOME}/2026/buttons/", _BUTTON, published=at("2099-01-01")),
        Item(_LONG, f"{HOME}/2026/broker/", _ENGINE, published=at("2026-09-14")),
        Item("Candles burn at one end", f"{HOME}/2026/candles/", _CANDLE, published=at("2026-08-03")),
        # Three works under one title: two of them here, one on DEV in the same week.
        Item("Notes from the week", f"{HOME}/2026/week-31/", prose("week 31"), published=at("2026-07-31")),
        Item("Notes from the week", f"{HOME}/2026/week-32/", prose("week 32"), published=at("2026-08-07")),
        # Never had a date.
        Item("How to read a ledger", f"{HOME}/ledger/", prose("ledger")),
    ],
    DEV: [
        Item(
            "A lease is a promise",
            f"{_DEV}/a-lease-is-a-promise-3k2f",
            f'<p><em>Originally published at <a href="http://www.asha.example/2026/lease/index.html?fbclid=x&amp;'
            f'utm_campaign=y">asha.example</a></em></p>\n{_LEASE}',
            published=at("2026-11-03"),
            tags=("distributedsystems",),
        ),
        Item(
            "Nobody needs a needle",
            f"{_DEV}/nobody-needs-a-needle-4h7e",
            "",
            "Read it on my site.",
            published=at("2026-10-25"),
            canonical="http://www.asha.example/2026/compass-2?mc_cid=1&mc_eid=2#comments",
        ),
        Item(
            "Your users press everything. Let them.",
            f"{_DEV}/your-users-press-everything-let-them-1c9a",
            _edited(_BUTTON),
            published=at("2026-10-01"),
        ),
        Item("Notes from the week", f"{_DEV}/notes-from-the-week-2o5d", prose("dev week"), published=at("2026-08-05")),
    ],
    MEDIUM: [
        Item(
            "A lease is a promise",
            f"{_MEDIUM}/a-lease-is-a-promise-8c1d2e3f4a5b?source=rss-0a1b2c3d4e5f------2",
            f'{_LEASE}<p><em>Originally published at </em><a href="{HOME}/2026/lease/"><em>{HOME}</em></a>'
            "<em> on November 2, 2026.</em></p>",
            guid="https://medium.com/p/8c1d2e3f4a5b",
            published=at("2026-11-02"),
        ),
        Item(
            "Everything gets pressed",
            f"{_MEDIUM}/everything-gets-pressed-77aa2e3f4a5b?source=rss-0a1b2c3d4e5f------2",
            f"{_edited(_BUTTON)}<p>If you enjoyed this, clap fifty times and buy me a coffee.</p>",
            guid="https://medium.com/p/77aa2e3f4a5b",
            published=at("2026-10-05"),
        ),
        # In a publication: a title cut off, a counting pixel, a footer longer than a paragraph.
        Item(
            "What eleven months of running our own message broker…",
            f"{_QUEUE}?source=rss----aa11bb22cc33---4",
            _publication(_ENGINE, _QUEUE, "What eleven months of running our own message broker…"),
            guid="https://medium.com/p/2f9b7c61d0ae",
            published=at("2026-09-16"),
            tags=("messaging",),
        ),
        # For members only: two sentences and a link.
        Item(
            "Candles burn at one end",
            f"{_MEDIUM}/candles-burn-at-one-end-b40e19d7c358?source=rss-0a1b2c3d4e5f------2",
            f'<div class="medium-feed-item"><p class="medium-feed-snippet">{first_sentences(_CANDLE)}</p>'
            '<p class="medium-feed-link"><a href="https://medium.com/x">Continue reading on Medium »</a></p></div>',
            guid="https://medium.com/p/b40e19d7c358",
            published=at("2026-08-04"),
        ),
    ],
}

Outcome = dict[str, tuple[str, str | None, frozenset[str]]]  # address -> title, date (None: first sight), other copies

EXPECTED: Outcome = {
    f"{HOME}/2026/lease/": (
        "A lease is a promise",
        "2026-11-02T09:00:00Z",
        frozenset({f"{_DEV}/a-lease-is-a-promise-3k2f", f"{_MEDIUM}/a-lease-is-a-promise-8c1d2e3f4a5b"}),
    ),
    f"{HOME}/2026/compass-2/": (
        "Compass, part 2",
        "2026-10-20T09:00:00Z",
        frozenset({f"{_DEV}/nobody-needs-a-needle-4h7e"}),
    ),
    f"{HOME}/2026/buttons/": (
        "Buttons are for people",
        "2026-10-01T09:00:00Z",
        frozenset(
            {
                f"{_DEV}/your-users-press-everything-let-them-1c9a",
                f"{_MEDIUM}/everything-gets-pressed-77aa2e3f4a5b",
            }
        ),
    ),
    f"{HOME}/2026/broker/": (_LONG, "2026-09-14T09:00:00Z", frozenset({_QUEUE})),
    f"{HOME}/2026/candles/": (
        "Candles burn at one end",
        "2026-08-03T09:00:00Z",
        frozenset({f"{_MEDIUM}/candles-burn-at-one-end-b40e19d7c358"}),
    ),
    f"{HOME}/2026/week-31/": ("Notes from the week", "2026-07-31T09:00:00Z", frozenset()),
    f"{HOME}/2026/week-32/": ("Notes from the week", "2026-08-07T09:00:00Z", frozenset()),
    f"{_DEV}/notes-from-the-week-2o5d": ("Notes from the week", "2026-08-05T09:00:00Z", frozenset()),
    f"{HOME}/ledger/": ("How to read a ledger", None, frozenset()),
}


def document(key: str, items: list[Item]) -> str:
    """The feed of one place with these items."""
    if key == SITE:
        return atom("Asha's notes", f"{HOME}/", items)
    if key == DEV:
        return forem("DEV Community: Asha Rao", _DEV, items)
    return rss("Stories by Asha Rao on Medium", _MEDIUM, items, head="<generator>Medium</generator>")


def owners(origin: str) -> str:
    """The owner with the three places, all of them served at ``origin``."""
    return f"""\
  - id: asha
    name: Asha Rao
    home_page_url: {HOME}
    sources:
      - {{feed: '{origin}{PATHS[SITE]}', id: site}}
      - {{dev: asharao, base_url: '{origin}'}}
      - {{medium: '@asharao', base_url: '{origin}'}}
"""
