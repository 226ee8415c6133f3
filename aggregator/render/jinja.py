"""The templates of documents that are HTML: every value that stands in one is escaped, a missing one is an error."""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

_HERE = PackageLoader("aggregator.render", "templates")


def environment(package: str = "") -> Environment:
    """The templates of a package, and behind them those that all pages share (``frame.html``, ``base.css``)."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(package, "templates"), _HERE]) if package else _HERE,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


TEMPLATES = environment()
