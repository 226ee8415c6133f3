"""docs/sources.md says what the registry says; ``python tests/core/sources/test_table.py`` writes it anew."""

from __future__ import annotations

from pathlib import Path

from aggregator import sources

PAGE = Path(__file__).parents[3] / "docs" / "sources.md"

HEAD = """\
# What a source may be

Written from the code by `tests/core/sources/test_table.py`; change it there, in the file of the kind.

One line under `sources:` is one place where somebody publishes: a kind and what you have of it, a name or any address.
What begins with `@` or is a number stands in quotes.

```yaml
sources:
  - dev: asharao
  - mastodon: "@asha@social.example"
  - wordpress: https://asha.example/author/asha/
  - github: asharao/ledger
```

`base_url:` beside it names a self-hosted installation where the address does not. A blog on a domain of its own is
recognised by what its feed says made it, also where it is written as a `feed:`.

| kind | platform | takes | left out |
| --- | --- | --- | --- |
"""

LEFT_OUT = {
    "github": "activity that is no release",
    "medium": "replies to other people's stories",
    "stackoverflow": "comments",
    "wordpress": "posts behind a password",
}

TAIL = """
DEV's API says what its feed does not: the original's address, the date of an edit, the cover. It is asked once when
the feed brought something new; without it the feed is read all the same.

Comments are never taken, whatever the platform. A YouTube handle (`@asharao`) has no feed by itself: the channel id
does. `aggregator add youtube:@asharao` asks the channel's page for it, once, and writes the id. Long videos alone are
the playlist `UULF...` (the channel id with `UC` replaced), shorts `UUSH...`.

For `init`, `add` and `preview` an address is enough, whatever it leads to. Of a page they look for the feed, best
first: what its `<link>` or its server's `Link:` header names, what a link on it says, where the platform or the program
that made the site puts its feed, then the usual paths there, under `/blog` and on `blog.`. Each is read before it is
believed. A blog on a domain of its own becomes its platform's source, a page without a feed becomes a `site`. What the
page calls its own elsewhere (`rel="me"`) is offered, never taken by itself.

What comes along with a pasted address does no harm: quotes and brackets around it, tracking behind it, the tab of a
profile (`medium.com/@asharao/about`, `dev.to/asharao/series`). `@asha@social.example`, `@asha.bsky.social`,
`did:plc:...` and the id of a YouTube channel need no kind before them. The address of one article is refused, with the
account that it belongs to.

## Sites without a feed

A page is read by the first of these that gives at least three articles: what it states in JSON-LD, its `h-feed`, the
selectors of a `page` source (these alone, where there are any), the group of links that looks most like a list. Which
one it was is remembered, and climbed again on every visit; another is looked for only when it gives nothing, or less
than half. A rebuilt page, a check for bots or an empty shell never takes anything away. `sitemap` reads a sitemap.

Dates are read as people write them, in two dozen languages: `12. März 2026`, `2026年3月1日`, `Apr 11` below the
heading `2026`. `05/04/2026` is two days on two continents: the other dates of the page decide, else its language and
country (`en-US`, `en-GB`, `fr`), else it is no date. What the list does not say is taken from the article's own page,
read once: canonical address, title, date, summary, image. Its date is what programs are told there (JSON-LD, Open
Graph, Dublin Core, `<time>`), else what a reader sees by its title; the date of a change is none. Without
any, an article has the moment at which it was first seen.

Requests to one platform wait for each other, wherever its blogs stand:

| platform | seconds between two requests | blogs on domains of their own too |
| --- | --- | --- |
"""


def page() -> str:
    """The page, whole."""
    known = sources.kinds().values()
    rows = [
        f"| `{kind.name}` | {kind.label} | {'; '.join(kind.accepts)} | {LEFT_OUT.get(kind.name, '')} |"
        for kind in known
    ]
    pace = [
        f"| {kind.label} | {kind.spacing_s:g} | {'yes' if kind.shared_limit else 'no'} |"
        for kind in known
        if kind.spacing_s
    ]
    return HEAD + "\n".join(rows) + "\n" + TAIL + "\n".join(pace) + "\n"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_whatever_is_left_out_has_a_kind() -> None:
    assert LEFT_OUT.keys() <= sources.kinds().keys()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
