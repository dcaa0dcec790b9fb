"""
The settings of one ledger: what `ledger.toml` in its folder says, and what the environment adds.

The file is written by `ledger init`; holders of the root key come and go by `ledger keys export` and `ledger keys
retire`, or by hand. It holds no secret and nothing personal. Where the databases are is said by the environment, so
that a password never stands in the folder.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from ledger.clock import in_utc
from ledger.errors import Conflict, Misconfigured, NotFound, Unavailable
from ledger.owned_files import place_once, replace_durably
from ledger.translation import mark, translate

SETTINGS_FILE = "ledger.toml"
SETTINGS_FORMAT = 1
_NOT_WRITTEN_SO = mark("it is not written as a settings file is")
_KEYS = {"format", "ledger_id", "created_at", "profile", "sandbox", "holder"}
_MAY_BE_LEFT_OUT = {"checkpoint_events", "checkpoint_minutes", "timestamp_url", "reminders"}
_ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?")
HOLDER_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_COUNTER = re.compile(r"(0x[0-9a-f]{8})?")
_MOST = 1_000_000
_LAST_PORT = 65_535
_HOLDER_TABLES = re.compile(r"(?m)^(?=\[\[holder\]\])")
_OTHER_TABLE = re.compile(r"(?m)^(?=\[(?!\[holder\]\]))")
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"[A-Za-z0-9.:-]+")
_SECURITY = ("starttls", "tls", "none")
_HOLDER_KINDS = {"file": {"name", "kind", "place"}, "tpm2": {"name", "kind", "place", "device", "counter"}}


class LedgerAbsent(NotFound):
    """No ledger lives in the folder that was named."""

    sentence = mark("There is no ledger in this folder.")
    advice = mark("Give the right folder with --ledger or LEDGER_HOME, or make a new ledger with `ledger init`.")


class LedgerForbidden(Misconfigured):
    """The account may not look into the ledger's folder."""

    sentence = mark("This account may not read or write the files of the ledger.")
    advice = mark("Use the account that the ledger belongs to (usually through sudo), or run `ledger doctor`.")


class LedgerPresent(Conflict):
    """The folder already holds a ledger."""

    sentence = mark("This folder already holds a ledger; it was left as it is.")
    advice = mark("Choose another folder, or use the ledger that is there.")


class SettingsInvalid(Misconfigured):
    """`ledger.toml` can't be read as it was written."""

    sentence = mark("The file ledger.toml can't be read: {reason}.")
    advice = mark("Correct what was changed, or put back the file from your backups, then try again.")


class SettingsUnwritable(Unavailable):
    """`ledger.toml` can't be written just now."""

    sentence = mark("The file ledger.toml can't be written.")
    advice = mark("Check that its disk is there and has room, then give the same command again: it goes on from there.")


@dataclass(frozen=True)
class HolderSettings:
    """One holder of the root key: its name, its kind and where it keeps what it keeps; `place` is a folder."""

    name: str
    kind: str = "file"
    place: str = "keys"
    device: str = ""
    """How a TPM is reached, as TPM2TOOLS_TCTI writes it; empty for the chip of the machine."""
    counter: str = ""
    """Where in a TPM its counter stands ("0x01800001"); empty where the ledger chooses."""


FIRST_HOLDER = HolderSettings("poste")


@dataclass(frozen=True)
class MailSettings:
    """Reminders by mail: through which server, from whom, to whom; shared addresses, so that nobody is named."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    security: str = "starttls"
    """How the conversation is protected: `starttls`, `tls`, or `none` for a server on this machine."""
    user: str = ""
    password_file: str = ""
    """The file that holds the password; empty where LEDGER_SMTP_PASSWORD does, or none is needed."""


@dataclass(frozen=True)
class ProgramSettings:
    """Reminders through a program: its path and its arguments."""

    command: tuple[str, ...]


@dataclass(frozen=True)
class FileSettings:
    """Reminders into a file; a path that is not absolute is one in the ledger's folder."""

    file: str


ReminderSettings = MailSettings | ProgramSettings | FileSettings


@dataclass(frozen=True)
class Settings:
    """What one ledger is. `sandbox` ledgers hold invented people only and let one act as anybody."""

    ledger_id: UUID
    created_at: datetime
    profile: str
    sandbox: bool
    holders: tuple[HolderSettings, ...] = (FIRST_HOLDER,)
    checkpoint_events: int = 1_000
    """A checkpoint is signed once so many events were recorded since the last one."""
    checkpoint_minutes: int = 60
    """It is signed, too, once something was recorded and so much time went by."""
    timestamp_url: str = ""
    """Where an authority of timestamps is asked over the network; empty where it is not."""
    reminders: ReminderSettings | None = None
    """How reminders of breaches are given; None where nobody said."""

    @property
    def checkpoint_every(self) -> timedelta:
        """How long what was recorded waits at most for a checkpoint."""
        return timedelta(minutes=self.checkpoint_minutes)


@dataclass(frozen=True)
class Locations:
    """Where the parts of one ledger are: a folder, and databases elsewhere when the environment says so."""

    home: Path
    database_url: str | None = None
    keys_url: str | None = None

    @classmethod
    def of(cls, home: Path, environment: Mapping[str, str]) -> Locations:
        """Read `LEDGER_DATABASE_URL` and `LEDGER_KEYS_URL`; without them everything is SQLite in `home`."""
        return cls(home, environment.get("LEDGER_DATABASE_URL") or None, environment.get("LEDGER_KEYS_URL") or None)

    @property
    def settings_file(self) -> Path:
        """The file that says what this ledger is."""
        return self.home / SETTINGS_FILE

    @property
    def keys_folder(self) -> Path:
        """The folder of the root key and, by default, of the wrapped keys; for the ledger's own account only."""
        return self.home / "keys"

    @property
    def policy_file(self) -> Path:
        """The policy on witnesses, where there is one."""
        return self.home / "policy.txt"

    @property
    def authority_file(self) -> Path:
        """The certificates of the authority whose timestamps are taken, where there are any."""
        return self.home / "timestamp-authority.pem"

    @property
    def timestamp_requests(self) -> Path:
        """The folder of what was asked of that authority, and not answered yet."""
        return self.home / "timestamp-requests"

    def events(self) -> str:
        """Give the URL of the event database."""
        return self.database_url or f"sqlite:///{self.home / 'events.sqlite3'}"

    def views(self) -> str:
        """Give the URL of the read models' database."""
        return self.database_url or f"sqlite:///{self.home / 'views.sqlite3'}"

    def keys(self) -> str:
        """Give the URL of the wrapped keys' database."""
        return self.keys_url or f"sqlite:///{self.keys_folder / 'keys.sqlite3'}"


def read_settings(locations: Locations) -> Settings:
    """
    Read what the ledger in this folder is.

    :raises LedgerAbsent: if no ledger is there
    :raises LedgerForbidden: if this account may not see whether there is one
    :raises SettingsInvalid: if the file is not one that `ledger init` wrote
    """
    return _settings_in(_text_of(locations))


def change_holders(locations: Locations, settings: Settings, holders: Sequence[HolderSettings]) -> Settings:
    """
    Replace the holders that the file names, in one step; whatever else a person wrote into it stays.

    :raises SettingsInvalid: if the file was changed meanwhile, or is written so that this can't be done safely
    :raises LedgerForbidden: if this account may not write it
    :raises SettingsUnwritable: if the disk is full or does not answer
    """
    head, *parts = _HOLDER_TABLES.split(_text_of(locations))
    parted = [_parted(part) for part in parts]
    kept, others = {_name_in(table): table for table, _ in parted}, [other for _, other in parted]
    named = [kept.get(each.name, _written(each)).strip("\n") for each in holders]
    text = "\n\n".join(part.strip("\n") for part in (head, *others, *named) if part.strip("\n")) + "\n"
    changed = replace(settings, holders=tuple(holders))
    if _settings_in(text) != changed:
        raise SettingsInvalid(reason=translate(mark("its holders of the root key were changed meanwhile")))
    try:
        replace_durably(locations.settings_file, text.encode())
    except PermissionError:
        raise LedgerForbidden from None
    except OSError:
        raise SettingsUnwritable from None
    return changed


def _text_of(locations: Locations) -> str:
    try:
        return locations.settings_file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise LedgerAbsent from None
    except PermissionError:
        raise LedgerForbidden from None
    except (OSError, ValueError):
        raise SettingsInvalid(reason=translate(_NOT_WRITTEN_SO)) from None


def _settings_in(text: str) -> Settings:
    try:
        raw = tomllib.loads(text)
    except ValueError:
        raise SettingsInvalid(reason=translate(_NOT_WRITTEN_SO)) from None
    try:
        if raw.keys() - _MAY_BE_LEFT_OUT != _KEYS or raw["format"] != SETTINGS_FORMAT:
            raise SettingsInvalid(reason=translate(mark("another version wrote it")))
        if not isinstance(raw["sandbox"], bool) or not isinstance(raw["profile"], str):
            raise SettingsInvalid(reason=translate(mark("a value is of another kind than it should be")))
        holders = tuple(_holder_in(table) for table in raw["holder"])
        if not holders or len({holder.name for holder in holders}) < len(holders):
            raise SettingsInvalid(reason=translate(mark("each holder of the root key needs a name of its own")))
        chosen = {name: _chosen_in(name, raw[name]) for name in _MAY_BE_LEFT_OUT & raw.keys()}
        return Settings(
            UUID(raw["ledger_id"]), in_utc(raw["created_at"]), raw["profile"], raw["sandbox"], holders, **chosen
        )
    except (TypeError, ValueError, AttributeError):
        raise SettingsInvalid(reason=translate(mark("a value is impossible"))) from None


def _chosen_in(name: str, value: object) -> Any:
    """
    Read what may be left out.

    :raises SettingsInvalid: if it is not what it should be
    """
    if name == "reminders":
        return _reminders_in(value)
    if name != "timestamp_url":
        return _count_in(value)
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise SettingsInvalid(reason=translate(mark("the address of the authority of timestamps must begin with http")))
    return value


def _count_in(value: object) -> int:
    """
    Read how often something is done.

    :raises SettingsInvalid: if it is no whole number from 1 to a million
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST:
        raise SettingsInvalid(reason=translate(mark("how often checkpoints are signed must be a number")))
    return value


def _reminders_in(table: Any) -> ReminderSettings:
    """
    Read the table `[reminders]`.

    :raises SettingsInvalid: if it is not written as it must be
    """
    readers = {"mail": _mail_in, "command": _program_in, "file": _file_in}
    try:
        chosen = dict(table)
        found = readers[chosen.pop("by")](chosen)
        _must_be(not chosen)
    except (TypeError, ValueError, LookupError):
        raise SettingsInvalid(reason=translate(mark("the table [reminders] is not written as it must be"))) from None
    return found


def _program_in(chosen: dict[str, Any]) -> ReminderSettings:
    command = chosen.pop("command")
    _must_be(isinstance(command, list) and all(isinstance(each, str) and each for each in command))
    _must_be(bool(command))
    return ProgramSettings(tuple(command))


def _file_in(chosen: dict[str, Any]) -> ReminderSettings:
    file = chosen.pop("file")
    _must_be(isinstance(file, str) and bool(file))
    return FileSettings(file)


def _mail_in(chosen: dict[str, Any]) -> ReminderSettings:
    host, port, sender, to = (chosen.pop(name) for name in ("host", "port", "from", "to"))
    more = {name: chosen.pop(name) for name in ("security", "user", "password_file") if name in chosen}
    found = MailSettings(host=host, port=port, sender=sender, to=tuple(to), **more)
    _must_be(type(port) is int and 0 < port <= _LAST_PORT)
    _must_be(bool(_HOST.fullmatch(host)))
    _must_be(found.security in _SECURITY)
    _must_be(isinstance(to, list) and bool(to) and all(_MAIL_ADDRESS.fullmatch(each) for each in (sender, *to)))
    _must_be(all(isinstance(value, str) for value in more.values()))
    _must_be(found.security != "none" or host in _THIS_MACHINE)  # neither letter nor password over an open line
    return found


def _must_be(right: bool) -> None:
    """Stop reading what is not right; the caller says where it stands."""
    if not right:
        raise ValueError


def _parted(text: str) -> tuple[str, str]:
    """Part the table of a holder from the tables of another kind that a person wrote after it."""
    table, *more = _OTHER_TABLE.split(text, maxsplit=1)
    return table, "".join(more)


def _name_in(table: str) -> str:
    """Give the name in the text of one table `[[holder]]`."""
    try:
        return str(tomllib.loads(table)["holder"][0]["name"])
    except (ValueError, LookupError, TypeError):
        raise SettingsInvalid(reason=translate(_NOT_WRITTEN_SO)) from None


def _holder_in(table: Mapping[str, str]) -> HolderSettings:
    """Read one table `[[holder]]`."""
    known = _HOLDER_KINDS.get(table.get("kind", ""))
    if known is None or table.keys() != known or not all(isinstance(value, str) for value in table.values()):
        raise SettingsInvalid(reason=translate(mark("a holder of the root key is not described as it must be")))
    if not HOLDER_NAME.fullmatch(table["name"]) or not _COUNTER.fullmatch(table.get("counter", "")):
        raise SettingsInvalid(
            reason=translate(mark("the name of a holder, or the place of its counter, is not written as it must be"))
        )
    return HolderSettings(**table)


def _written(holder: HolderSettings) -> str:
    """Write one table `[[holder]]`; a TOML string is quoted as a JSON one."""
    known = [name for name in ("name", "kind", "place", "device", "counter") if name in _HOLDER_KINDS[holder.kind]]
    return "\n[[holder]]\n" + "".join(f"{name} = {json.dumps(getattr(holder, name))}\n" for name in known)


def write_settings(locations: Locations, settings: Settings) -> None:
    """
    Write the settings of a new ledger, durably, as the last step of its making: a half-made ledger is no ledger.

    :raises LedgerPresent: if the folder holds one
    """
    text = (
        f"# What this ledger is. Written by `ledger init`; keep it with the backups.\n"
        f"format = {SETTINGS_FORMAT}\n"
        f'ledger_id = "{settings.ledger_id}"\n'
        f"created_at = {settings.created_at.isoformat()}\n"
        f'profile = "{settings.profile}"\n'
        f"sandbox = {str(settings.sandbox).lower()}\n" + "".join(map(_written, settings.holders))
    )
    try:
        place_once(locations.settings_file, text.encode())
    except FileExistsError:
        raise LedgerPresent from None
