"""
The erasure drill: in a ledger of its own, thrown away afterwards, on the kind of database of the living one.

It is made, filled, backed up, destroyed in and restored by the very code that the living ledger runs, with a holder of
the kind `file`, which can be copied, so that the control can be held. The living ledger is not touched: nothing of it
is copied, and no root key of it is ever read.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import create_engine, make_url

from ledger.aggregates.base import Scope
from ledger.aggregates.destruction import Destruction, DestructionReason
from ledger.aggregates.drill import DrillFound
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.procedure_events import Circumstances
from ledger.backup.manifest import Part
from ledger.bootstrap import Ledger, schema_of
from ledger.bootstrap.backing_up import back_up
from ledger.bootstrap.making import Founder, create_ledger
from ledger.bootstrap.restoring import Restorer, restore
from ledger.bootstrap.retaining import WholeDisposal, destruction_of
from ledger.errors import LedgerError
from ledger.identifiers import new_id
from ledger.personal import Erased
from ledger.policies.vocabulary import Gateway, Mission, Mode
from ledger.rules.retention_terms import RetentionClass
from ledger.settings import Locations
from ledger.store.engine import SQLITE
from ledger.usecases.gate import reading
from ledger.usecases.ports import Command, own_scope
from ledger.usecases.retention.ports import Doomed

if TYPE_CHECKING:
    pass

CANARY, LIVING = "CANARY-7391", "LIVING-7391"
_ACCOUNT = "uid:drill"
_FIRST_ROOT = "root-1.key"
_CATEGORY = RetentionClass.LOGS


def drill(ledger: Ledger) -> DrillFound:
    """
    Erase something in a ledger made for it, try to bring it back from a full copy, and hold the control beside.

    :raises Unavailable: if there is no room, or the server can't be reached
    """
    with TemporaryDirectory(prefix="drill-", dir=ledger.locations.home) as place:
        folder = Path(place)
        with _thrown_away(ledger, folder / "ledger") as (scratch, delegate):
            erased, living = (_procedure(scratch, delegate, value) for value in (CANARY, LIVING))
            back_up(scratch, folder / "copy", parts=tuple(Part))
            shutil.copytree(scratch.locations.keys_folder, folder / "roots-of-then", ignore=_all_but_roots)
            _erase(scratch, delegate, erased)
            who = Restorer(_ACCOUNT)
            home = scratch.locations.home
            restore(home, folder / "copy", who=who, accept_loss=True, clock=ledger.clock)
            shutil.copytree(scratch.locations.keys_folder, folder / "roots-of-today", ignore=_all_but_roots)
            _give_old_name(folder / "roots-of-today")
            with closing(_reopened(scratch)) as restored:
                return DrillFound(
                    erased_from_old_keys=_attempt(scratch, delegate, folder / "roots-of-today", erased) is None,
                    erased_after_restore=isinstance(_opened(restored, delegate, erased), Erased),
                    living_opened=_opened(restored, delegate, living) == LIVING,
                    control_opened=_attempt(scratch, delegate, folder / "roots-of-then", erased) == CANARY,
                )


def _all_but_roots(_: str, names: list[str]) -> set[str]:
    """Name the files that are not copied: all but the root keys."""
    return {name for name in names if not name.startswith("root-")}


@contextmanager
def _thrown_away(living: Ledger, home: Path) -> Iterator[tuple[Ledger, UUID]]:
    """Make a ledger on the same kind of database, and take all of it away afterwards."""
    founder = Founder("Canari Inventé", _ACCOUNT)
    scratch, delegate = create_ledger(home, founder=founder, profile=living.settings.profile, clock=living.clock)
    try:
        yield scratch, delegate
    finally:
        scratch.close()
        names = schema_of(scratch.settings.ledger_id)
        for address in {scratch.locations.events(), scratch.locations.views(), scratch.locations.keys()}:
            _drop(address, (names, f"{names}_views", f"{names}_keys", f"{names}_restoring"))


def _drop(address: str, schemas: tuple[str, ...]) -> None:
    """Drop schemas of a server; a file goes with its folder."""
    url = make_url(address)
    if url.get_backend_name() == SQLITE:
        return
    engine = create_engine(url.set(drivername="postgresql+psycopg"), hide_parameters=True)
    with engine.begin() as connection:
        for schema in schemas:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    engine.dispose()


def _procedure(scratch: Ledger, delegate: UUID, value: str) -> UUID:
    """Open a procedure of somebody who does not exist; `value` stands in its trail, as the name of what it keeps."""
    now = scratch.clock.now()
    entry, partner = _entry(scratch, now)
    procedure = Procedure.open_for(
        new_id(), house=new_id(), entry=entry, partner=partner, mission=Mission.ADMINISTRATIVE_HELP, mode=Mode.ASSIST,
        present=True, informed=True, note="", effective_at=now, recorded_at=now,
    )  # fmt: skip
    procedure.keep_value(value, value, Circumstances(Gateway.PRESENCE))
    scratch.streams.commit(_command(scratch, delegate), procedure)
    return procedure.id


def _entry(scratch: Ledger, at: datetime) -> tuple[str, str]:
    """Give any procedure of the catalogue, and its partner."""
    first = scratch.law.catalogue.entries(on=at.date())[0]
    return first.code, first.partner


def _erase(scratch: Ledger, delegate: UUID, procedure_id: UUID) -> None:
    """Fence the trail of a procedure, turn the key tree without its key, record it, and rewrite both databases."""
    scope = own_scope(Scope.PROCEDURE_TRAIL, procedure_id)
    key_id = scratch.log.key_of(scope)
    assert key_id is not None, "it has a trail"
    batch, authority = new_id(), new_id()
    keys = destruction_of(scratch)
    disposal = WholeDisposal(scratch, keys)
    reason = DestructionReason.DRILL
    destruction = Destruction.fence(key_id=key_id, category=_CATEGORY, authority=authority, run=batch, reason=reason)
    disposal.fence(_command(scratch, delegate), destruction, scopes=(scope,))
    keys.destroy_all([Doomed(key_id, str(reason), str(authority))], batch=batch)
    destruction.complete(category=_CATEGORY, authority=authority, run=batch)
    disposal.complete(_command(scratch, delegate), destruction, keys=(key_id,))
    disposal.vacuum()


def _command(scratch: Ledger, delegate: UUID) -> Command:
    return scratch.command_of(delegate, at=scratch.clock.now())


def _reopened(scratch: Ledger) -> Ledger:
    """Open the scratch ledger as a new process would."""
    return Ledger(scratch.locations, scratch.settings, clock=scratch.clock)


def _give_old_name(roots: Path) -> None:
    """Put the root key of today also under the name of the first epoch, which is what somebody would try."""
    latest = max(roots.iterdir(), key=lambda path: int(path.stem.removeprefix("root-")))
    if latest.name != _FIRST_ROOT:
        shutil.copy(latest, roots / _FIRST_ROOT)


def _attempt(scratch: Ledger, delegate: UUID, roots: Path, procedure_id: UUID) -> object:
    """Put the full copy next to some root keys, and try to open a value; None where nothing opens."""
    home = roots.with_name(f"attempt-with-{roots.name}")
    shutil.copytree(roots, home / "keys")
    home.chmod(0o700)
    (home / "keys").chmod(0o700)
    for part in Part:
        shutil.copy(roots.with_name("copy") / part / part.database_file, home / ("keys" if part is Part.KEYS else ""))
    with closing(Ledger(Locations(home), scratch.settings, clock=scratch.clock)) as attempt, suppress(LedgerError):
        return _opened(attempt, delegate, procedure_id)
    return None


def _opened(scratch: Ledger, delegate: UUID, procedure_id: UUID) -> object:
    """Open, through the gate, the fact of a procedure of the scratch ledger that the drill is about."""
    (kept,) = scratch.streams.load(Procedure, procedure_id).values
    with reading(scratch.desk, _command(scratch, delegate), page="drill.erasure", rows=1) as opener:
        return opener.open(kept.field)
