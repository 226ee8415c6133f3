"""The list pages of real sites without a feed: the ladder alone finds what is expected of them.

``python -m tests.corpus.test_list_pages`` prints precision, recall and F1 of each.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from aggregator.errors import ParseError
from aggregator.parse.listing import Listing, read_listing

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "pages" / "feedless-raw-websites"
# What they were saved from, under the host that their expectations name.
PAGES = {
    "00-paulgraham-com-articles": "https://paulgraham.com/articles.html",
    "01-spencermounta-in": "https://blog.spencermounta.in/",
    "02-spotify-com": "https://spotify.com/show/x",
    "03-telepolis-de": "https://telepolis.de/",
    "04-arzg-github-io-lang": "https://arzg.github.io/lang/",
    "05-www-brandonsmith-ninja": "https://www.brandonsmith.ninja/",
    "06-jon-bo-posts": "https://jon.bo/posts/",
    "07-craigslist": "https://abilene.craigslist.org/search/jjj",
    "08-arxiv-org": "https://arxiv.org/list/math.GN/recent",
    "09-fool-com": "https://www.fool.com/author/1/",
    "10-webiphany-com": "https://webiphany.com/",
    "11-audacityteam-org": "https://www.audacityteam.org/blog/",
    "12-sph-ethz-ch": "https://sph.ethz.ch/news",
    "13-google-cloud-blog": "https://cloud.google.com/blog/",
    "14-linkace-org": "https://linkace.org/",
}
# Expected there are the search pages of the first author of each paper; its papers' own links are bare numbers.
EXCUSED = {"08-arxiv-org"}

needs_pages = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the list pages are not here ({FOLDER})")


@cache
def listing(name: str) -> Listing | None:
    try:
        return read_listing((FOLDER / f"{name}.input.html").read_bytes(), "text/html", PAGES[name])
    except ParseError:
        return None


def scored(name: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the addresses."""
    told = json.loads((FOLDER / f"{name}.output.json").read_text(encoding="utf-8"))
    wanted = {url.rstrip("/") for url in told}
    found = listing(name)
    got = {(entry.url or "").rstrip("/") for entry in found.entries} if found is not None else set()
    right = len(wanted & got)
    return right / max(len(got), 1), right / len(wanted), 2 * right / (len(wanted) + len(got))


@needs_pages
@pytest.mark.parametrize("name", sorted(PAGES.keys() - EXCUSED))
def test_the_ladder_alone_finds_the_articles(name: str) -> None:
    assert scored(name)[2] >= 0.9


@needs_pages
@pytest.mark.parametrize("name", sorted(PAGES.keys() - EXCUSED))
def test_every_article_has_a_title_and_the_rule_holds(name: str) -> None:
    found = listing(name)
    assert found is not None
    assert all(entry.title.value for entry in found.entries)
    again = read_listing((FOLDER / f"{name}.input.html").read_bytes(), "text/html", PAGES[name], found.rule)
    assert [entry.url for entry in again.entries] == [entry.url for entry in found.entries]
    assert again.rule == found.rule


@needs_pages
def test_dates_are_seen_where_the_pages_show_them() -> None:
    dated = {}
    for name in PAGES.keys() - EXCUSED:
        found = listing(name)
        assert found is not None
        dated[name] = sum(1 for entry in found.entries if entry.published) / len(found.entries)
    shown = ("05-www-brandonsmith-ninja", "06-jon-bo-posts", "07-craigslist", "09-fool-com", "11-audacityteam-org")
    assert all(dated[name] == 1 for name in shown), dated
    assert dated["12-sph-ethz-ch"] == 1


if __name__ == "__main__":
    for page in PAGES:
        precision, recall, f1 = scored(page)
        read = listing(page)
        print(f"{page:28} {precision:.2f} {recall:.2f} {f1:.2f}  {read.rung if read else 'nothing'}")  # noqa: T201
