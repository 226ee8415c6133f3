"""The one door to the outside: everything that leaves the house goes through here, guarded, bounded and polite."""

from aggregator.fetch.addresses import is_public
from aggregator.fetch.client import Fetcher
from aggregator.fetch.guard import Lookup

__all__ = ["Fetcher", "Lookup", "is_public"]
