"""Every document of one view, and every further page that a document leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from aggregator.export.snapshot import Snapshot
from aggregator.model import Config, View
from aggregator.publish.address import segments as taken_apart
from aggregator.publish.request import read
from aggregator.publish.steered import Steered
from aggregator.publish.views import build
from aggregator.render import Format, formats, links


@dataclass(frozen=True, slots=True)
class Rendered:
    """One document: where it stands, its bytes as the API sends them, and the view that it shows."""

    segments: tuple[str, ...]
    form: Format
    body: bytes
    view: View


def documents(
    config: Config, reading: Snapshot, steer: Steered, segments: tuple[str, ...], stopped: Callable[[], bool]
) -> Iterator[Rendered]:
    """The view in every format, page for page: a further page is there if the one before it names its address.

    Formats go side by side, so that those that select the same share it. Ends early once ``stopped()`` is true.

    Raises:
        StoreError: the database cannot be read.
    """
    front: Mapping[Format, tuple[str, ...]] = dict.fromkeys(formats().values(), segments)
    while front:
        following = {}
        asked = {place: read(config, place, ()) for place in front.values()}
        for form, place in front.items():
            if stopped():
                return
            view = replace(build(config, reading, asked[place], form, steer), fragments=reading.fragments)
            body = form.render(view)
            yield Rendered(place, form, body, view)
            address = links.following(view, form.document)
            if address is not None and address.encode() in body:
                path = address.removeprefix(config.site.base_url)
                following[form] = taken_apart(path.encode())[:-1]
        front = following
