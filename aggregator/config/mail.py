"""What a config says about mail: addresses, and the server that takes it."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from aggregator.config.fields import wrong
from aggregator.config.problems import noun

_ADDRESS = re.compile(r"[^@\s,;<>\"()]{1,64}@[^@\s,;<>\"()]{1,250}")
_SERVER = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[^\s:/@\[\]]+)(?::([0-9]{1,5}))?")


def _address(value: object) -> str:
    if not isinstance(value, str):
        raise wrong(f"must be text, not {noun(value)}")
    if _ADDRESS.fullmatch(value.strip()) is None:
        raise wrong("{value} is no mail address; write one like asha@example.org, and several as a list")
    return value.strip()


def _addresses(value: object) -> tuple[str, ...]:
    found = value if isinstance(value, list) else [value]
    if not found:
        raise wrong("is empty")
    return tuple(map(_address, found))


def _server(value: str) -> str:
    found = _SERVER.fullmatch(value.strip())
    if found is None or not 0 < int(found[1] or 587) < 65536:
        raise wrong("{value} is no mail server; write host or host:port, such as mail.example.org:587")
    return value.strip()


_TEXT = {"type": "string", "minLength": 3}
MailAddress = Annotated[str, PlainValidator(_address), WithJsonSchema(_TEXT)]
MailAddresses = Annotated[
    tuple[str, ...],
    PlainValidator(_addresses),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}),
]
MailServer = Annotated[str, AfterValidator(_server)]
