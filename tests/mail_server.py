"""A mail server for the tests: a real one on a real socket, that does at each step what a test asks of it."""

from __future__ import annotations

import socket
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum


class Mood(StrEnum):
    """What the server does with whoever comes."""

    TAKES = "takes"
    TAKES_ACCOUNTS = "takes-accounts"
    """It asks for an account by AUTH PLAIN (RFC 4616), and takes every one."""
    REFUSES_ACCOUNTS = "refuses-accounts"
    SILENT = "silent"
    """It accepts the connection, and never says a word."""
    TAKES_ONE_RECIPIENT = "takes-one-recipient"
    REFUSES_SENDER = "refuses-sender"
    REFUSES_RECIPIENTS = "refuses-recipients"
    REFUSES_TO_TAKE_CONTENT = "refuses-to-take-content"
    LEAVES_BEFORE_CONTENT = "leaves-before-content"
    REFUSES_CONTENT = "refuses-content"
    TAKES_AND_LEAVES = "takes-and-leaves"
    """It takes the content, and breaks off before it says so."""
    TAKES_AND_WAITS = "takes-and-waits"
    """It takes the content, and never says so."""
    KEEPS_ON_LEAVING = "keeps-on-leaving"
    """It takes the content and says so, and keeps whoever takes leave waiting."""


class MailServer:
    """A server on a port of this machine."""

    def __init__(self, mood: Mood) -> None:
        self.mood = mood
        self.letters: list[bytes] = []
        self.accounts: list[bytes] = []
        self.taken = threading.Event()
        """Set once a letter was taken."""
        self.leave = threading.Event()
        """Set once somebody takes leave."""
        self._ended = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self._ended.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(timeout=10)

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, ConnectionError):
            if self.mood is Mood.SILENT:
                self._ended.wait()
                return
            lines = connection.makefile("rb")
            connection.sendall(b"220 essai ESMTP\r\n")
            recipients = 0
            for line in lines:
                verb = line.split(b" ")[0].strip().upper()
                if verb == b"RCPT":
                    recipients += 1
                if verb == b"DATA" and self.mood is Mood.LEAVES_BEFORE_CONTENT:
                    return
                if verb == b"QUIT":
                    self.leave.set()
                    if self.mood is Mood.KEEPS_ON_LEAVING:
                        self._ended.wait()
                if verb == b"AUTH":
                    self.accounts.append(b64decode(line.split(b" ")[2]))
                connection.sendall(self._answer(verb, recipients))
                if verb == b"QUIT":
                    return
                if (
                    verb == b"DATA"
                    and self.mood is not Mood.REFUSES_TO_TAKE_CONTENT
                    and not self._content(connection, lines)
                ):
                    return

    def _answer(self, verb: bytes, recipients: int) -> bytes:
        refused = {
            Mood.REFUSES_SENDER: verb == b"MAIL",
            Mood.REFUSES_RECIPIENTS: verb == b"RCPT",
            Mood.TAKES_ONE_RECIPIENT: verb == b"RCPT" and recipients != 2,
            Mood.REFUSES_TO_TAKE_CONTENT: verb == b"DATA",
        }
        if refused.get(self.mood, False):
            return b"550 not this one, zoe.exemple@maison.fr\r\n"
        if self.mood in (Mood.TAKES_ACCOUNTS, Mood.REFUSES_ACCOUNTS) and verb in (b"EHLO", b"AUTH"):
            taken = b"235 ok\r\n" if self.mood is Mood.TAKES_ACCOUNTS else b"535 no, zoe.exemple@maison.fr\r\n"
            return b"250-essai\r\n250 AUTH PLAIN\r\n" if verb == b"EHLO" else taken
        return {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n")

    def _content(self, connection: socket.socket, lines: Iterator[bytes]) -> bool:
        """Take a letter; say whether the conversation goes on."""
        taken = []
        for line in lines:
            if line == b".\r\n":
                break
            taken.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if self.mood is Mood.REFUSES_CONTENT:
            connection.sendall(b"554 no\r\n")
            return True
        self.letters.append(b"".join(taken))
        self.taken.set()
        if self.mood is Mood.TAKES_AND_WAITS:
            self._ended.wait()
        if self.mood in (Mood.TAKES_AND_LEAVES, Mood.TAKES_AND_WAITS):
            return False
        connection.sendall(b"250 taken\r\n")
        return True


@contextmanager
def mail_server(mood: Mood = Mood.TAKES) -> Iterator[MailServer]:
    """Run a server for the length of a block."""
    server = MailServer(mood)
    try:
        yield server
    finally:
        server.close()
