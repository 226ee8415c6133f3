"""Turns what people write into the HTML that their site makes of it: Markdown, and WordPress's bare paragraphs."""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt

_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_HIGHLIGHT = re.compile(r"\{%-?\s*highlight\s+([\w+-]{1,30})[^%]{0,200}%\}(.*?)\{%-?\s*endhighlight\s*-?%\}", re.DOTALL)
_SITE = re.compile(r"\{\{-?\s*site\.(?:baseurl|url)\s*-?\}\}")
_TEMPLATE = re.compile(r"\{%.{0,500}?%\}|\{\{[<%].{0,500}?[>%]\}\}|\{\{.{0,500}?\}\}", re.DOTALL)
_MODULE = re.compile(
    r"^(?:import\s[^\n]{1,500}\sfrom\s|import\s[\"']|export\s(?:const|default|let)\s)[^\n]*$", re.MULTILINE
)
_HEADING = re.compile(r"\A\s*#\s+([^\n]{1,300}?)\s*#*\s*$", re.MULTILINE)

_BLOCK = re.compile(
    r"<(?:p|div|h[1-6]|ul|ol|li|dl|table|figure|blockquote|pre|hr|iframe|section|article|form)\b|<!--", re.IGNORECASE
)
_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_PRE = re.compile(r"<pre\b.*?(?:</pre>|\Z)", re.DOTALL | re.IGNORECASE)
_SHORTCODE = re.compile(
    r"\[/?(?:caption|gallery|embed|audio|video|playlist|code|sourcecode|gist|youtube|vimeo|tweet|button|more)"
    r"(?:\s[^\[\]]{0,1000})?/?\]",
    re.IGNORECASE,
)


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def html_of(markdown: str) -> str:
    """Markdown as HTML, which is not trusted: CommonMark with tables, without the templates of site generators."""
    return str(_markdown().render(_without_templates(markdown)))


def title_of(markdown: str) -> tuple[str, str]:
    """The heading with which a text begins, and the text behind it; "" and the text where it begins otherwise."""
    found = _HEADING.match(markdown)
    return (found[1], markdown[found.end() :]) if found else ("", markdown)


def _without_templates(markdown: str) -> str:
    """Liquid, Hugo's shortcodes and the modules of MDX mean nothing outside their site; code keeps what looks so."""
    markdown = _HIGHLIGHT.sub(lambda found: f"\n```{found[1]}\n{found[2].strip(chr(10))}\n```\n", markdown)
    pieces, at = [], 0
    for fence in _FENCE.finditer(markdown):
        pieces += [_plain(markdown[at : fence.start()]), fence[0]]
        at = fence.end()
    return "".join([*pieces, _plain(markdown[at:])])


def _plain(markdown: str) -> str:
    return _MODULE.sub("", _TEMPLATE.sub("", _SITE.sub("", markdown)))


def paragraphs(content: str) -> str:
    """A post as WordPress shows it: blank lines part paragraphs where no element does, shortcodes say nothing."""
    content = _SHORTCODE.sub(" ", content.replace("\r\n", "\n"))
    pieces, at = [], 0
    for code in _PRE.finditer(content):
        pieces += [_parted(content[at : code.start()]), code[0]]
        at = code.end()
    return "\n".join([*pieces, _parted(content[at:])])


def _parted(content: str) -> str:
    parts = (part.strip() for part in _BLANK_LINE.split(content))
    return "\n".join(part if _BLOCK.match(part) else f"<p>{part}</p>" for part in parts if part)
