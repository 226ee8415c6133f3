"""Export files as the platforms write them, in words of nobody."""

from __future__ import annotations

import html
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.shell.acceptance.feeds import prose

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
Folder = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Post:
    """One article of Asha's."""

    title: str
    slug: str
    text: str
    at: datetime
    id: str = "1a2b3c4d5e6f"  # on Medium

    @property
    def medium(self) -> str:
        return f"https://medium.com/@asha/{self.slug}-{self.id}"


def posts(count: int, start: datetime = NOW - timedelta(days=3)) -> list[Post]:
    """Articles, newest first, eleven days apart."""
    made = []
    for place, number in enumerate(range(count, 0, -1)):
        title = f"Letter {number} from the {('quay', 'mill', 'ridge', 'ford')[number % 4]}"
        at = start - timedelta(days=11 * place)
        made.append(
            Post(title, title.lower().replace(" ", "-"), prose(title, 140), at, f"{number:02x}aabbccdd{number:02x}")
        )
    return made


def zipped(files: Folder) -> bytes:
    """The files in a zip, as a server makes one."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return packed.getvalue()


# ── Medium ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def story(
    post: Post, *, canonical: str | None = None, subtitle: str = "", published: bool = True, title: bool = True
) -> bytes:
    """A story in the manner of Medium's export (as of 2025)."""
    grafs = post.text.replace("<p>", '<p name="b1c2" id="b1c2" class="graf graf--p graf-after--h3">')
    head = f'<h3 name="a1b2" id="a1b2" class="graf graf--h3 graf--leading graf--title">{html.escape(post.title)}</h3>'
    if subtitle:
        head += f'<h4 name="a1b3" class="graf graf--h4 graf-after--h3 graf--subtitle">{html.escape(subtitle)}</h4>'
    head = head if title else ""
    day = f"{post.at:%B} {post.at.day}, {post.at.year}"
    stamp = f"{post.at:%Y-%m-%dT%H:%M:%S}.123Z"
    dated = f'<a href="https://medium.com/p/{post.id}"><time class="dt-published" datetime="{stamp}">{day}</time></a>.'
    link = f'<p><a href="{canonical or post.medium}" class="p-canonical">Canonical link</a></p>'
    by = '<p>By <a href="https://medium.com/@asha" class="p-author h-card">Asha Rao</a>'
    footer = (
        f"{by} on {dated}</p>{link}"
        if published
        else f'<p><a href="https://medium.com/p/{post.id}">View original.</a></p>'
    )
    name = html.escape(post.title)
    return (
        '<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
        f"<title>{name}</title><style>\n      * {{\n        font-family: Georgia;\n      }}\n    </style>"
        f'</head><body><article class="h-entry">\n<header>\n<h1 class="p-name">{name}</h1>\n</header>\n'
        f'<section data-field="subtitle" class="p-summary">\n{html.escape(subtitle)}\n</section>\n'
        '<section data-field="body" class="e-content">\n<section name="c3d4" class="section section--body '
        'section--first section--last"><div class="section-divider"><hr class="section-divider"></div>'
        '<div class="section-content">'
        f'<div class="section-inner sectionLayout--insetColumn">{head}{grafs}</div></div></section>\n</section>\n'
        f'<footer>{footer}<p>Exported from <a href="https://medium.com">Medium</a> on November 20, 2026.</p></footer>'
        "</article></body></html>"
    ).encode()


def reply(post: Post) -> bytes:
    """A response: its title is the beginning of its text."""
    said = "I tried this on the old ferry and it holds. Thank you for writing it down."
    answer = Post(said[:40].rsplit(" ", 1)[0] + "…", "i-tried-this", f"<p>{said}</p>", post.at, "99aabbccdd99")
    return story(answer, title=False)


def medium(stories: list[Post]) -> dict[str, bytes]:
    """The whole export, with what else stands in it."""
    files = {
        "README.html": b"<html><body>Your data</body></html>",
        "profile/profile.html": b"<html><body>Asha</body></html>",
        "claps/claps-0001.html": b"<html><body>Claps</body></html>",
    }
    for one in stories:
        files[f"posts/{one.at:%Y-%m-%d}_{one.slug}-{one.id}.html"] = story(one)
    draft = Post("Not yet", "not-yet", "<p>Some day.</p>", NOW, "77aabbccdd77")
    files["posts/draft_Not-yet-77aabbccdd77.html"] = story(draft, published=False)
    files["posts/2026-01-02_I-tried-this-99aabbccdd99.html"] = reply(stories[0])
    return files


# ── DEV ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def dev(articles: list[Post], **more: object) -> list[dict[str, object]]:
    """The articles.json of Forem's exporter, with a draft in it."""
    made: list[dict[str, object]] = [
        {
            "title": one.title,
            "path": f"/asha/{one.slug}-3k2f",
            "slug": f"{one.slug}-3k2f",
            "published": True,
            "published_at": f"{one.at:%Y-%m-%dT%H:%M:%S}.000Z",
            "edited_at": None,
            "description": "What the letter says.",
            "processed_html": one.text,
            "body_markdown": "---\ntitle: x\n---\n\nnot this one",
            "cached_tag_list": "ropes, tides",
            "cached_user_name": "Asha Rao",
            "cached_user_username": "asha",
            "canonical_url": None,
            "main_image": None,
            "language": "en",
            **more,
        }
        for one in articles
    ]
    return [*made, {**made[0], "title": "Not yet", "path": "/asha/not-yet-temp-slug-1", "published": False}]


# ── WordPress ───────────────────────────────────────────────────────────────────────────────────────────────────────


def wxr(items: list[str], site: str = "https://asha.example") -> bytes:
    """A WXR 1.2 document."""
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<!-- This is a WordPress eXtended RSS file -->\n'
        '<!-- generator="WordPress/6.6" created="2026-11-20 09:00" -->\n<rss version="2.0"\n'
        '\txmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"\n'
        '\txmlns:content="http://purl.org/rss/1.0/modules/content/"\n\txmlns:dc="http://purl.org/dc/elements/1.1/"\n'
        '\txmlns:wp="http://wordpress.org/export/1.2/"\n>\n<channel>\n\t<title>Asha</title>\n'
        f"\t<link>{site}</link>\n\t<description></description>\n\t<wp:wxr_version>1.2</wp:wxr_version>\n"
        "\t<wp:author><wp:author_id>1</wp:author_id><wp:author_login><![CDATA[asha]]></wp:author_login>"
        "<wp:author_display_name><![CDATA[Asha Rao]]></wp:author_display_name></wp:author>\n"
        f"{''.join(items)}</channel>\n</rss>\n"
    ).encode()


def wxr_item(
    post: Post,
    *,
    kind: str = "post",
    status: str = "publish",
    password: str = "",
    site: str = "https://asha.example",
    number: int = 7,
) -> str:
    """One item; its text is as the editor stores it."""
    bare = post.text.replace("<p>", "").replace("</p>", "\n")
    return f"""\t<item>
\t\t<title><![CDATA[{post.title}]]></title>
\t\t<link>{site}/{post.at:%Y/%m}/{post.slug}/</link>
\t\t<pubDate>{format_datetime(post.at)}</pubDate>
\t\t<dc:creator><![CDATA[asha]]></dc:creator>
\t\t<guid isPermaLink="false">{site}/?p={number}</guid>
\t\t<description></description>
\t\t<content:encoded><![CDATA[{bare}]]></content:encoded>
\t\t<excerpt:encoded><![CDATA[]]></excerpt:encoded>
\t\t<wp:post_id>{number}</wp:post_id>
\t\t<wp:post_date_gmt><![CDATA[{post.at:%Y-%m-%d %H:%M:%S}]]></wp:post_date_gmt>
\t\t<wp:status><![CDATA[{status}]]></wp:status>
\t\t<wp:post_type><![CDATA[{kind}]]></wp:post_type>
\t\t<wp:post_password><![CDATA[{password}]]></wp:post_password>
\t\t<category domain="post_tag" nicename="ropes"><![CDATA[Ropes]]></category>
\t\t<category domain="category" nicename="uncategorized"><![CDATA[Uncategorized]]></category>
\t\t<wp:comment><wp:comment_content><![CDATA[Nice <item>post</item>]]></wp:comment_content></wp:comment>
\t</item>
"""


# ── Markdown ────────────────────────────────────────────────────────────────────────────────────────────────────────


def markdown(post: Post, *more: str, mark: str = "---") -> bytes:
    """A post with front matter in YAML."""
    head = "\n".join([f'title: "{post.title}"', f"date: {post.at:%Y-%m-%dT%H:%M:%S}Z", "tags: [ropes, tides]", *more])
    text = post.text.replace("<p>", "").replace("</p>", "\n")
    return f"{mark}\n{head}\n{mark}\n\n{text}\n".encode()


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()
