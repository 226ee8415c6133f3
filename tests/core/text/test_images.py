"""The picture of an article."""

from __future__ import annotations

import pytest

from aggregator.model import Image
from aggregator.text.html import lead_image

GOOD = '<img src="https://ada.example/queue.png" alt="A  queue" width="640" height="480px">'


@pytest.mark.parametrize(
    "other",
    [
        "",
        '<img src="https://ada.example/count.gif" width="1" height="1">',
        '<img src="https://ada.example/count.gif" height="0">',
        '<img src="https://ada.example/count.gif" width="2px">',
        '<img src="https://medium.com/_/stat?event=post.clientViewed&postId=0a1b">',
        '<img src="http://feeds.feedburner.com/~r/ada/~4/0a1b">',
        '<img src="https://pixel.wp.com/b.gif?host=ada.example">',
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
        '<img src="/relative.png">',
        '<img src="javascript:alert(1)">',
        '<img alt="nothing">',
        '<img src="https://dev-to-uploads.s3.amazonaws.com/uploads/user/profile_image/1/a.png">',
        '<img src="https://secure.gravatar.com/avatar/0a1b">',
        '<img class="u-photo avatar" src="https://ada.example/me.png">',
        '<img src="https://img.shields.io/badge/build-passing-green">',
        '<img src="https://github.com/ada/queue/actions/workflows/ci.yml/badge.svg">',
        '<img src="https://s.w.org/images/core/emoji/14/72x72/1f389.png" class="wp-smiley">',
        '<img src="https://ada.example/icon.png" width="16" height="16">',
        '<img src="https://cdn.buymeacoffee.com/buttons/v2/default-yellow.png">',
    ],
)
def test_only_a_picture_counts(other: str) -> None:
    assert lead_image(f"<p>a</p>{other}{GOOD}") == Image("https://ada.example/queue.png", 640, 480, "A queue")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", None),
        ("<p>a</p>", None),
        ('<IMG SRC="https://ada.example/a.png">', Image("https://ada.example/a.png")),
        (
            '<img src="https://ada.example/a b.png" width="50%" height="auto" alt="">',
            Image("https://ada.example/a%20b.png"),
        ),
        ('<img src="https://ada.example/a.png" width=32 height=300>', Image("https://ada.example/a.png", 32, 300)),
        ('<img src="https://ada.example/greatest-hits.png">', Image("https://ada.example/greatest-hits.png")),
        ('<img class="silicon" src="https://ada.example/a.png">', Image("https://ada.example/a.png")),
        ("&lt;img src=https://ada.example/a.png&gt;", None),
    ],
)
def test_lead_image(html: str, expected: Image | None) -> None:
    assert lead_image(html) == expected
