"""Shows the API to people: one quiet page made from the OpenAPI description, without scripts or foreign hosts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=PackageLoader("aggregator.api", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_STYLE = _TEMPLATES.get_template("reference.css").render()
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'self'"


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
