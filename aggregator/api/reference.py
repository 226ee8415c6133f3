"""Shows the API to people: one quiet page made from the OpenAPI description, without scripts or foreign hosts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregator.render.jinja import environment
from aggregator.render.style import style

_TEMPLATES = environment("aggregator.api")
_STYLE = style("reference.css", templates=_TEMPLATES)
_POLICY = (
    f"default-src 'none'; style-src {_STYLE.source}; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)


def reference(schema: Mapping[str, Any]) -> tuple[str, int, dict[str, str]]:
    """Body, status and headers of the page for an OpenAPI 3.1 description."""
    groups: dict[str, list[dict[str, str]]] = {"documents": [], "compat": [], "facts": [], "health": []}
    for path, methods in schema["paths"].items():
        for method, said in methods.items():
            words = said.get("description") or said["summary"]
            groups[said["tags"][0]].append({"path": path, "method": method.upper(), "words": words})
    page = _TEMPLATES.get_template("reference.html").render(
        title=schema["info"]["title"],
        version=schema["info"]["version"],
        groups=groups.items(),
        parameters=list(schema["components"]["parameters"].values()),
        style=_STYLE,
    )
    return page, 200, {"Content-Security-Policy": _POLICY}
