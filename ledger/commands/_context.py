"""
What one run of a command knows: the shared options, who types, when, and the ledger once it is opened.

Who types is the account behind `SUDO_UID` where the ledger belongs to an account of its own, else the login itself. The
ledger is opened on first use only, so that help, completion and a mistyped option cost nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from ledger.commands._forms import Form
from ledger.errors import Invalid, Misconfigured, NotFound
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from ledger.aggregates.base import Aggregate
    from ledger.bootstrap import Ledger
    from ledger.clock import Clock
    from ledger.commands._output import Output
    from ledger.usecases.ports import Command, Desk

DEFAULT_ZONE = "Europe/Paris"
"""The zone in which instants are typed and shown unless `LEDGER_ZONE` names another (Indian/Reunion, for one)."""
_REFERENCE_DIGITS = frozenset("0123456789abcdef-")


class LedgerNotNamed(Misconfigured):
    """Nobody said which ledger is meant."""

    sentence = mark("Which ledger? None was named.")
    advice = mark("Give its folder with --ledger FOLDER, or set LEDGER_HOME once for all.")


class ZoneUnknown(Misconfigured):
    """`LEDGER_ZONE` names no time zone."""

    sentence = mark("LEDGER_ZONE names no time zone.")
    advice = mark("Set it to a name such as Europe/Paris or Indian/Reunion, or unset it.")


class NotAReference(Invalid):
    """What was typed is not the beginning of a reference; it is not repeated, since it may be a name."""

    sentence = mark("{name}: this is not a reference.")
    advice = mark("A reference has 8 digits from 0 to 9 and a to f, such as 1a2b3c4d; lists show them.")


class OneForm(Invalid):
    """Two forms of output were asked for at once."""

    sentence = mark("--json and --csv can't be asked for together.")
    advice = mark("Keep one of the two.")


class Session:
    """One run of the program."""

    def __init__(self, *, clock: Clock | None = None) -> None:
        self._clock = clock
        self._chosen: dict[str, Any] = {}
        self._path = ""
        self._asked: dict[str, Any] = {}

    def choose(self, name: str, value: Any) -> None:
        """
        Keep a shared option.

        :raises OneForm: if both --json and --csv are given
        """
        if name == "form" and self._chosen.get("form", value) != value:
            raise OneForm
        self._chosen[name] = value

    def begin(self, path: str, parameters: Mapping[str, Any]) -> None:
        """Note which command runs, with which parameters: they are part of what a repeated command must repeat."""
        self._path = path
        self._asked.update(parameters)

    def answered(self, answers: Mapping[str, Any]) -> None:
        """Note what was typed or read from a file, which is as much part of the command as its options."""
        self._asked.update(answers)

    @property
    def path(self) -> str:
        """The words of the command, such as "mandate sign"."""
        return self._path

    @cached_property
    def at(self) -> datetime:
        """The instant of this command: read once, so that everything in it happened at the same time."""
        return self.now()

    def now(self) -> datetime:
        """Give the present instant, for commands that are confirmed step by step."""
        if self._clock is None:
            from ledger.clock import SystemClock

            self._clock = SystemClock()
        return self._clock.now()

    @cached_property
    def key(self) -> UUID:
        """The id of this command: the one given with --key, else a new one."""
        from ledger.identifiers import new_id

        chosen: UUID | None = self._chosen.get("key")
        return chosen or new_id()

    @property
    def keyed(self) -> bool:
        """Whether the id was chosen with --key, so that this may be a command that is repeated."""
        return self._chosen.get("key") is not None

    @property
    def acting_as(self) -> str | None:
        """The agent named with --as, which only a sandbox accepts."""
        return self._chosen.get("acting_as")

    @property
    def form(self) -> Form:
        """The form of output that was asked for."""
        return Form(self._chosen.get("form", Form.TABLE))

    @cached_property
    def output(self) -> Output:
        """Where this command says what it has to say."""
        from ledger.commands._output import Output

        return Output(form=self.form, zone=self.zone)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which instants are typed and shown."""
        from zoneinfo import ZoneInfo

        try:
            return ZoneInfo(os.environ.get("LEDGER_ZONE") or DEFAULT_ZONE)
        except (KeyError, ValueError, OSError):
            raise ZoneUnknown from None

    @property
    def home(self) -> Path:
        """
        The folder of the ledger.

        :raises LedgerNotNamed: if neither --ledger nor LEDGER_HOME says which
        """
        from pathlib import Path

        chosen = self._chosen.get("home")
        if not chosen:
            raise LedgerNotNamed
        return Path(chosen)

    @property
    def home_or_none(self) -> Path | None:
        """The folder of the ledger, or None where none was named."""
        return self.home if self._chosen.get("home") else None

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, opened on first use."""
        from ledger.bootstrap import open_ledger

        opened = open_ledger(self.home)
        if (context := click.get_current_context(silent=True)) is not None:
            context.call_on_close(lambda: self._leave(opened))
        return opened

    def _leave(self, opened: Ledger) -> None:
        """Sign what the command put on record, where that is due, and close the ledger."""
        from ledger.commands._signing_after import sign_after

        try:
            sign_after(self, opened)
        finally:
            opened.close()

    @property
    def desk(self) -> Desk:
        """What every use case works with."""
        return self.ledger.desk

    @cached_property
    def command(self) -> Command:
        """This command: who asks, when, under which id and which law."""
        return self.ledger.command(
            id=self.key, at=self.at, account=account(), acting_as=self.acting_as, request=self.request()
        )

    def reading(self) -> Command:
        """Make the command of a reading: under an id of its own, so that looking twice leaves two records."""
        from ledger.identifiers import new_id

        return self.ledger.command(id=new_id(), at=self.at, account=account(), acting_as=self.acting_as)

    def reference(self, kind: type[Aggregate], typed: str, *, name: str) -> UUID:
        """
        Give the record of this kind whose reference begins with what was typed.

        :raises NotAReference: if it can't be one
        :raises NotFound: if there is none
        :raises ReferenceAmbiguous: if there are several
        """
        from ledger.rules.search import shown_reference

        if not typed or set(typed.strip().lower()) - _REFERENCE_DIGITS:
            raise NotAReference(name=name if name.startswith("-") else translate(name.upper()))
        ledger = self.ledger
        try:
            return ledger.resolve(kind, typed)
        except NotFound:
            raise NotFound(reference=shown_reference(typed)) from None  # figures alone may be somebody's number

    def reference_among(self, kinds: Sequence[type[Aggregate]], typed: str) -> tuple[type[Aggregate], UUID]:
        """
        Give the record, of any of these kinds, whose reference begins with what was typed, with its kind.

        :raises NotFound: if there is none
        """
        for kind in kinds[:-1]:
            with suppress(NotFound):
                return kind, self.reference(kind, typed, name="reference")
        return kinds[-1], self.reference(kinds[-1], typed, name="reference")

    def request(self) -> bytes:
        """Give what was asked in canonical bytes, by which a repeated command is known to be the same; never stored."""
        import json

        asked = {name: _opened(value) for name, value in self._asked.items()}
        return json.dumps([self._path, asked], sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _opened(value: Any) -> Any:
    from ledger.commands._output import plain
    from ledger.personal import Sealed

    if isinstance(value, Sealed):
        return _opened(value.expose())
    if isinstance(value, Mapping):
        return {str(name): _opened(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_opened(item) for item in value]
    return plain(value)


class AccountUnknown(Invalid):
    """No account of this machine bears the login that was typed."""

    sentence = mark("No account of this machine bears this login.")
    advice = mark("Have the account made first; the login is what `id -un` says in the person's session.")


class AccountOfTheLedger(Invalid):
    """The account that owns the ledger is nobody's: whoever comes through sudo would be taken for it."""

    sentence = mark("This is the ledger's own account: everybody who comes through sudo would be taken for it.")
    advice = mark("Give the person, or the job, an account of their own, which reaches the ledger through sudo.")


def account_of(login: str, *, sandbox: bool) -> str:
    """
    Give an account as the ledger knows it, by its number: a login may be given to somebody else, and is personal.

    In a sandbox, where nobody need exist, any name will do.

    :raises AccountUnknown: if no account bears the login
    :raises AccountOfTheLedger: if the ledger has an account of its own, and it is this one
    """
    import pwd

    typed = login.strip()
    number = typed.removeprefix("uid:")
    if not number.isdigit():
        try:
            number = str(pwd.getpwnam(typed).pw_uid)
        except (KeyError, ValueError):
            if sandbox:
                return typed
            raise AccountUnknown from None
    if "SUDO_UID" in os.environ and int(number) == os.getuid() != 0 and not sandbox:
        raise AccountOfTheLedger
    return f"uid:{number}"


def account() -> str:
    """
    Give the account of the person who types, as `uid:NUMBER`.

    Under sudo that is `SUDO_UID`, which sudo itself sets; the ledger's own account can be reached in no other way by an
    agent, so nobody else can set it.
    """
    number = os.environ.get("SUDO_UID", "")
    return f"uid:{number if number.isdigit() else os.getuid()}"
