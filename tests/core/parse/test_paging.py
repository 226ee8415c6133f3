"""A page that lists articles says in many ways where it goes on, and in more ways where it does not."""

from __future__ import annotations

import pytest

from aggregator.parse.paging import older_page
from aggregator.parse.soup import page

URL = "https://asha.example/blog/"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<link rel="next" href="/blog/page/2/">', "/blog/page/2/"),
        ('<a rel="nofollow next" href="?page=2">2</a>', "/blog/?page=2"),
        ('<a class="pagination-next" href="page/2">&raquo;</a>', "/blog/page/2"),
        ('<a href="/blog/2">Older posts</a>', "/blog/2"),
        ('<a href="/blog/2">← Older</a>', "/blog/2"),
        ('<a href="/blog/2">Next page →</a>', "/blog/2"),
        ('<a href="/blog/2"><span>Next</span> <b>»</b></a>', "/blog/2"),
        ('<a href="/archive">Archive</a>', "/archive"),
        ('<a href="/all">All posts</a><a href="/blog/2">Older</a>', "/blog/2"),
        ('<a href="https://other.example/2">Older posts</a>', None),
        ('<a href="#older">Older posts</a>', None),
        ('<a href="/blog/">Next</a>', None),
        ('<a href="/blog/next-steps">Next steps for the ledger</a>', None),
        ('<a rel="prev" href="/blog/1">Newer posts</a>', None),
        ('<a href="javascript:more()">Older posts</a>', None),
        ("<a>Older posts</a>", None),
        ("", None),
    ],
)
def test_where_it_goes_on(markup: str, expected: str | None) -> None:
    read = page(f"<!doctype html><html><body>{markup}</body></html>".encode(), "text/html", URL)
    assert older_page(read) == (f"https://asha.example{expected}" if expected else None)
