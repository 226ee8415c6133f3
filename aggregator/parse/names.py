"""One name per meaning: feeds spell namespaces in many ways, readers want ``dc:creator``."""

from __future__ import annotations

from lxml import etree

# Namespace, lower case, http, without a trailing slash -> the prefix everybody knows. "" is a format's own elements.
_KNOWN = {
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns#": "atom",
    "http://purl.org/rss/1.0": "",
    "http://my.netscape.com/rdf/simple/0.9": "",
    "http://channel.netscape.com/rdf/simple/0.9": "",
    "http://backend.userland.com/rss": "",
    "http://backend.userland.com/rss2": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://purl.org/rss/1.0/modules/syndication": "sy",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://purl.org/rss/1.0/modules/threading": "thr",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://purl.org/syndication/history/1.0": "fh",
    "http://webfeeds.org/rss/1.0": "webfeeds",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/xml/1998/namespace": "xml",
}

PREFIXES = {
    "http://www.w3.org/2005/Atom": "atom",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
"""Namespace -> prefix, as they are declared when a document forgot to."""


class Names:
    """The names of one document's elements, each worked out once."""

    def __init__(self, root: etree._Element) -> None:
        self._core = _namespace(root)
        self._names: dict[str, str] = {}

    def of(self, element: etree._Element) -> str:
        """``"title"`` for the format's own elements, ``"dc:creator"`` for the others; local names in lower case.

        An unknown namespace goes by the prefix the document gives it.
        """
        tag = str(element.tag)
        name = self._names.get(tag)
        if name is None:
            namespace, local = _namespace(element), tag.rpartition("}")[2].lower()
            prefix = "" if namespace == self._core else _KNOWN.get(namespace, element.prefix or "")
            name = self._names[tag] = f"{prefix}:{local}" if prefix else local
        return name


def _namespace(element: etree._Element) -> str:
    uri = str(element.tag)[1:].rpartition("}")[0].lower().replace("https://", "http://", 1)
    return uri.rstrip("/")
