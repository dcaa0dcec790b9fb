"""
What `ledger doctor` looks at. Each check gives a finding and changes nothing; one that fails is a finding too.

None of them opens anything sealed, so that whoever runs the machine needs no role in the ledger.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.aggregates.epoch import Revival
from ledger.commands._context import Session
from ledger.commands._failures import failure_of
from ledger.commands._labels import label
from ledger.errors import ExitCode, IntegrityBroken
from ledger.settings import Locations, read_settings
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger

LEAST_FREE_BYTES = 500_000_000
"""Below this much room on the disk the ledger may soon refuse to write."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SHOWN_FILES = 3


class Health(StrEnum):
    """How a check came out."""

    GOOD = "good"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """What one check found: how it is, what it means, what to do (both in the user's language)."""

    health: Health
    said: str = ""
    advice: str = ""
    check: str = ""
    """What was looked at, in the user's language."""
    code: str = ""
    """The same for programs, such as `event-database`."""
    exit_code: ExitCode = ExitCode.MISCONFIGURED
    """What a problem ends the examination with."""


def findings(
    session: Session, *, quick: bool = False, progress: Callable[[int, int], None] = lambda done, of: None
) -> Iterator[Finding]:
    """
    Run every check, the ones that later ones rest on first; what can't be opened ends the examination.

    A quick examination leaves out the reading of the whole record.
    """
    home = session.home
    yield from _settled(mark("Folder"), lambda: _folder(home))
    settings = _settled(mark("Settings"), lambda: _settings(home))
    yield from settings
    if settings[-1].health is Health.PROBLEM:
        return
    yield from _settled(mark("Permissions"), lambda: _permissions(home))
    yield from _settled(mark("Account"), lambda: _account(home))
    yield from _settled(mark("Disk"), lambda: _disk(home))
    opened = _settled(mark("Event database"), lambda: _events(session))
    yield from opened
    if opened[-1].health is Health.PROBLEM:
        return
    ledger = session.ledger
    if not quick:
        yield from _settled(mark("Record"), lambda: _record(ledger, progress))
    yield from _settled(mark("Checkpoints"), lambda: _checkpoints(session))
    yield from _settled(mark("Keys"), lambda: _keys(ledger))
    yield from _settled(mark("Law"), lambda: _law(ledger))
    yield from _settled(mark("Clock"), lambda: _clock(session))
    yield from _settled(mark("Lists"), lambda: _lists(ledger))
    yield from _settled(mark("Destructions"), lambda: _destructions(ledger))


def _settled(name: str, look: Callable[[], Finding]) -> list[Finding]:
    """Run one check; an error that it meets is what it found."""
    try:
        found = look()
    except Exception as trouble:  # noqa: BLE001  # whatever stops a check is what the doctor is there to tell
        failure = failure_of(trouble)
        broken = failure.exit_code == ExitCode.INTEGRITY
        found = Finding(Health.PROBLEM, failure.message, failure.next_step)
        found = replace(found, exit_code=ExitCode.INTEGRITY) if broken else found
    return [replace(found, check=translate(name), code=name.lower().replace(" ", "-"))]


def _good(said: str = "") -> Finding:
    return Finding(Health.GOOD, said)


def _folder(home: Path) -> Finding:
    if not home.is_dir():
        advice = mark("Give the right folder with --ledger or LEDGER_HOME, or make a new ledger with `ledger init`.")
        said = (
            mark("This is a file, and not the folder of a ledger.")
            if home.exists()
            else mark("There is no such folder.")
        )
        return Finding(Health.PROBLEM, translate(said), translate(advice))
    return _good(str(home))


def _settings(home: Path) -> Finding:
    settings = read_settings(Locations.of(home, os.environ))
    said = mark("Sandbox, profile {profile}.") if settings.sandbox else mark("Profile {profile}.")
    return _good(translate(said).format(profile=settings.profile))


def _permissions(home: Path) -> Finding:
    """Nobody but the ledger's own account reads its files: whoever holds both the root key and the databases can."""
    open_to_others = [
        path for path in (home, *sorted(home.rglob("*"))) if not path.is_symlink() and path.stat().st_mode & _OTHERS
    ]
    exposed = [path for path in open_to_others if path.is_dir() or path.suffix != ".toml"]
    if not exposed:
        return _good()
    names = ", ".join(str(path.relative_to(home.parent)) for path in exposed[:_SHOWN_FILES])
    return Finding(
        Health.PROBLEM,
        translate(mark("Other accounts can reach {count} files or folders: {names}.")).format(
            count=len(exposed), names=names
        ),
        translate(mark("Close them: chmod -R go= {folder}")).format(folder=home),
    )


def _account(home: Path) -> Finding:
    """Where agents can read the files with their own account, they can go round the program."""
    owner, sudo = home.stat().st_uid, os.environ.get("SUDO_UID", "")
    if owner != os.getuid():
        return Finding(
            Health.PROBLEM,
            translate(mark("The ledger belongs to another account than the one that runs this.")),
            translate(mark("Run it through sudo as that account.")),
        )
    if sudo and int(sudo) != owner:
        return _good(translate(mark("The files belong to an account of their own.")))
    return Finding(
        Health.WARNING,
        translate(mark("The files belong to the account that you use yourself: it can read them without the program.")),
        translate(mark("Where several agents work, give the ledger an account of its own, used through sudo.")),
    )


def _disk(home: Path) -> Finding:
    status = os.statvfs(home)
    free = status.f_bavail * status.f_frsize
    said = translate(mark("{megabytes} MB free.")).format(megabytes=free // 1_000_000)
    if free >= LEAST_FREE_BYTES:
        return _good(said)
    return Finding(Health.WARNING, said, translate(mark("Make room: a full disk stops every command that writes.")))


def _events(session: Session) -> Finding:
    return _good(translate(mark("{count} records.")).format(count=session.ledger.log.size()))


def _record(ledger: Ledger, progress: Callable[[int, int], None]) -> Finding:
    """Read every leaf, header, column and box again, and compute the tree anew."""
    from ledger.store.verification import check_log

    progress(0, ledger.log.size())
    found = check_log(ledger.database, progress=progress)
    if found.whole:
        said = mark("Every header and every box of {count} records was read again; root of the tree {root}.")
        return _good(translate(said).format(count=found.size, root=found.root.hex()[:16]))
    first = found.first
    assert first is not None, "it is not whole"
    said = mark("The record is not what was written: first at position {position} ({flaw}).")
    return Finding(
        Health.PROBLEM,
        translate(said).format(position=first.position, flaw=label(first.flaw)),
        translate(IntegrityBroken.advice),
        exit_code=ExitCode.INTEGRITY,
    )


def _checkpoints(session: Session) -> Finding:
    """Hold the log against the last checkpoint that was signed for it; one that is long due could not be signed."""
    issuer, schedule = session.ledger.issuer, session.ledger.settings
    last = issuer.check()
    if session.ledger.archive.exists:
        session.ledger.archive.check_rows()
    said = translate(mark("Nothing was signed yet."))
    if last is not None:
        said = translate(mark("The record is the one that was signed over {size} records, and what came after."))
        said = said.format(size=last.size)
    if not issuer.is_late(at=session.at):
        return _good(said)
    return Finding(
        Health.WARNING,
        translate(mark("A checkpoint has been due for more than {minutes} minutes.")).format(
            minutes=schedule.checkpoint_minutes
        ),
        translate(mark("Run `ledger proof checkpoint`: it says what stands in the way.")),
    )


def _keys(ledger: Ledger) -> Finding:
    """Ask the keys for something that takes the root key and the key store, and check every receipt that is kept."""
    from ledger.bootstrap.proving import keys_of
    from ledger.proof.notes import check_note_by
    from ledger.sealing.status import kept_receipts

    ledger.sealer.request_tag(b"doctor")
    verifier_keys = keys_of(ledger)
    for receipt in kept_receipts(ledger.keyring):
        check_note_by(receipt, verifier_keys)
    said = ledger.holders.describe()
    return Finding(Health.WARNING if ledger.holders.revives_from_backup is not Revival.NO else Health.GOOD, said)


def _law(ledger: Ledger) -> Finding:
    _ = ledger.law.profile, ledger.law.houses, ledger.law.clocks
    return _good(translate(mark("{count} procedures.")).format(count=len(ledger.law.catalogue.versions)))


def _clock(session: Session) -> Finding:
    last = session.ledger.log.at([session.ledger.log.size()])
    if not last or last[0].header.recorded <= session.at + timedelta(minutes=1):
        return _good()
    return Finding(
        Health.PROBLEM,
        translate(mark("The clock of this machine is behind the last record.")),
        translate(mark("Set the clock right before anyone works.")),
    )


def _lists(ledger: Ledger) -> Finding:
    ledger.runner.catch_up()  # what the last reading left on record is not behind: whoever reads a list takes it in
    statuses = ledger.runner.status()
    parked = sum(len(status.parked) for status in statuses)
    behind = max((status.lag for status in statuses), default=0)
    said = translate(mark("{behind} records behind, {parked} that could not be taken.")).format(
        behind=behind, parked=parked
    )
    if not parked and not any(status.outdated for status in statuses):
        return _good(said)
    return Finding(Health.PROBLEM, said, translate(mark("Run `ledger projection rebuild`.")))


def _destructions(ledger: Ledger) -> Finding:
    from ledger.store.disposal import LedgerDisposal

    pending = len(LedgerDisposal(ledger.database, ledger.streams).pending())
    if not pending:
        return _good()
    return Finding(
        Health.WARNING,
        translate(mark("{count} destructions were begun and not completed.")).format(count=pending),
        translate(mark("Run `ledger retention run`: it finishes them first.")),
    )
