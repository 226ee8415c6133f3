"""Tells of incidents by mail, through the owner's own mail server (RFC 5321, 8314)."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

from aggregator.errors import ForbiddenAddress
from aggregator.fetch.guard import Guard, SystemLookup
from aggregator.model import Alert, Event
from aggregator.notify import words
from aggregator.notify.parcel import Came, Parcel
from aggregator.text.characters import fold

_LONGEST_S = 20.0  # for each answer of the server
_lookup = SystemLookup(2)


async def deliver(parcel: Parcel) -> Came:
    """One mail to all who are to be told, or to none of them."""
    alert = parcel.receiver.alert
    if alert is None:
        raise TypeError(f"{parcel.receiver.name} is no alert")
    where = f"{alert.host}:{alert.port}"
    try:
        (found, *_) = await Guard(parcel.receiver.allow_private, _lookup).resolve(alert.host, alert.port)
    except ForbiddenAddress as error:
        return Came("again", str(error))
    except OSError as error:
        return Came("again", f"{where} cannot be found: {error}")
    return await asyncio.to_thread(_sent, alert, found["host"], message(alert, parcel.delivery.event))


def message(alert: Alert, event: Event) -> EmailMessage:
    """The mail; it has the same id at every attempt, so that a mail program shows it once."""
    mail = EmailMessage()
    mail["Subject"] = fold(words.subject(event))
    mail["From"] = alert.sender
    mail["To"] = ", ".join(alert.to)
    mail["Date"] = format_datetime(event.at)
    mail["Message-ID"] = f"<{event.id}@{alert.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers, please
    mail.set_content(words.text(event) + "\n")
    return mail


def _sent(alert: Alert, address: str, mail: EmailMessage) -> Came:
    where = f"{alert.host}:{alert.port}"
    try:
        with _Connection(alert, address) as server:
            if alert.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if alert.user:
                server.login(alert.user, alert.secret)
            server.send_message(mail, alert.sender, alert.to)
    except smtplib.SMTPRecipientsRefused as error:
        refused = ", ".join(f"{code} {_plain(reason)}" for code, reason in error.recipients.values())
        return Came("again", f"{where} refused whom it is for: {refused}")
    except smtplib.SMTPResponseException as error:
        return Came("again", f"{where} answered {error.smtp_code} {_plain(error.smtp_error)}", error.smtp_code)
    except smtplib.SMTPNotSupportedError as error:
        return Came("again", f"{where} cannot do that: {error}. See `security`, `user` and `password`.")
    except (smtplib.SMTPException, OSError) as error:
        return Came("again", f"{where}: {str(error) or type(error).__name__}", doubtful=isinstance(error, TimeoutError))
    return Came("done", f"{where} took it.")


def _plain(reason: bytes | str) -> str:
    return fold(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason)[:200]


class _Connection(smtplib.SMTP):
    """To the address that the guard has checked, under the name that the certificate must be for."""

    def __init__(self, alert: Alert, address: str) -> None:
        self._address = address
        self._secured = alert.security == "tls"
        super().__init__(alert.host, alert.port, timeout=_LONGEST_S)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened = socket.create_connection((self._address, port), timeout)
        return ssl.create_default_context().wrap_socket(opened, server_hostname=host) if self._secured else opened
