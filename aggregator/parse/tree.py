"""What every XML format needs to say about its elements: text, markup, addresses, people, pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from urllib.parse import urljoin

from lxml import etree

from aggregator.errors import TooComplex
from aggregator.model import Image, Person, RawText
from aggregator.parse.names import Names
from aggregator.text.html import text_of

Fields = Mapping[str, list[etree._Element]]
"""The children of one element by name, in document order."""

_XML = "{http://www.w3.org/XML/1998/namespace}"
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#]|$)", re.IGNORECASE)
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_NAME_LENGTH = 200  # characters of a name that anybody needs; bounds the cost of reading one (traps.md T5)


def fields(element: etree._Element, names: Names) -> Fields:
    """The children of ``element``, grouped by name."""
    found: dict[str, list[etree._Element]] = {}
    for child in element:
        found.setdefault(names.of(child), []).append(child)
    return found


def first(of: Fields, *names: str) -> str:
    """The first text that is not empty, looking for the names in their order."""
    for name in names:
        for element in of.get(name, ()):
            if text := plain(element):
                return text
    return ""


def plain(element: etree._Element) -> str:
    """The characters inside, stripped; markup inside is passed over."""
    if len(element):
        return "".join(element.itertext(with_tail=False)).strip()
    return (element.text or "").strip()


def inner(element: etree._Element) -> str:
    """The markup inside, as HTML without namespaces; plain characters stay as they are when there is none."""
    if not len(element):
        return (element.text or "").strip()
    wrapper = etree.Element("div")
    wrapper.text = element.text
    wrapper.extend(deepcopy(child) for child in element)
    for child in wrapper.iterdescendants():
        child.tag = str(child.tag).rpartition("}")[2]
    etree.cleanup_namespaces(wrapper)
    markup: str = etree.tostring(wrapper, method="html", encoding="unicode")
    return markup.removeprefix("<div>").removesuffix("</div>").strip()


def line(text: RawText) -> str:
    """A feed's own title as plain text; "" if it is too tangled to read."""
    try:
        return text_of(text)
    except TooComplex:
        return ""


def html_of(element: etree._Element) -> RawText:
    """RSS: everything is escaped HTML, whatever a document meant (traps.md T2)."""
    value = inner(element)
    return RawText(value, "html") if value else RawText()


def base_of(element: etree._Element, url: str) -> str:
    """What ``xml:base`` says here, absolute; "" if nothing at or above this element says anything."""
    return resolve(element.base, url) or ""


def language_of(element: etree._Element) -> str | None:
    """The element's own ``xml:lang``."""
    return element.get(f"{_XML}lang") or None


def resolve(address: str | None, base: str) -> str | None:
    """``address`` against ``base``; None if it is empty or no address at all. The scheme is judged later."""
    address = "".join((address or "").split()) if address and "\n" in address else (address or "").strip()
    if not address:
        return None
    try:
        return urljoin(base, address)
    except ValueError:
        return None


def related(links: Iterable[etree._Element], rel: str, base: str) -> tuple[str, ...]:
    """Addresses of the links with this relation; a link without one is an alternate (RFC 4287 section 4.2.7.2)."""
    found = [
        resolve(link.get("href"), base) for link in links if rel in (link.get("rel") or "alternate").lower().split()
    ]
    return tuple(address for address in found if address)


def older(links: Sequence[etree._Element], base: str) -> str | None:
    """The document with what is older: the next page, or the archive before this one (RFC 5005 sections 3 and 4)."""
    return next(iter((*related(links, "next", base), *related(links, "prev-archive", base))), None)


def alternate(links: Sequence[etree._Element], base: str) -> str | None:
    """The page to read: an alternate of type HTML or without a type before any other alternate."""
    pages = [link for link in links if (link.get("type") or "text/html").lower() in _PAGE_TYPES]
    return next(iter((*related(pages, "alternate", base), *related(links, "alternate", base))), None)


def is_web(address: str | None) -> bool:
    """Whether the address is one that a browser opens."""
    return bool(address) and (address or "")[:8].lower().startswith(("http://", "https://"))


def person(text: str) -> Person | None:
    """``Jo``, ``jo@example.org (Jo)``, ``Jo <jo@example.org>``: the name; of a bare mail address the part before the @.

    Mail addresses are nobody's business. Linear in the length of ``text``.
    """
    text = " ".join(text[: _NAME_LENGTH * 2].split())
    if "@" in text and text.endswith(")") and " (" in text:
        text = text.partition(" (")[2][:-1]
    elif "@" in text and text.endswith(">") and "<" in text:
        text = text.partition("<")[0].strip() or text.partition("<")[2][:-1]
    if "@" in text and " " not in text:
        text = text.partition("@")[0]
    text = text[:_NAME_LENGTH].strip(" \"'")
    return Person(text) if text else None


def people(elements: Iterable[etree._Element]) -> tuple[Person, ...]:
    """Everyone named, each once."""
    found = [person(plain(element)) for element in elements]
    return tuple(dict.fromkeys(one for one in found if one))


def pictures(of: Fields, names: Names, base: str) -> Image | None:
    """The entry's own picture: the widest ``media:content`` picture, else its thumbnail, else a picture enclosure."""
    media = [each for name in ("media:content", "media:thumbnail", "media:group") for each in of.get(name, ())]
    contents: list[Image] = []
    thumbnails: list[Image] = []
    for element in media:
        for each in element.iter(etree.Element):
            name = names.of(each)
            if name == "media:thumbnail" or (name == "media:content" and _shows_picture(each)):
                image = _image(each, "url", base)
                if image:
                    (thumbnails if name == "media:thumbnail" else contents).append(image)
    for found in (contents, thumbnails):
        if found:
            return max(found, key=lambda image: image.width or 0)
    for element in of.get("enclosure", ()):
        if (element.get("type") or "").lower().startswith("image/") and (image := _image(element, "url", base)):
            return image
    for element in (*of.get("itunes:image", ()), *of.get("image", ())):
        if image := _image(element, "href", base):
            return image
        for child in element:
            if names.of(child) == "url" and (address := resolve(plain(child), base)):
                return Image(address)
    return None


def _shows_picture(element: etree._Element) -> bool:
    kind = (element.get("type") or "").lower()
    if kind or element.get("medium"):
        return kind.startswith("image/") or element.get("medium") == "image"
    return bool(_PICTURE.search((element.get("url") or "")[:2000]))


def _image(element: etree._Element, attribute: str, base: str) -> Image | None:
    address = resolve(element.get(attribute), base)
    if address is None:
        return None
    return Image(address, _pixels(element.get("width")), _pixels(element.get("height")))


def _pixels(value: str | None) -> int | None:
    value = (value or "").strip().removesuffix("px")
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 5 and int(value) else None
