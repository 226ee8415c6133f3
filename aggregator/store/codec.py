"""Frozen values of the model to JSON and back, by their annotations: a field that is added with a default needs no
migration, and what was stored before it came gets that default."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Decoder = Callable[[Any], Any]


def plain(value: Any) -> Any:
    """What orjson does not know by itself (``default=``): sets in a settled order, read-only mappings."""
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def fields_of(value: object, leave_out: Collection[str] = ()) -> dict[str, Any]:
    """The fields of a dataclass instance by name, nested values as they are."""
    kind: type = type(value)
    names, values = _reader(kind, frozenset(leave_out))
    return dict(zip(names, values(value), strict=True))


@cache
def _reader(cls: type, leave_out: frozenset[str]) -> tuple[tuple[str, ...], Callable[[object], Any]]:
    """The names of the fields of ``cls``, two or more, and what gives their values as a tuple."""
    if not is_dataclass(cls):
        raise TypeError(f"{cls.__name__} is no dataclass")
    names = tuple(field.name for field in fields(cls) if field.name not in leave_out)
    return names, attrgetter(*names)


def build(cls: type[T], data: Mapping[str, Any], /, **given: Any) -> T:
    """An instance of the dataclass ``cls`` from parsed JSON; ``given`` fields are taken as they are.

    Raises TypeError when a field without a default is in neither. Keys that are no fields are passed over.
    """
    kind: type = cls
    for name, decode in _decoders(kind):
        if name not in given and name in data:
            value = data[name]
            given[name] = value if decode is None or value is None else decode(value)
    return cls(**given)


@cache
def _decoders(cls: type) -> tuple[tuple[str, Decoder | None], ...]:
    if not is_dataclass(cls):
        raise TypeError(f"{cls.__name__} is no dataclass")
    hints = get_type_hints(cls)
    return tuple((field.name, _decoder(hints[field.name])) for field in fields(cls))


def _decoder(hint: Any) -> Decoder | None:
    """How parsed JSON becomes a value of this type; None: it is one already."""
    origin = get_origin(hint)
    arguments = get_args(hint)
    if hint is datetime:
        return lambda value: datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda value: build(hint, value)
    if origin in (Union, UnionType):
        decoders = [decode for one in arguments if one is not NoneType and (decode := _decoder(one))]
        return decoders[0] if decoders else None
    if origin is frozenset:
        return _collected(frozenset, arguments[0])
    if origin is tuple:
        return _collected(tuple, arguments[0])
    return None


def _collected(kind: Callable[[Any], Any], hint: Any) -> Decoder:
    """``tuple[X, ...]``, ``frozenset[X]``; also ``tuple[X, X]``, of which the model has only text."""
    decode = _decoder(hint)
    return kind if decode is None else lambda value: kind(map(decode, value))
