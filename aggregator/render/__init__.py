"""Writes a view down in every format that there is: found in ``formats/``, never listed by hand."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import aggregator.render.formats as _package  # here: its first import would put itself in the place of formats()
from aggregator.render.format import Format

__all__ = ["Format", "formats"]


@cache
def formats() -> Mapping[str, Format]:
    """Every format by the name of its document, in the order of these names.

    Raises TypeError for a module in ``formats/`` without a ``FORMAT``, ValueError where two claim one document.
    """
    found: dict[str, Format] = {}
    for module in pkgutil.iter_modules(_package.__path__, f"{_package.__name__}."):
        candidate = getattr(importlib.import_module(module.name), "FORMAT", None)
        if not isinstance(candidate, Format):
            raise TypeError(f"{module.name} exports no FORMAT")
        if candidate.document in found:
            raise ValueError(f"{module.name} claims {candidate.document!r}, which another format has")
        found[candidate.document] = candidate
    return MappingProxyType(dict(sorted(found.items())))
