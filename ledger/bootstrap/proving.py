"""Joins what signs checkpoints to the log, to the archive of what was signed, and to the signing key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.origin import OriginReason, Succession, origin_stream
from ledger.errors import LedgerError
from ledger.proof.archive import CheckpointReason, SignedCheckpoint
from ledger.proof.archive_failures import ArchiveAbsent
from ledger.proof.issuing import Issuer, Schedule
from ledger.proof.notes import VerifierKey
from ledger.proof.origins import ArchiveIsCopy, LogContradictsCheckpoint, Origins
from ledger.proof.succession import KeyChange, KeySuccession
from ledger.usecases.proof.origins import decide, open_origin, record_key
from ledger.usecases.restoring import operator_id

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.bootstrap import Ledger
    from ledger.proof.archive import Origin
    from ledger.usecases.ports import Command


class LoggedOrigins:
    """The origins as the log says them."""

    def __init__(self, ledger: Ledger, *, command: Command | None = None, why: str = "") -> None:
        self._ledger = ledger
        self._ledger_id = ledger.settings.ledger_id
        self._command = command
        self._why = why

    def size(self) -> int:
        """Give how many events the log holds."""
        return self._ledger.log.size()

    def position(self, number: int) -> int | None:
        """Give the position of the event that opened an origin, or None where the log has none."""
        first = self._ledger.log.first_of(origin_stream(self._ledger_id, number))
        return None if first is None else first.position

    def is_last(self, number: int | None) -> bool:
        """Say whether an origin is the last one that the log opened; None: whether it opened none."""
        last = self._ledger.streams.linked(REGISTER, LinkKind.ORIGIN)[-1:]
        return last == ([] if number is None else [origin_stream(self._ledger_id, number)])

    def open(self, origin: Origin) -> int:
        """
        Put on record that an origin is opened, and give the position.

        Where nobody decided it, that is done in the name of whoever runs the ledger.
        """
        ledger = self._ledger
        command = self._command or ledger.command_of(operator_id(self._ledger_id), at=ledger.clock.now())
        open_origin(
            ledger.desk, command, ledger_id=self._ledger_id, number=origin.number, follows=origin.follows,
            reason=origin.reason, why=self._why,
        )  # fmt: skip
        position = self.position(origin.number)
        assert position is not None, "it was just put on record"
        return position


def origins_of(ledger: Ledger, *, command: Command | None = None, why: str = "") -> Origins:
    """Make what knows the origins of one ledger; one that is opened is opened by this command, if any, and why."""
    book = LoggedOrigins(ledger, command=command, why=why)
    return Origins(ledger.archive, book, ledger_id=ledger.settings.ledger_id)


def issuer_of(ledger: Ledger) -> Issuer:
    """Make what issues the checkpoints of one ledger."""
    settings = ledger.settings
    return Issuer(
        archive=ledger.archive,
        signer=ledger.signer,
        tree=ledger.tree,
        origins=origins_of(ledger),
        schedule=Schedule(settings.checkpoint_events, settings.checkpoint_every),
        began_at=settings.created_at,
    )


def reason_for_new_origin(ledger: Ledger) -> OriginReason | None:
    """Say why this log can't go on under the origin that it signed under; None where it can."""
    try:
        ledger.issuer.compare()
    except LogContradictsCheckpoint:
        return OriginReason.LOG_CAME_BACK
    except (ArchiveAbsent, ArchiveIsCopy):
        return OriginReason.ARCHIVE_CAME_BACK
    return None


def go_on_under_new_origin(ledger: Ledger, command: Command, *, why: str) -> tuple[SignedCheckpoint, bool]:
    """
    Open a new origin because somebody decided so, and sign the log as it is under it.

    Give the checkpoint, and whether that had been done before.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises DecisionUnexplained: without a reason
    """
    repeated = ledger.streams.recall(command) is not None
    if not repeated:
        why = decide(ledger.desk, command, page="proof.new-origin", reason=why)
        origins = origins_of(ledger, command=command, why=why)
        origins.begin(reason_for_new_origin(ledger) or OriginReason.DECIDED, at=command.at)
        origins.settled(at=command.at)
    for status in ledger.runner.status():
        if status.outdated:  # it holds what the log lost
            ledger.runner.rebuild(status.model)
    return ledger.issuer.issue(CheckpointReason.ORIGIN, at=command.at), repeated


def begin_again(prepared: Ledger, *, was_signed: bool | None, at: datetime) -> Origin | None:
    """
    Open a new origin in events that a restore prepares, if they can't go on under the one before; give it.

    `was_signed` says whether the log in place was ever signed for; None where that can't be known. It is not settled
    here: the restore may still be cut short, and the log in place is then as it was.
    """
    reason = reason_for_new_origin(prepared) or _reason_of_pending(prepared)
    if reason is None and not prepared.archive.exists and was_signed is not False:
        prepared.archive.create(prepared.settings.ledger_id, is_copy=True)
        reason = OriginReason.ARCHIVE_CAME_BACK
    if reason is None:
        return None
    book = LoggedOrigins(prepared)
    origin = Origins(prepared.archive, book, ledger_id=prepared.settings.ledger_id).begin(reason, at=at)
    book.open(origin)
    return origin


def _reason_of_pending(ledger: Ledger) -> OriginReason | None:
    """Give why an origin was begun that never came on record; None where there is none."""
    origin = ledger.archive.standing().origin if ledger.archive.exists else None
    return origin.reason if origin is not None and origin.position is None else None


def sign_restored(ledger: Ledger, origin: Origin | None, *, destroyed: bool) -> bool:
    """
    Sign a log that came back, if it is under a new origin, or if it is signed and something was destroyed in it again.

    Say whether that was done; what could not be signed now is due.
    """
    if origin is None and not (destroyed and ledger.archive.exists and ledger.archive.origins()):
        return False
    why = CheckpointReason.DESTRUCTION if origin is None else CheckpointReason.ORIGIN
    try:
        ledger.issuer.issue(why, at=ledger.clock.now())
    except LedgerError:
        return False
    return True


def change_signing_key(ledger: Ledger, command: Command, *, is_lost: bool, why: str) -> tuple[KeyChange, bool]:
    """
    Sign with a new key from now on; cut short, the next attempt goes on with the same one.

    Give the change, and whether that had been done before.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises DecisionUnexplained: without a reason
    :raises SigningKeyAbsent: if the key before is not there, and is not said to be lost
    """
    ledger_id = ledger.settings.ledger_id
    succession = KeySuccession(ledger_id=ledger_id, archive=ledger.archive, signer=ledger.signer)
    if ledger.streams.recall(command) is not None:
        succession.complete()
        return succession.last(), True
    why = decide(ledger.desk, command, page="proof.rotate-key", reason=why)
    origin = origins_of(ledger).settled(at=command.at)
    change = succession.prepare(is_lost=is_lost, at=command.at)
    record_key(
        ledger.desk, command, ledger_id=ledger_id, number=origin.number, old=str(change.old or ""),
        new=str(change.new), succession=Succession.SIGNED if change.is_signed_by_old else Succession.UNSIGNED,
        note=str(change.note), why=why,
    )  # fmt: skip
    succession.complete()
    return change, False


def keys_of(ledger: Ledger) -> list[VerifierKey]:
    """Give every key that signs, or signed, under the ledger's own name: receipts, certificates, reports."""
    name = ledger.settings.ledger_id.hex
    known = ledger.archive.verifier_keys(name) if ledger.archive.exists else []
    return list(dict.fromkeys([*known, VerifierKey.parse(ledger.signer.verifier_key(name=name))]))
