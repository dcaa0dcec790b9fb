"""
The settings as the reference tells them, and what all its pages are made of.

The variables of the environment, the keys of `ledger.toml` and the files of a ledger are described here; a name that
the code knows and this does not, or the other way round, stops the writing.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from ledger import limits, settings

ROOT = Path(__file__).resolve().parent.parent
MADE = "<!-- Written by tools/reference.py from the code: change that, then run it. -->"
_VARIABLE = re.compile(r"_?LEDGER_[A-Z_]*[A-Z]|SUDO_UID|NO_COLOR|LANGUAGE")


class NotDescribed(LookupError):
    """The code knows a setting that this program does not describe, or the other way round."""


_VARIABLES = {
    "LEDGER_HOME": "The folder of the ledger, where --ledger does not name it.",
    "LEDGER_DATABASE_URL": "The PostgreSQL database of the events and of the lists, such as "
    "`postgresql://ledger@server/ledger`; without it both are SQLite files in the folder. The ledger keeps to two "
    "schemas of its own, `ledger_` and the first 8 digits of its id, and the same with `_views`.",
    "LEDGER_KEYS_URL": "The database of the wrapped keys, apart from the events; without it, an SQLite file in the "
    "folder `keys`.",
    "LEDGER_ZONE": "The time zone in which instants are typed and shown; `Europe/Paris` if it is not set.",
    "LEDGER_LOG": "The least grave line that goes to the technical log: `debug`, `info`, `warning` (the default) or "
    "`error`.",
    "LEDGER_SCHEMA": "Only for programs written with the eventsourcing library on this store: the PostgreSQL schema.",
    "_LEDGER_COMPLETE": "Set by the script of `ledger completion`; not for people.",
    "LANGUAGE": "`en` for English; anything else is French.",
    "LEDGER_SMTP_PASSWORD": "The password of the mail account of the reminders, where `password_file` names no file.",
    "NO_COLOR": "Anything: no colours.",
    "SUDO_UID": "Set by sudo: the account that types, and so the agent who acts.",
}
_TOML = {
    "format": "The format of this file: 1.",
    "ledger_id": "The id of the ledger, for ever: every header and every box is bound to it.",
    "created_at": "When the ledger was made.",
    "profile": "The profile of the département: which numbers and lists of the law hold.",
    "sandbox": "Whether --as lets one act as anybody: for invented people only.",
    "checkpoint_events": "A checkpoint is signed once so many events were recorded since the last one; 1000 where it "
    "is left out. Write it above the tables.",
    "checkpoint_minutes": "It is signed, too, at the end of the first command after so many minutes; 60 where it is "
    "left out. Write it above the tables.",
    "timestamp_url": "The address (http or https) where an authority of timestamps is asked by "
    "`ledger proof timestamp online`; nothing is asked where it is left out. Write it above the tables.",
    "reminders": "A table `[reminders]`: how reminders of breaches are given, `by` mail, command or file. "
    "[Never miss a deadline](../howto/never-miss-a-deadline.md) says how.",
    "holder": "A table `[[holder]]` for each holder of the root key: `name`, `kind` (`file`, or `tpm2` with `device` "
    "and `counter`) and `place`, a folder. Add one, then run `ledger keys settle`.",
}
FILES = {
    "ledger.toml": "What the ledger is (below). Written by `ledger init`; holders of the root key are added by hand.",
    "events.sqlite3": "The events; with `-wal` and `-shm` beside it while it is open. Not there with "
    "LEDGER_DATABASE_URL.",
    "views.sqlite3": "The lists, which `ledger projection rebuild` can make again at any time. Not there with "
    "LEDGER_DATABASE_URL.",
    "keys/root-N.key": "The root key, by its epoch. Whoever has it and the two databases can read everything.",
    "keys/signing.key": "The key that signs checkpoints and receipts: whoever has it can sign in this ledger's name.",
    "keys/proof.sqlite3": "The archive of what was signed: origins, checkpoints, keys. It never goes back with the "
    "events: [checkpoints](../howto/checkpoints.md).",
    "policy.txt": "The policy on witnesses that `ledger proof policy --keep` keeps, where there is one.",
    "timestamp-authority.pem": "The certificates of the authority whose timestamps are taken, where one is chosen.",
    "timestamp-requests/": "What was asked of that authority, by nonce, until it is answered.",
    "keys/signing.key.next": "The key that a change of the signing key prepares; gone when it ends.",
    "keys/keys.sqlite3": "The wrapped keys. Not there with LEDGER_KEYS_URL.",
    "retention.lock": "Held while a retention run goes on.",
    "reminders.lock": "Held while reminders are given.",
    "reminders.json": "Since when reminders can't be sent, and when they are tried again; gone once they can. "
    "Nothing is lost with it.",
    "drill-*/": "The ledger that an erasure drill makes for itself; gone when it ends.",
    "events.restoring.sqlite3": "The events that a restore prepares; the same for the keys. Gone when it ends.",
    "events.damaged.sqlite3": "A damaged file that a restore replaced; the same for the keys. Yours to take away.",
    "keys.lock": "Held while the key tree is turned.",
    "log/ledger.jsonl": "The technical log: codes, types and lines of code of failures, nothing personal; turned at "
    "2 MB to `ledger.old.jsonl`.",
    "law/": "Files of law that stand before the packaged ones: `catalogue.toml`, `partners.toml`, `archives.toml`, "
    "`assessment.toml`, `clocks.toml`, "
    "`profiles/`, `houses/`. [How to edit them](../howto/edit-the-catalogue.md).",
}
_SETTINGS = """\
There is no configuration file to write: a ledger is what `ledger init` made it, and the environment says where its
databases are. Passwords stay in the environment (or in PostgreSQL's own password file), never in the folder."""

_LEGAL = """\
Durations, lists and terms of the law are no settings: they are dated data with a source, in the profile.
[The catalogue and its companions](catalogue.md) says how."""


def settings_page() -> str:
    """Give the page of the settings."""
    _same("variable", _VARIABLES, _variables_read())
    known = settings._KEYS | settings._MAY_BE_LEFT_OUT  # noqa: SLF001  # the very lists that the file is checked against
    _same("key of ledger.toml", _TOML, known)
    parts = ["# Settings, files and limits", MADE, _SETTINGS, "## The environment"]
    parts.append(table(("Variable", "Meaning"), _quoted(_VARIABLES)))
    parts += [
        "## The folder of a ledger",
        "The folder is open to the ledger's own account only (0700), and so is every file that holds data (0600).",
    ]
    parts.append(table(("File", "Holds"), _quoted(FILES)))
    parts += ["## ledger.toml", table(("Key", "Meaning"), _quoted(_TOML))]
    parts += ["## Limits", "What is larger is refused with a sentence, never cut. They stand in `ledger/limits.py`."]
    parts.append(table(("Limit", "Value", "Meaning"), [(f"`{name}`", *row) for name, row in _limits().items()]))
    parts += ["## Legal numbers", _LEGAL]
    return "\n\n".join(parts) + "\n"


def _variables_read() -> set[str]:
    """Find the variables that the product names: whole strings in its code that look like one."""
    return {
        node.value
        for path in sorted((ROOT / "ledger").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _VARIABLE.fullmatch(node.value)
    }


def _limits() -> dict[str, tuple[str, str]]:
    """Give each limit with its value and the docstring that follows it."""
    body = ast.parse(inspect.getsource(limits)).body
    found: dict[str, tuple[str, str]] = {}
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if not (isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)):
                raise NotDescribed(f"limit {name}")
            value = getattr(limits, name)
            found[name] = (_span(value) if isinstance(value, timedelta) else f"{value:,}", str(after.value.value))
    return found


def _span(value: timedelta) -> str:
    return f"{value.days} d" if value.days else f"{value.seconds} s"


def _same(what: str, described: Mapping[str, str], known: Iterable[str]) -> None:
    odd = set(described) ^ set(known)
    if odd:
        raise NotDescribed(f"{what}: {', '.join(sorted(odd))}")


def _quoted(rows: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(f"`{name}`", text) for name, text in rows.items()]


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in lines
    )
