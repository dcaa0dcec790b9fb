"""`ledger demo`: the main job on the house of Loiron, told as it happens, in a sandbox that stays."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.commands._context import Session
from ledger.commands._words import option, verb
from ledger.errors import Conflict, Misconfigured
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.commands._stage import Stage

_SANDBOX = "sandbox"
_DATABASES = ("LEDGER_DATABASE_URL", "LEDGER_KEYS_URL")


class FolderTaken(Conflict):
    """The folder that was named holds something already."""

    sentence = mark("This folder holds something already; the demonstration leaves it as it is.")
    advice = mark("Give a new folder with --folder, or none: the demonstration then makes one beside you.")


class DatabaseNamed(Misconfigured):
    """The environment names a database, which the demonstration must not touch."""

    sentence = mark("{name} names a database, and the demonstration stays in a folder of its own.")
    advice = mark("Run `env -u LEDGER_DATABASE_URL -u LEDGER_KEYS_URL ledger demo`.")


@verb(
    "demo",
    help=mark(
        "Run the main job on the house of Loiron, in a sandbox, and tell what happens.\n\n"
        "The house is real, the people are invented. Every command that is shown is run, with its real answer. The "
        "sandbox stays, so that you can go on. It is the folder `sandbox` here, or the next free one of sandbox-2, "
        "sandbox-3 ...: nothing is written over."
    ),
    examples=("ledger demo", "ledger demo --folder ~/essai"),
)
@option("--folder", type=Path, metavar=mark("FOLDER"), help=mark("Where the sandbox goes: a new or empty folder."))
def command(session: Session, folder: Path | None) -> None:
    """Run the demonstration."""
    from time import monotonic

    from ledger.commands._stage import Stage
    from ledger.commands._story import play

    for name in _DATABASES:
        if os.environ.get(name):
            raise DatabaseNamed(name=name)
    home = _place(folder or session.home_or_none)
    stage, began = Stage(session, home), monotonic()
    left = play(stage, folder=_shown(home))
    if not session.output.for_people:
        session.output.done("", folder=str(home.absolute()), commands=stage.commands, **left)
        return
    seconds = f"{monotonic() - began:.0f}"
    stage.say(mark("{commands} commands in {seconds} s. The sandbox stays: go on as you like."),
              commands=stage.commands, seconds=seconds)  # fmt: skip
    _suggest(stage, _shown(home), left)


def _place(named: Path | None) -> Path:
    """
    Give the folder of the sandbox: the one that was named, else the first free one here.

    :raises FolderTaken: if the one that was named holds anything
    """
    if named is not None:
        if os.path.lexists(named) and not (named.is_dir() and not any(named.iterdir())):
            raise FolderTaken
        return named
    place, number = Path(_SANDBOX), 1
    while os.path.lexists(place):
        number += 1
        place = Path(f"{_SANDBOX}-{number}")
    return place


def _shown(path: Path) -> str:
    """Give a path as one would type it from here."""
    absolute = path.absolute()
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else str(absolute)


def _program() -> str:
    """Give this program as one would type it from here: it need not be on the path."""
    started = Path(sys.argv[0])
    if started.name == "cli.py":
        return f"python {_shown(started)}"
    return _shown(started) if started.name == "ledger" and started.is_file() else "ledger"


def _suggest(stage: Stage, folder: str, left: Mapping[str, str]) -> None:
    """Show what one may type next."""
    here = f"{_program()} --ledger {shlex.quote(folder)}"
    stage.lines(
        f"{here} --as aline receive --paper {shlex.quote(folder)}/mandat-2.pdf",
        f"{here} --as aline procedure show {left['procedure']}",
        f"{here} --as aline procedure act {left['procedure']} --mode act-for --absent --act FTI02-carte-grise:file",
        f"{here} --as aline mandate list --person {left['subject']}",
        f"{here} --as dora audit subject {left['subject']} --json",
        f"{here} catalogue show rsa",
        f"{here} --help",
    )
