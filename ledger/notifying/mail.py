"""
Reminders by mail (SMTP, RFC 5321), over TLS unless the server is this machine.

The conversation goes as far as the recipients before the reminder is claimed; what follows is one command, the content
and one answer. Until the server has asked for the content, nothing was given. Once it was sent, only the answer tells:
where none comes, nobody knows, since a server may have taken the letter and died before it said so.

Each letter has a `Message-ID` of its own for ever, so that whoever gets one twice, because somebody asked for it again,
sees that it is the same.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from ledger.limits import MAIL_WAIT
from ledger.notifying.failures import MailAccountRefused, MailServerRefuses, MailServerUnreachable
from ledger.settings import MailSettings
from ledger.usecases.breach.reminding import Letter, NotGiven, OutcomeUnknown

_LINE_OF_A_DOT = re.compile(rb"(?m)^\.")
_OK, _GO_ON, _ACCOUNT_TAKEN = 250, 354, 235
_TAKEN = frozenset({_OK, 251})


class MailChannel:
    """Gives letters to one mail server."""

    def __init__(self, settings: MailSettings, *, password: str, ledger_id: UUID, now: datetime) -> None:
        self._settings = settings
        self._password = password
        self._ledger_id = ledger_id
        self._now = now

    @contextmanager
    def ready(self, letter: Letter) -> Iterator[_Session]:
        """
        Connect, and go on until the server has taken sender and recipients.

        :raises MailServerUnreachable: if it doesn't answer
        :raises MailServerRefuses: if it refuses the sender, or every recipient
        :raises MailAccountRefused: if it refuses the account
        """
        content = self._written(letter)
        server = self._connected()
        try:
            self._introduced(server)
            yield _Session(server, content)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def was_given(self, reference: UUID) -> bool | None:
        """Tell nothing: a mail server does not say what it took."""
        return None

    def _connected(self) -> smtplib.SMTP:
        chosen, wait = self._settings, MAIL_WAIT.total_seconds()
        try:
            if chosen.security == "tls":
                context = ssl.create_default_context()
                return smtplib.SMTP_SSL(chosen.host, chosen.port, timeout=wait, context=context)
            return smtplib.SMTP(chosen.host, chosen.port, timeout=wait)
        except (smtplib.SMTPException, OSError):
            raise MailServerUnreachable from None

    def _introduced(self, server: smtplib.SMTP) -> None:
        chosen = self._settings
        try:
            if chosen.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if chosen.user:
                self._identified(server)
            server.ehlo_or_helo_if_needed()
            _must(server.mail(chosen.sender))
            answers = [server.rcpt(recipient) for recipient in chosen.to]
            if not any(code in _TAKEN for code, _ in answers):  # one who is reminded is better than none
                _must(answers[0])
        except smtplib.SMTPAuthenticationError:
            raise MailAccountRefused from None
        except smtplib.SMTPResponseException as refusal:
            raise MailServerRefuses(answer=refusal.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise MailServerRefuses(answer=0) from None
        except (smtplib.SMTPException, OSError):
            raise MailServerUnreachable from None

    def _identified(self, server: smtplib.SMTP) -> None:
        """
        Give account and password; those with letters beyond ASCII as RFC 4616 says, which smtplib does not do.

        :raises smtplib.SMTPException: if the server refuses them, or knows no way to take them
        """
        account = f"\0{self._settings.user}\0{self._password}"
        if account.isascii():
            server.login(self._settings.user, self._password)
            return
        server.ehlo_or_helo_if_needed()
        if "PLAIN" not in server.esmtp_features.get("auth", "").split():
            raise smtplib.SMTPNotSupportedError
        code, _ = server.docmd("AUTH", f"PLAIN {b64encode(account.encode()).decode()}")
        if code != _ACCOUNT_TAKEN:
            raise smtplib.SMTPAuthenticationError(code, "")

    def _written(self, letter: Letter) -> bytes:
        message = EmailMessage(policy=SMTP)
        message["From"] = self._settings.sender
        message["To"] = ", ".join(self._settings.to)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(self._now)
        message["Message-ID"] = f"<{letter.reference.hex}@{self._ledger_id.hex}.ledger.invalid>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers it
        message.set_content(letter.text, cte="quoted-printable")
        return message.as_bytes()


class _Session:
    """A server that has taken sender and recipients."""

    def __init__(self, server: smtplib.SMTP, content: bytes) -> None:
        self._server = server
        self._content = content

    def give(self) -> None:
        """
        Send the content.

        :raises NotGiven: if the server did not want it, or said that it did not take it
        :raises OutcomeUnknown: if it was sent, and no answer came
        """
        try:
            code, _ = self._server.docmd("DATA")
        except (smtplib.SMTPException, OSError):
            raise NotGiven from None
        if code != _GO_ON:
            raise NotGiven
        try:
            self._server.send(_LINE_OF_A_DOT.sub(b"..", self._content) + b".\r\n")
            code, _ = self._server.getreply()
        except (smtplib.SMTPException, OSError):
            raise OutcomeUnknown from None
        if code != _OK:
            raise NotGiven


def _must(answer: tuple[int, bytes]) -> None:
    """
    Go on only if the server agreed; what it says is not repeated, it may name somebody.

    :raises smtplib.SMTPResponseException: with its code
    """
    if answer[0] not in _TAKEN:
        raise smtplib.SMTPResponseException(answer[0], "")
