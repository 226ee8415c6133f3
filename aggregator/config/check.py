"""Holds a part of the config against its shape and says in words what does not fit."""

from __future__ import annotations

from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from aggregator import sources
from aggregator.config.problems import Key, Part, Report, listed, noun, suggestion
from aggregator.config.shape import Shape, SourceOptions

S = TypeVar("S", bound=Shape)

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": 'a list (lines that begin with "- ")',
    "dict_type": "a mapping (lines of key: value)",
    "model_type": "a mapping (lines of key: value)",
}
_LIMITS = {
    "greater_than_equal": ("ge", "or more"),
    "less_than_equal": ("le", "or less"),
}


def fitted(shape: type[S], value: object, part: Part, at: Key, report: Report) -> S | None:
    """The value as its shape, or None after every mistake in it went to the report."""
    try:
        return shape.model_validate(value)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            key, message = _explained(error, shape, part, at)
            report.add(part, key, message)
        return None


def _explained(error: ErrorDetails, shape: type[Shape], part: Part, at: Key) -> tuple[Key, str]:
    kind, given = error["type"], error.get("input")
    context: dict[str, Any] = error.get("ctx", {})
    key: Key = (*at, *error["loc"])
    if kind == "missing":
        return (key, "has no value") if key in part.empty else (key[:-1], f'"{key[-1]}" is missing')
    if kind == "extra_forbidden":
        return key, _unknown(str(key[-1]), _shape_at(shape, error["loc"][:-1]), part, at)
    if kind == "config":
        return _worded(context, key, given, part)
    if kind == "literal_error":
        valid = [str(choice) for choice in _choices(context)]
        near = suggestion(str(given), valid) if key not in part.written else ""
        return key, f"must be one of {listed(valid)}, not {part.shown(key, given)}{near}"
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return key, f"must be {context[name]} {words}"
    if kind in ("string_too_short", "too_short"):
        return key, "is empty"
    if kind in _WANTED:
        return key, _mistyped(_WANTED[kind], key, given, part)
    return key, error["msg"]


def _choices(context: dict[str, Any]) -> list[str]:
    return [word.strip(" '") for word in str(context["expected"]).replace(" or ", ",").split(",")]


def _worded(context: dict[str, Any], key: Key, given: object, part: Part) -> tuple[Key, str]:
    message, kind, nearest = str(context["message"]), str(context["key"]), str(context["nearest"])
    if not kind:
        near = f' (did you mean "{nearest}"?)' if nearest and key not in part.written else ""
        return key, message.replace("{value}", part.shown(key, given)) + near
    named = (*key, kind)
    if named in part.written or (*key, "base_url") in part.written:  # the message would show what stands there
        return named, f"{part.shown(named, kind)} does not fit; {kind} takes {listed(sources.kinds()[kind].accepts)}"
    return named, message


def _mistyped(wanted: str, key: Key, given: object, part: Part) -> str:
    message = f"must be {wanted}, not {noun(given)}"
    if isinstance(given, str) and key not in part.written:
        kind, colon, rest = given.partition(":")
        if wanted.startswith("a mapping") and colon and rest and not rest.startswith("//") and " " not in kind:
            return f'needs a space after the colon: "{kind}: {rest.strip()}"'
        if wanted == "true or false" and given.lower() in ("yes", "no", "on", "off", "true", "false"):
            return f'{message} (did you mean "{"true" if given.lower() in ("yes", "on", "true") else "false"}"?)'
    if wanted == "text" and isinstance(given, bool | int | float):
        return f'{message}; put it in quotes: "{str(given).lower() if isinstance(given, bool) else given}"'
    return message


def _unknown(word: str, shape: type[BaseModel], part: Part, at: Key) -> str:
    known = list(shape.model_fields)
    if not issubclass(shape, SourceOptions):
        return f"unknown key{suggestion(word, known) or f'; there are {listed(known)}'}"
    kinds = list(sources.kinds())
    if any((*at, kind) in part.lines for kind in kinds):
        options = [name for name in known if name not in kinds]
        return f"unknown key{suggestion(word, options) or f'; there are {listed(options)}'}"
    near = suggestion(word, kinds) or suggestion(word, known, 0.75)
    return f'there is no kind "{word}"{near or f"; there are {listed(kinds)}"}'


def _shape_at(shape: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    """The shape of the mapping at a path below a shape; list indexes and free keys are passed over."""
    for step in path:
        field = shape.model_fields.get(str(step))
        shape = (_inner(field.annotation) if field is not None else None) or shape
    return shape


def _inner(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part)) is not None), None)
