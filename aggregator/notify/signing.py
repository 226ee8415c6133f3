"""Signs what is sent, by the rules of Standard Webhooks 1.0: whoever knows the secret can tell that it is from us."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable

PREFIX = "whsec_"


def key(secret: str) -> bytes:
    """The bytes to sign with: of ``whsec_...`` what is written in base64, of any other secret its UTF-8.

    Raises:
        ValueError: the secret is empty, or no base64 stands behind the prefix.
    """
    found = (
        base64.b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else secret.encode()
    )
    if not found:
        raise ValueError("an empty secret is nobody's")
    return found


def signature(secrets: Iterable[str], id_: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature``: one for each secret, so that a receiver may know the old or the new one."""
    signed = b".".join((id_.encode(), str(timestamp).encode(), body))
    digests = (hmac.digest(key(secret), signed, "sha256") for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
