"""The tree of everything that can go wrong, so that a caller can tell one source's trouble from the house's."""

from __future__ import annotations


class AggregatorError(Exception):
    """Root of the tree. Every message is written to the owner: what happened, to what, what to do."""


class ConfigError(AggregatorError):
    """The config or the call is wrong; nothing ran. ``problems`` holds one line per mistake."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SourceError(AggregatorError):
    """One source's trouble: recorded beside that source, never stops a round."""


class FetchError(SourceError):
    """The document did not arrive."""


class Unreachable(FetchError):
    """DNS, TCP, TLS or a connection that broke off."""


class Refused(FetchError):
    """The server answered with a status that is no success; ``retry_after_s`` is the rest that it asked for."""

    def __init__(self, message: str, status: int, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s


class TooLarge(FetchError):
    """More decoded bytes than ``fetch.max_bytes``."""


class TooSlow(FetchError):
    """Not complete within ``fetch.timeout``."""


class ForbiddenAddress(FetchError):
    """The name leads to an address that is not public and not allowed by ``fetch.allow_private``."""


class BadRedirect(FetchError):
    """A redirect loop, too many hops, or a target that is no http(s) address."""


class ParseError(SourceError):
    """The document arrived and cannot be read."""


class NotAFeed(ParseError):
    """HTML, an error page, an empty body: no feed document at all."""


class Malformed(ParseError):
    """A feed by its first bytes, but nothing of it can be read."""


class Walled(ParseError):
    """A check for bots stands where a page should: it says nothing of what is on the page."""


class NoListing(ParseError):
    """A page on which no list of articles can be seen: an empty shell, another page, or one that was rebuilt."""


class TooComplex(ParseError):
    """Reading it takes more time, memory or depth than one document may have."""


class StoreError(AggregatorError):
    """The database refused; the transaction was rolled back and nothing of it is kept."""


class RenderError(AggregatorError):
    """One article that a format cannot carry: it is left out and logged, the feed goes out."""
