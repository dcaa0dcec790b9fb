"""`ledger proof verify`: reads everything again, and names the first thing that is not what it was."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.commands._context import Session
from ledger.commands._proof_noun import command
from ledger.commands._stopping import Reached
from ledger.commands._words import option
from ledger.errors import ExitCode, IntegrityBroken, Invalid
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.bootstrap.verifying import Verified
    from ledger.proof.checking import ArchiveCheck
    from ledger.proof.checkpoint import Checkpoint
    from ledger.proof.notes import VerifierKey

_STOPPED = {
    "verify": mark(
        "Stopped: {done} of {of} records were read again. That does not say yet whether they are right; nothing of the "
        "record was changed."
    ),
    "commitments": mark(
        "Stopped: every record was read again, and commitments were recomputed up to record {done} of {of}, which fit; "
        "nothing of the record was changed."
    ),
}
_GO_ON = mark(
    "Give the same command again to begin anew, or with --from and a checkpoint that you kept, so that only what came "
    "after it is read."
)


class RecordBroken(IntegrityBroken):
    """The record is not what was written."""

    sentence = mark("The record is not what was written: first at position {position} ({flaw}).")


class SignedOtherwise(IntegrityBroken):
    """The record is not what was signed."""

    sentence = mark(
        "What was signed does not fit the record: checkpoint over {size} records, origin {origin} ({flaw})."
    )


class TrustedDiffers(IntegrityBroken):
    """The record does not begin with the checkpoint that was trusted."""

    sentence = mark("The record does not begin with the checkpoint that you gave, over {size} records.")


class TrustedOfAnother(IntegrityBroken):
    """The checkpoint that was trusted is of another ledger."""

    sentence = mark("The checkpoint that you gave is of another ledger: it bears the origin {origin}.")
    advice = mark(
        "Check which file you gave. If it is the one that this ledger gave you, another ledger stands in its place: "
        "call the data protection officer and the person who runs it."
    )


class ReadModelsDiffer(IntegrityBroken):
    """The lists are not what the record makes of them."""

    sentence = mark("Lists differ from what the record makes of them: {tables}.")
    advice = mark("Make them again with `ledger projection rebuild`, and find out who changed them.")


class CheckpointFileUnreadable(Invalid):
    """The file of the checkpoint can't be read."""

    sentence = mark("The file of the checkpoint can't be read.")
    advice = mark("Check its path and its permissions.")


class CommitmentDiffers(IntegrityBroken):
    """A header does not commit to the key and the place that it names."""

    sentence = mark("The header at position {position} does not commit to the key and the place of its box.")
    advice = mark(
        "A box was moved, and the record made anew around it. Stop using this ledger and call the data protection "
        "officer and the person who runs it."
    )


class CommitmentKeyLost(IntegrityBroken):
    """Boxes are under keys that nobody knows any more, or that never were."""

    sentence = mark(
        "{count} boxes, the first at position {position}, are under keys that are neither there nor destroyed; the "
        "commitments of all others fit, or can't be recomputed any more."
    )
    advice = mark(
        "Hold this against `ledger loss list`. If these keys are not known to be lost, check that the key store is the "
        "one that belongs here, restore it from its last backup, and call the data protection officer."
    )


@command.verb(
    "verify",
    help=mark(
        "Read every header and every box again, recompute the tree, and compare it with all that was signed.\n\n"
        "Each missing box or header needs a record that accounts for it. It names the first position that is wrong, "
        "with code 7. With --from, a checkpoint that you trust (kept by you, not by the ledger), only what came after "
        "it is read, and all leaves. With --log-key, the log's key as you know it, signatures are held against that "
        "one. The file of the database itself is checked by `ledger doctor`.\n\n"
        "With --commitments, for which the keys must be there, each header is held against the key of its boxes too; "
        "nothing is opened for it. Stopped with Ctrl-C, it says how far it came; the code is then 130."
    ),
    examples=(
        "ledger proof verify",
        "ledger proof verify --read-models",
        "ledger proof verify --from checkpoint.txt",
        "ledger proof verify --commitments",
    ),
)
@option(
    "--from", "trusted", type=click.Path(path_type=Path), metavar=mark("FILE"),
    help=mark("A checkpoint that you trust: go on from there."),
)  # fmt: skip
@option("--log-key", "keys", multiple=True, metavar=mark("KEY"), help=mark("A key of the log, as you know it."))
@option(
    "--witness-key", "witnesses", multiple=True, metavar=mark("KEY"),
    help=mark("A key of a witness whose signatures are checked."),
)  # fmt: skip
@option("--read-models", is_flag=True, help=mark("Compare the lists with a fresh rebuild too."))
@option("--commitments", is_flag=True, help=mark("Recompute with the keys what headers say of their boxes too."))
def verify(
    session: Session, trusted: Path | None, keys: tuple[str, ...], witnesses: tuple[str, ...], read_models: bool,
    commitments: bool,
) -> int:  # fmt: skip
    """Verify the record."""
    from ledger.bootstrap.verifying import verify as verify_all
    from ledger.proof.notes import VerifierKey

    known = [VerifierKey.parse(key) for key in keys]
    start = None if trusted is None else _trusted(session, trusted, known)
    known_witnesses, reached = [_witness_key(key) for key in witnesses], Reached(session)
    try:
        found = verify_all(
            session.ledger, trusted=start, keys=known, witnesses=known_witnesses, read_models=read_models,
            progress=partial(reached, "verify"), recomputing=partial(reached, "commitments") if commitments else None,
        )  # fmt: skip
    except KeyboardInterrupt:
        return reached.stopped(_STOPPED.get(reached.what, _STOPPED["verify"]), _GO_ON)
    _refuse(session, found)
    _tell(session, found, outside=bool(keys) or start is not None)
    return int(ExitCode.OK)


def _witness_key(text: str) -> VerifierKey:
    """
    Read the key of a witness, which signs the time too.

    :raises VerifierKeyMalformed: for anything else, such as the key of a log
    """
    from ledger.proof.notes import Algorithm, VerifierKey, VerifierKeyMalformed

    key = VerifierKey.parse(text)
    if key.algorithm is not Algorithm.COSIGNATURE:
        raise VerifierKeyMalformed
    return key


def _trusted(session: Session, path: Path, known: list[VerifierKey]) -> Checkpoint:
    """
    Read a checkpoint that a known key signed, or where none is given, one that this ledger remembers.

    :raises CheckpointFileUnreadable: if the file can't be read
    :raises TrustedOfAnother: if it is of another ledger
    :raises NoteForged: if none of these keys signed it
    """
    from ledger.limits import NOTE_BYTES
    from ledger.proof.checkpoint import Checkpoint
    from ledger.proof.notes import Note, NoteForged, keys_under, ledger_of

    try:
        with path.open("rb") as file:
            note = Note.parse(file.read(NOTE_BYTES + 1))
    except OSError as fault:
        raise CheckpointFileUnreadable from fault
    checkpoint = Checkpoint.parse(note.text)
    archive, origin = session.ledger.archive, checkpoint.origin
    if ledger_of(origin) != session.ledger.settings.ledger_id.hex:
        raise TrustedOfAnother(origin=origin)
    keys = keys_under(origin, known)
    if not known and archive.exists:
        keys = archive.verifier_keys(origin)
    if all(note.signed_by(key) is None for key in keys):
        raise NoteForged
    return checkpoint


def _refuse(session: Session, found: Verified) -> None:
    """
    End with the first thing that is wrong.

    :raises RecordBroken: in the log
    :raises TrustedDiffers: before the checkpoint that was trusted
    :raises SuccessionForged: in how one signing key names the next
    :raises SignedOtherwise: in what was signed
    :raises CommitmentDiffers: in what a header commits to
    :raises CommitmentKeyLost: where a key is neither there nor destroyed
    :raises ReadModelsDiffer: in the read models
    """
    from ledger.commands._labels import label
    from ledger.proof.checking import ArchiveFlaw
    from ledger.proof.succession import SuccessionForged

    if found.log.first is not None:
        raise RecordBroken(position=found.log.first.position, flaw=label(found.log.first.flaw))
    if found.trusted is False:
        raise TrustedDiffers(size=found.log.since)
    if found.archive is not None and not found.archive.whole:
        first = found.archive.findings[0]
        if first.flaw is ArchiveFlaw.SUCCESSION_FORGED:
            raise SuccessionForged
        raise SignedOtherwise(size=first.size, origin=first.origin, flaw=label(first.flaw))
    committed = found.commitments
    if committed is not None and committed.differs is not None:
        raise CommitmentDiffers(position=committed.differs)
    if committed is not None and committed.lost:
        raise CommitmentKeyLost(count=committed.lost, position=committed.first_lost)
    if found.differing:
        raise ReadModelsDiffer(tables=", ".join(found.differing))


def _tell(session: Session, found: Verified, *, outside: bool) -> None:
    output, archive = session.output, found.archive
    signed = 0 if archive is None else archive.checkpoints
    lost = 0 if archive is None else len(archive.lost)
    if output.for_people and not outside:
        output.say(
            mark(
                "The keys of the log were taken from the ledger itself: to hold it against somebody else's knowledge, "
                "give --log-key, or --from with a checkpoint that you kept."
            )
        )
    if output.for_people and found.log.since:
        output.say(
            mark(
                "The record goes on from the checkpoint that you gave, over {since} records; headers and boxes were "
                "read again after it only."
            ),
            since=found.log.since,
        )
    if output.for_people and lost:
        output.say(mark("{count} checkpoints are over records that a restore lost."), count=lost)
    _tell_unchecked(session, archive)
    committed = found.commitments
    if output.for_people and committed is not None:
        output.say(mark("{count} commitments were recomputed with their keys, and fit."), count=committed.recomputed)
    if output.for_people and committed is not None and committed.destroyed:
        output.say(mark("{count} can't be recomputed any more: their keys are destroyed."), count=committed.destroyed)
    if output.for_people and found.differing is not None:
        output.say(mark("The lists are what the record makes of them."))
    output.done(
        mark("{size} records were read again, and {signed} checkpoints fit them; root {root}."),
        size=found.log.size,
        since=found.log.since,
        root=found.log.root.hex(),
        signed=signed,
        cosignatures=0 if archive is None else archive.cosignatures,
        cosignatures_unchecked=0 if archive is None else archive.unchecked_cosignatures,
        timestamps=0 if archive is None else archive.timestamps,
        timestamps_unchecked=0 if archive is None else archive.unchecked_timestamps,
        lost=lost,
        read_models=None if found.differing is None else not found.differing,
        commitments=None if committed is None else committed.recomputed,
        commitments_destroyed=None if committed is None else committed.destroyed,
    )


def _tell_unchecked(session: Session, archive: ArchiveCheck | None) -> None:
    """Say what others signed that was counted only, since nothing here says who they are."""
    if archive is None or not session.output.for_people:
        return
    if archive.unchecked_cosignatures:
        session.output.say(
            mark(
                "{count} signatures of witnesses were not checked: none of the keys that are known here is theirs. "
                "Name these witnesses in the policy, or give their keys with --witness-key."
            ),
            count=archive.unchecked_cosignatures,
        )
    if archive.unchecked_timestamps:
        session.output.say(
            mark("{count} timestamps were not checked: say whose they are with `ledger proof timestamp authority`."),
            count=archive.unchecked_timestamps,
        )
