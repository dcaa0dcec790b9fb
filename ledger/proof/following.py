"""
What a witness decides: whether a checkpoint goes on from the one that it holds of the same log.

It holds one checkpoint of each log, the last that it signed. Pure: nothing here reads, writes or signs. Invariants:

1. Under one origin, what is accepted is the tree that is held, grown, which a proof of consistency shows.
2. A later origin is accepted only where its tree contains the record that opens it. Where a proof shows that the tree
   that is held is the beginning of the new one, nothing is lost. Otherwise records may be gone, and a person must
   accept that, knowing whether the record commits to the checkpoint that is held, or to a later one that was signed.
3. An earlier origin, and less than is held, is never accepted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from ledger.aggregates.origin import OriginOpened, origin_stream
from ledger.digests import Digest
from ledger.errors import Conflict, IntegrityBroken, Refused
from ledger.merkle import EMPTY_ROOT, leaf_hash
from ledger.proof.checkpoint import Checkpoint, CheckpointMalformed
from ledger.proof.cosigning import CosignatureRequest, Opening, RequestMalformed
from ledger.proof.notes import Note, NoteForged, VerifierKey
from ledger.proof.tree import ProofWrong, check_consistency, check_inclusion
from ledger.translation import mark


class Continuity(StrEnum):
    """How a checkpoint goes on from the one that is held."""

    FIRST = "first"
    """None is held: it is taken as it is."""
    SAME = "same"
    """It is the one that is held."""
    GROWN = "grown"
    """The tree that is held is the beginning of its tree."""
    NEW_ORIGIN = "new-origin"
    """The same, under a later origin that commits to what went before."""
    RECORDS_LOST = "records-lost"
    """A later origin, where records that were signed for may be gone: a person accepted it."""


class OtherSizeHeld(Conflict):
    """The proof of a request begins at another size than the one that the witness holds."""

    sentence = mark("The witness holds a checkpoint over {size} records, and the request begins at another size.")
    advice = mark(
        "The answer says so: give it back to the ledger, which makes another request with "
        "`ledger proof request-cosignature --since {size}`."
    )


class LogContradictsItself(IntegrityBroken):
    """A log signed two things that do not go together. `evidence` is the file in which both are kept."""

    sentence = mark("The log has signed two histories.")
    advice = mark(
        "Nothing was signed. Keep {evidence} and show it to the controller, to the data protection officer and to the "
        "other witnesses."
    )


class LogForked(LogContradictsItself):
    """Two roots for one size: the signatures alone prove it."""

    sentence = mark("The log has signed two different histories over {size} records.")


class GrowthNotShown(LogContradictsItself):
    """The proof does not lead from what is held to the new tree."""

    sentence = mark(
        "It is not shown that the {held} records that this witness signed for are the beginning of the {size} that the "
        "log signed now: the history was changed, or the proof was."
    )


class LogWentBack(LogContradictsItself):
    """Less than is held, or an earlier origin."""

    sentence = mark(
        "The checkpoint is over {size} records under {origin}, and this witness has signed for {held} under "
        "{held_origin}: this is an old file, or the log was put back to an earlier state."
    )
    advice = mark(
        "Nothing was signed. Ask the ledger for its newest request; if it has none, the log went back: keep {evidence} "
        "and show it to the controller and to the data protection officer."
    )


class OpeningNotShown(LogContradictsItself):
    """A new origin without the record that opens it."""

    sentence = mark(
        "The log signs under another origin than before, and does not show the record that opens it and says why."
    )
    advice = mark(
        "Nothing was signed. Ask the ledger for a request with `ledger proof request-cosignature`; {evidence} keeps "
        "what was asked."
    )


class OriginForgets(Refused):
    """A new origin goes on from less than what the witness holds: the log does not know any more what it signed."""

    sentence = mark(
        "The new origin of the log does not go on from the checkpoint over {held} records that this witness signed "
        "for: the log has lost the memory of it."
    )
    advice = mark(
        "Nothing was signed. Ask the controller what happened; {evidence} keeps what was asked. If records were lost "
        "in an accident that they answer for, accept it with --accept-loss."
    )


class RecordsMayBeLost(Refused):
    """A new origin commits to what went before, but nothing shows that it is all there."""

    sentence = mark(
        "The log came back under a new origin, and it is not shown that the {held} records that this witness signed "
        "for are still its beginning."
    )
    advice = mark(
        "Nothing was signed. Ask the controller what happened; {evidence} keeps what was asked. If records were lost "
        "in an accident that they answer for, accept it with --accept-loss."
    )


def judge(
    held: Checkpoint | None, request: CosignatureRequest, keys: Sequence[VerifierKey], *, accepts_loss: bool = False
) -> Continuity:
    """
    Say how the checkpoint of a request, whose signature was checked, goes on from the one that is held.

    `keys` are the log's, by which the checkpoint that a new origin goes on from is checked.

    :raises OtherSizeHeld: if the proof begins at another size
    :raises LogContradictsItself: if it does not go on from it
    :raises OriginForgets: if a new origin goes on from less, which nobody accepted
    :raises RecordsMayBeLost: if records may be gone under a new origin, which nobody accepted
    """
    new = request.checkpoint
    if held is None:
        return _judge_first(request, new)
    if held == new:
        return Continuity.SAME
    if _place(new) < _place(held):
        raise LogWentBack(size=new.size, origin=new.origin, held=held.size, held_origin=held.origin, evidence="")
    if new.origin != held.origin:
        return _judge_origin(held, request, new, keys, accepts_loss=accepts_loss)
    if new.size == held.size:
        raise LogForked(size=new.size, evidence="")
    _check_begins_at(held.size, request)
    _check_growth(held, request, new)
    return Continuity.GROWN


def _judge_first(request: CosignatureRequest, new: Checkpoint) -> Continuity:
    _check_begins_at(0, request)
    if request.proof or (new.size == 0) != (new.root == EMPTY_ROOT):
        raise RequestMalformed
    return Continuity.FIRST


def _judge_origin(
    held: Checkpoint, request: CosignatureRequest, new: Checkpoint, keys: Sequence[VerifierKey], *, accepts_loss: bool
) -> Continuity:
    follows = _commitment(request.opening, new)
    goes_on = _goes_on(held, request.followed, follows, keys)
    if request.old != 0:
        _check_begins_at(held.size, request)
        _check_growth(held, request, new)
        return Continuity.NEW_ORIGIN
    if not accepts_loss:
        raise (RecordsMayBeLost if goes_on else OriginForgets)(held=held.size, evidence="")
    return Continuity.RECORDS_LOST


def _commitment(opening: Opening | None, new: Checkpoint) -> str | None:
    """Give the digest of the checkpoint that the record which opens the origin goes on from; None where it has none."""
    if opening is None:
        raise OpeningNotShown(evidence="")
    ledger, _, number = new.origin.partition("/e")
    try:
        check_inclusion(
            leaf_hash(opening.entry), index=opening.index, size=new.size, proof=opening.proof, root=new.root
        )
        header = json.loads(opening.entry)
        is_right = (header["topic"], header["ledger"], header["stream"]) == (
            OriginOpened.TOPIC, ledger, origin_stream(UUID(ledger), int(number)).hex,
        )  # fmt: skip
        follows = header.get("follows")
    except (ProofWrong, ValueError, KeyError, TypeError, RecursionError) as fault:
        raise OpeningNotShown(evidence="") from fault
    if not is_right or not (follows is None or isinstance(follows, str)):
        raise OpeningNotShown(evidence="")
    return follows


def _goes_on(held: Checkpoint, followed: Note | None, follows: str | None, keys: Sequence[VerifierKey]) -> bool:
    """Say whether the commitment is to the checkpoint that is held, or to a later one that the log signed."""
    if follows == Digest.of(held.text().encode()):
        return True
    if followed is None or follows != Digest.of(followed.text.encode()):
        return False
    try:
        later = Checkpoint.parse(followed.text)
        is_signed = is_signed_by_log(followed, later.origin, keys)
    except (CheckpointMalformed, NoteForged, ValueError):
        return False
    if is_signed and _place(later) == _place(held):
        raise LogForked(size=later.size, evidence="")
    return is_signed and _place(later) > _place(held)


def is_signed_by_log(note: Note, origin: str, keys: Sequence[VerifierKey]) -> bool:
    """
    Say whether any key of a log signed a note under an origin.

    :raises NoteForged: if a signature claims to be of one and is not
    """
    return any(note.signed_by(VerifierKey(origin, key.algorithm, key.public)) is not None for key in keys)


def _check_begins_at(size: int, request: CosignatureRequest) -> None:
    if request.old != size:
        raise OtherSizeHeld(size=size)


def _check_growth(held: Checkpoint, request: CosignatureRequest, new: Checkpoint) -> None:
    try:
        check_consistency(old=held.size, old_root=held.root, new=new.size, new_root=new.root, proof=request.proof)
    except ProofWrong as fault:
        raise GrowthNotShown(held=held.size, size=new.size, evidence="") from fault


def _place(checkpoint: Checkpoint) -> tuple[int, int]:
    """Give where a checkpoint stands in the order of all of its log: the number of its origin, and its size."""
    return int(checkpoint.origin.rpartition("/e")[2]), checkpoint.size
