"""Signatures, and when something is sent again."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from aggregator.notify.attempts import JITTER, SCHEDULE_S, next_at
from aggregator.notify.signing import key, signature

NOW = datetime(2026, 5, 19, 9, 34, 58, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_example_of_the_published_library() -> None:
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    body = b'{"test": 2432232314}'
    signed = signature([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)
    assert signed == Webhook(SECRET).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body.decode())
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_secret_signs() -> None:
    first, second = signature([SECRET, "plain words"], "msg_1", 1, b"{}").split(" ")
    assert first == Webhook(SECRET).sign("msg_1", datetime.fromtimestamp(1, UTC), "{}")
    encoded = "whsec_" + base64.b64encode(b"plain words").decode()
    assert second == Webhook(encoded).sign("msg_1", datetime.fromtimestamp(1, UTC), "{}")


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!"])
def test_an_empty_secret_signs_nothing(secret: str) -> None:
    with pytest.raises(ValueError, match=r"empty|base64|padd|Only"):
        key(secret)


def test_the_schedule() -> None:
    assert [next_at(n, None, NOW, 0.0) for n in range(len(SCHEDULE_S))] == [
        NOW + timedelta(seconds=s) for s in SCHEDULE_S
    ]
    assert next_at(len(SCHEDULE_S), None, NOW, 0.0) is None
    assert next_at(2, None, NOW, 1.0) == NOW + timedelta(seconds=300 * (1 + JITTER))
    assert next_at(1, 3600, NOW, 0.5) == NOW + timedelta(hours=1)
    assert next_at(9, 3600, NOW, 0.0) == NOW + timedelta(days=1)
