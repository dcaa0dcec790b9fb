"""Joins what makes receipts and packs of proof to the log, to the archive of what was signed, and to the keys."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from ledger.errors import DataErased, Misconfigured, NotFound, Unavailable
from ledger.proof.archive import CheckpointReason
from ledger.proof.nodes import KeptNodes
from ledger.proof.notes import ledger_of
from ledger.proof.pack import Packed, PackEvidence, Selection, make_pack
from ledger.proof.pack_folder import check_place
from ledger.proof.receipt import Receipt, ReceiptProvesNothing
from ledger.store.exporting import ExportedState, LogExport
from ledger.store.header import Header, HeaderMalformed, decode, parse
from ledger.translation import mark
from ledger.usecases.keys.turning import another
from ledger.usecases.proof.packing import certificates_for_pack

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger
    from ledger.proof.notes import Note, VerifierKey
    from ledger.usecases.ports import Command

ALWAYS_SHOWN = ("origin.", "destruction.completed.", "headers.pruned.", "certificate.")
"""The beginnings of the topics that every pack shows: they account for what is missing, and tell of nobody."""
_MOVES_ON = ("headers.pruned.", "certificate.")
_TRIES = 5


class PositionUnknown(NotFound):
    """The log has no such position."""

    sentence = mark("The record has no position {position}: it goes from 1 to {size}.")
    advice = mark("`ledger audit trail` shows the positions of what was done.")


class RecordPruned(DataErased):
    """What stood at the position was pruned when its term was over."""

    sentence = mark("What stood at position {position} was taken out when its term was over; only its hash is left.")
    advice = mark("A receipt that was given before stays valid; none can be made now.")


class LogMovedOn(Unavailable):
    """Records were pruned, or certificates issued, each time that a pack was begun."""

    sentence = mark("A run of retention is going on: the pack would not be whole.")
    advice = mark("Make the pack again when the run is over.")


class PolicyUnread(Misconfigured):
    """The policy on witnesses is there, and can't be read."""

    sentence = mark("The policy on witnesses, policy.txt, can't be read.")
    advice = mark("Mend its rights, or put a text in its place: `ledger proof policy FILE --keep`.")


@dataclass(frozen=True)
class Wanted:
    """Which records a pack is to show; None for all."""

    since: datetime | None = None
    until: datetime | None = None
    house: UUID | None = None


def receipt_at(ledger: Ledger, position: int, *, at: datetime) -> tuple[Receipt, Header]:
    """
    Prove that a record is in the log, by the last checkpoint that a witness signed, else by the last one.

    Where none has the record yet, one is signed.

    :raises PositionUnknown: if there is no such record
    :raises RecordPruned: if it was pruned
    :raises ReceiptProvesNothing: if the log is not the one that was signed
    """
    note = _covering(ledger, position) or ledger.issuer.issue(CheckpointReason.DEMAND, at=at).note
    with LogExport(ledger.database).held() as state:
        entry = state.headers(position - 1, position).get(position)
        if entry is None:
            raise RecordPruned(position=position)
        receipt = Receipt.made(KeptNodes(state), note, position=position, entry=entry)
    receipt.check(ledger.archive.verifier_keys())
    return receipt, decode(entry)


def _covering(ledger: Ledger, position: int) -> Note | None:
    """Give the checkpoint of the present origin that proves most of a position."""
    size = ledger.log.size()
    if not 1 <= position <= size:
        raise PositionUnknown(position=position, size=size)
    archive = ledger.archive
    origin = archive.standing().origin if archive.exists else None
    if origin is None:
        return None
    sizes = [each.checkpoint.size for each in archive.all(origin.name) if each.checkpoint.size >= position]
    notes = [archive.note(origin.name, size) for size in sizes]
    witnessed = [note for note in notes if len(note.signatures) > 1]
    return next(reversed(witnessed or notes), None)


def check_receipt(receipt: Receipt, keys: Collection[VerifierKey]) -> VerifierKey:
    """
    Check that what a receipt holds is a record of the ledger, and in the log of one of these keys, which is given back.

    Raises what `Receipt.check` raises. The tree proves any bytes that were signed: that they are a record is looked at
    here, as `verify.py` does.
    """
    key = receipt.check(keys)
    try:
        header = parse(receipt.entry)
    except HeaderMalformed as fault:
        raise ReceiptProvesNothing from fault
    if header.ledger.hex != ledger_of(receipt.checkpoint.origin):
        raise ReceiptProvesNothing
    return key


def pack_of(
    ledger: Ledger, command: Command, place: Path, *, wanted: Wanted, progress: Callable[[int, int], None]
) -> Packed:
    """
    Sign a checkpoint, and make a pack for it.

    The certificates are read first and the log last; where one was issued between, or records were pruned, it is begun
    again: the pack would lack what accounts for something.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither decides nor audits
    :raises LogContradictsCheckpoint: if the log is not the one that was signed
    :raises PolicyUnread: if the policy on witnesses can't be read
    :raises LogMovedOn: if a run of retention is going on all the time
    :raises PackThere: if the folder is there; nothing is signed or put on record then
    :raises PackBeingMade: if another process is making it
    :raises PackUnwritten: if it can't be written
    """
    check_place(place)
    for _ in range(_TRIES):
        before = ledger.log.size()
        certificates = certificates_for_pack(ledger.desk, another(command))
        signed = ledger.issuer.issue(CheckpointReason.DEMAND, at=command.at)
        with LogExport(ledger.database).held() as state:
            if _has_moved_on(state, before):
                continue
            evidence = PackEvidence(ledger.settings.ledger_id, command.at, certificates, policy_text_of(ledger))
            return make_pack(
                place, signed, state, ledger.archive, ledger.signer, evidence=evidence, progress=progress,
                selection=_selection(state, wanted, signed.checkpoint.size),
            )  # fmt: skip
    raise LogMovedOn


def policy_text_of(ledger: Ledger) -> str | None:
    """
    Give the ledger's own policy on witnesses, as it stands in its folder; None where there is none.

    :raises PolicyUnread: if it can't be read
    """
    try:
        return ledger.locations.policy_file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise PolicyUnread from None


def _has_moved_on(state: ExportedState, before: int) -> bool:
    return any(decode(each).topic.startswith(_MOVES_ON) for each in state.headers(before, state.size).values())


def _selection(state: ExportedState, wanted: Wanted, size: int) -> Selection:
    first, last = 1, size
    if wanted.since is not None and wanted.until is not None:
        first, last = state.span(wanted.since, wanted.until)
        last = min(last, size)
    if wanted.house is None:
        return Selection(first, last, always=_accounts_for_others)
    return Selection(
        first, last, wanted.house, always=_accounts_for_others, of_house=lambda each: decode(each).house == wanted.house
    )


def _accounts_for_others(header: bytes) -> bool:
    return decode(header).topic.startswith(ALWAYS_SHOWN)
