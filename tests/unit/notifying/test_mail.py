"""Mail, against a server that takes, refuses, breaks off and keeps silent at each step."""

from __future__ import annotations

import socket
from datetime import timedelta
from email import message_from_bytes, policy
from uuid import UUID

import pytest

from ledger.errors import LedgerError
from ledger.notifying import mail
from ledger.notifying.failures import MailAccountRefused, MailServerRefuses, MailServerUnreachable
from ledger.notifying.mail import MailChannel
from ledger.settings import MailSettings
from tests.integration.usecases.workbench import MORNING
from tests.mail_server import Mood, mail_server
from tests.unit.notifying.letters import LETTER, ending

TO = ("dpo@exemple.fr", "direction@exemple.fr")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "MAIL_WAIT", timedelta(seconds=0.5))


def channel(port: int, *, security: str = "none", user: str = "", password: str = "") -> MailChannel:
    settings = MailSettings("127.0.0.1", port, "registre@exemple.fr", TO, security=security, user=user)
    return MailChannel(settings, password=password, ledger_id=UUID(int=9), now=MORNING)


def test_a_letter_arrives_as_it_was_written_with_a_name_of_its_own_for_ever() -> None:
    with mail_server() as server:
        assert [ending(channel(server.port)) for _ in range(2)] == ["given", "given"]
    first, second = (message_from_bytes(each, policy=policy.default) for each in server.letters)
    assert first.get_content().replace("\r\n", "\n") == LETTER.text
    assert (first["Subject"], first["To"]) == (LETTER.subject, ", ".join(TO))
    assert first["Message-ID"] == second["Message-ID"] == f"<{LETTER.reference.hex}@{UUID(int=9).hex}.ledger.invalid>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert max(map(len, server.letters[0].splitlines())) <= 998  # RFC 5321 4.5.3.1.6


@pytest.mark.parametrize(
    ("mood", "error"),
    [
        (Mood.SILENT, MailServerUnreachable),
        (Mood.REFUSES_SENDER, MailServerRefuses),
        (Mood.REFUSES_RECIPIENTS, MailServerRefuses),
    ],
)
def test_what_stops_before_the_content_gave_nothing_and_says_so_before_anything_is_claimed(
    mood: Mood, error: type[LedgerError]
) -> None:
    with mail_server(mood) as server, pytest.raises(error) as refused:
        ending(channel(server.port))
    assert server.letters == []
    assert "zoe" not in f"{refused.value} {refused.value.explain()} {refused.value.__cause__}"


@pytest.mark.parametrize("security", ["none", "tls", "starttls"])
def test_a_server_that_is_not_there_gave_nothing(security: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(MailServerUnreachable):
        ending(channel(port, security=security))


def test_a_server_without_encryption_gets_nothing_where_encryption_was_asked_for() -> None:
    with mail_server() as server, pytest.raises(MailServerRefuses):
        ending(channel(server.port, security="starttls"))
    assert server.letters == []


@pytest.mark.parametrize(
    ("mood", "end", "letters"),
    [
        (Mood.REFUSES_TO_TAKE_CONTENT, "not-given", 0),
        (Mood.LEAVES_BEFORE_CONTENT, "not-given", 0),
        (Mood.REFUSES_CONTENT, "not-given", 0),
        (Mood.TAKES_AND_LEAVES, "unknown", 1),
        (Mood.TAKES_AND_WAITS, "unknown", 1),
        (Mood.TAKES_ONE_RECIPIENT, "given", 1),
    ],
)
def test_only_the_answer_to_the_content_tells_how_it_ended(mood: Mood, end: str, letters: int) -> None:
    with mail_server(mood) as server:
        assert ending(channel(server.port)) == end
        assert len(server.letters) == letters


def test_a_mail_server_is_never_asked_what_it_took() -> None:
    assert channel(1).was_given(LETTER.reference) is None


@pytest.mark.parametrize("password", ["sesame", "sésame-à-l’été"])
def test_an_account_is_given_whatever_the_letters_of_its_password(password: str) -> None:
    with mail_server(Mood.TAKES_ACCOUNTS) as server:
        assert ending(channel(server.port, user="registre", password=password)) == "given"
    assert server.accounts == [f"\0registre\0{password}".encode()]


@pytest.mark.parametrize("password", ["sesame", "sésame"])
def test_a_refused_account_is_said_without_what_the_server_or_the_account_says(password: str) -> None:
    with mail_server(Mood.REFUSES_ACCOUNTS) as server, pytest.raises(MailAccountRefused) as refused:
        ending(channel(server.port, user="registre", password=password))
    assert server.letters == []
    said = f"{refused.value!r} {refused.value.explain()} {refused.value.__cause__}"
    assert not any(word in said for word in ("zoe", "sesame", "sésame"))


@pytest.mark.parametrize("password", ["sesame", "sésame"])
def test_a_server_that_takes_no_accounts_is_said(password: str) -> None:
    with mail_server() as server, pytest.raises(MailServerRefuses):
        ending(channel(server.port, user="registre", password=password))
    assert server.letters == []
