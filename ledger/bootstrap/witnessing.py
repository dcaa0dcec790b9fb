"""Joins what witnesses are asked, and what they answer, to the log and to the archive of what was signed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ledger.bootstrap.packing import policy_text_of
from ledger.digests import Digest
from ledger.errors import IntegrityBroken, Misconfigured, NotFound, Unavailable
from ledger.owned_files import replace_durably
from ledger.proof.archive import Origin, SignedCheckpoint
from ledger.proof.cosigning import CosignatureRequest, Opening, WitnessAnswer
from ledger.proof.following import OtherSizeHeld
from ledger.proof.issuing import HeadContradictsTree
from ledger.proof.nodes import KeptNodes
from ledger.proof.notes import Note, NoteForged, NoteSignature, VerifierKey, cosigned_at
from ledger.proof.policy import Policy
from ledger.proof.tree import Nodes, consistency_proof, inclusion_proof, root_of
from ledger.translation import mark
from ledger.usecases.keys.turning import judge

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.bootstrap import Ledger
    from ledger.usecases.ports import Command


class NothingSigned(NotFound):
    """The ledger never signed a checkpoint."""

    sentence = mark("This ledger has signed no checkpoint yet.")
    advice = mark("Sign one: `ledger proof checkpoint`.")


class SizeNotInLog(NotFound):
    """The witness holds more than what is to be cosigned."""

    sentence = mark("The last checkpoint is over {size} records: there is no proof from {since} on.")
    advice = mark("Sign a new one with `ledger proof checkpoint`, then ask again.")


class NoWitnessKnown(Misconfigured):
    """Nothing says which witnesses are trusted."""

    sentence = mark("No witness is known: an answer can't be checked.")
    advice = mark(
        "Give its key with --witness-key, or name the witnesses in a policy: `ledger proof policy --keep FILE`."
    )


class CosignatureFitsNothing(IntegrityBroken):
    """No checkpoint of this ledger is what a witness signed."""

    sentence = mark("This signature fits no checkpoint of this ledger and no witness that is known.")
    advice = mark(
        "Nothing was kept. It was altered on its way, is for another ledger, or its witness is not the one whose key "
        "you have."
    )


class PolicyUnwritable(Unavailable):
    """The policy can't be kept just now."""

    sentence = mark("The policy can't be written into the folder of the ledger.")
    advice = mark("Check that its disk is there and has room, then try again.")


class Attached(NamedTuple):
    """A signature of a witness that was kept, and with which checkpoint."""

    origin: str
    size: int
    witness: str
    at: datetime


def policy_of(ledger: Ledger) -> Policy | None:
    """
    Give the policy on witnesses that is kept with the ledger; None where there is none.

    :raises PolicyMalformed: if it is not written as it must be
    """
    text = policy_text_of(ledger)
    return None if text is None else Policy.parse(text)


def keep_policy(ledger: Ledger, command: Command, text: str) -> Policy:
    """
    Keep a policy with the ledger, in the place of the one before.

    :raises PolicyMalformed: if it is not written as it must be; nothing changes then
    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    """
    policy = Policy.parse(text)
    judge(ledger.desk, command, page="proof.policy")
    try:
        replace_durably(ledger.locations.policy_file, text.encode())
    except OSError as fault:
        raise PolicyUnwritable from fault
    return policy


def request_cosignature(ledger: Ledger, *, since: int | None, witness: str | None) -> CosignatureRequest:
    """
    Ask a witness to sign the last checkpoint, with the proof that it goes on from what the witness holds.

    That is the checkpoint over `since` records; by default, the last that this witness (by the name in its key), or
    any, signed as far as is known here.

    :raises NothingSigned: if there is no checkpoint
    :raises SizeNotInLog: if it is over fewer records than `since`
    """
    archive = ledger.archive
    signed = archive.latest() if archive.exists else None
    if signed is None:
        raise NothingSigned
    before = _last_cosigned(ledger, witness) if since is None else _known(archive.all(), since)
    old = since if since is not None else (before.checkpoint.size if before else 0)
    if old > signed.checkpoint.size and (before is None or before.checkpoint.origin == signed.checkpoint.origin):
        raise SizeNotInLog(size=signed.checkpoint.size, since=old)
    with ledger.tree.held() as state:
        nodes, size = KeptNodes(state), signed.checkpoint.size
        if state.head.size < size or root_of(nodes, size) != signed.checkpoint.root:
            raise HeadContradictsTree
        if old > size or (before is not None and root_of(nodes, old) != before.checkpoint.root):
            old = 0  # what the witness holds did not come back: a new origin says so
        opening, followed = _opening(ledger, nodes, signed)
        return CosignatureRequest(old, tuple(consistency_proof(nodes, old, size)), signed.note, opening, followed)


def _last_cosigned(ledger: Ledger, witness: str | None) -> SignedCheckpoint | None:
    for signed in reversed(ledger.archive.all()):
        found = signed.checkpoint
        own = {(line.name, line.key_id) for line in signed.note.signatures}
        lines = ledger.archive.note(found.origin, found.size).signatures
        others = {line.name for line in lines if (line.name, line.key_id) not in own}
        if others and (witness is None or witness in others):
            return signed
    return None


def _known(signed: Sequence[SignedCheckpoint], size: int) -> SignedCheckpoint | None:
    return next((each for each in reversed(signed) if each.checkpoint.size == size), None)


def _opening(ledger: Ledger, nodes: Nodes, signed: SignedCheckpoint) -> tuple[Opening | None, Note | None]:
    """Give the record that opens an origin other than the first, and the checkpoint that it goes on from."""
    origins = ledger.archive.origins()
    origin = next(each for each in origins if each.name == signed.checkpoint.origin)
    if origin == origins[0] and origin.follows is None and len(origins) == 1:
        return None, None
    assert origin.position is not None, "it was signed under"
    [logged] = ledger.log.at([origin.position])
    index = origin.position - 1
    proof = tuple(inclusion_proof(nodes, index, signed.checkpoint.size))
    return Opening(index, logged.content, proof), _followed(ledger, origin)


def _followed(ledger: Ledger, origin: Origin) -> Note | None:
    return next(
        (each.note for each in ledger.archive.all() if Digest.of(each.note.text.encode()) == origin.follows), None
    )


def attach_cosignatures(ledger: Ledger, answer: WitnessAnswer, keys: Iterable[VerifierKey]) -> list[Attached]:
    """
    Keep the signatures of an answer with the checkpoints that they are over, each checked; all of them, or none.

    `keys` are witnesses that are trusted besides those of the policy.

    :raises OtherSizeHeld: if the witness answered that it holds a checkpoint of another size
    :raises NoWitnessKnown: if neither `keys` nor a policy name a witness
    :raises CosignatureFitsNothing: if a signature is not a known witness's over a checkpoint of this ledger
    """
    policy = policy_of(ledger)
    witnesses = {*keys, *(policy.witnesses.values() if policy else ())}
    signed = ledger.archive.all() if ledger.archive.exists else []
    if answer.size is not None:
        raise OtherSizeHeld(size=answer.size)
    if not witnesses:
        raise NoWitnessKnown
    found = [(_fitting(signed, witnesses, line), line) for line in answer.signatures]
    for each, line in found:
        ledger.archive.attach_cosignature(each.checkpoint.origin, each.checkpoint.size, line)
    return [
        Attached(each.checkpoint.origin, each.checkpoint.size, line.name, cosigned_at(line)) for each, line in found
    ]


def _fitting(
    signed: Sequence[SignedCheckpoint], witnesses: Iterable[VerifierKey], line: NoteSignature
) -> SignedCheckpoint:
    """Give the checkpoint that a witness signed, the newest first; an answer does not say which."""
    by = [key for key in witnesses if line.is_by(key)]
    for each in reversed(signed) if by else ():
        try:
            if each.note.with_signature(line).signed_by(by[0]) is not None:
                return each
        except NoteForged:
            continue
    raise CosignatureFitsNothing
