"""
Holding what was signed against what the log is now: every checkpoint, every signature, every origin.

Roots come from whoever read the log again; nothing here reads it. A checkpoint of the origin that the log goes on under
must fit. One of an earlier origin must fit as far as the log came back; what it signed beyond is told as lost, which is
why there is a later origin.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from itertools import chain, pairwise, zip_longest
from typing import TYPE_CHECKING

from ledger.digests import Digest
from ledger.errors import IntegrityBroken, LedgerError
from ledger.proof.archive import Origin, ProofArchive, SignedCheckpoint
from ledger.proof.notes import Algorithm, Note, VerifierKey, ledger_of
from ledger.proof.succession import SuccessionForged, named_by_the_key_before

if TYPE_CHECKING:
    from ledger.proof.timestamp import Authority


class ArchiveFlaw(StrEnum):
    """What is wrong with what was signed."""

    CHECKPOINT_FORGED = "checkpoint-forged"
    """No key of the log signed it under its origin."""
    CHECKPOINT_DIFFERS = "checkpoint-differs"
    """The record of that size has another root: it was changed since."""
    CHECKPOINT_BEYOND = "checkpoint-beyond"
    """It is over more records than there are: some were dropped."""
    COSIGNATURE_FORGED = "cosignature-forged"
    """A line claims to be a witness's, and is not."""
    TIMESTAMP_WRONG = "timestamp-wrong"
    """A timestamp is not the authority's, was altered, or is over something else."""
    SUCCESSION_FORGED = "succession-forged"
    """A key of the log is not the one that the key before it named."""
    ORIGIN_NOT_OPENED = "origin-not-opened"
    """The record does not open an origin under which something was signed."""
    ORIGIN_DIFFERS = "origin-differs"
    """The record opens an origin after another checkpoint than the archive says, or one that nobody signed."""
    ORIGIN_FORGOTTEN = "origin-forgotten"
    """The record opens an origin that the archive does not know: what was signed under it is not remembered."""


@dataclass(frozen=True)
class Finding:
    """One flaw, of the checkpoint with this origin and size."""

    origin: str
    size: int
    flaw: ArchiveFlaw


@dataclass(frozen=True)
class ArchiveCheck:
    """What was held against the log: how much, what is wrong, and what came back shorter than it was signed."""

    checkpoints: int
    cosignatures: int
    unchecked_cosignatures: int
    """By witnesses none of whose keys is known here."""
    timestamps: int
    unchecked_timestamps: int
    """Where no authority was chosen here."""
    findings: tuple[Finding, ...]
    lost: tuple[SignedCheckpoint, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def sizes_signed(archive: ProofArchive) -> list[int]:
    """Give every size for which a checkpoint was signed, in order."""
    return sorted({signed.checkpoint.size for signed in archive.all()})


def check_archive(
    archive: ProofArchive,
    *,
    size: int,
    roots: Mapping[int, bytes],
    openings: Mapping[int, str | None],
    since: int = 0,
    keys: Collection[VerifierKey] = (),
    witnesses: Collection[VerifierKey] = (),
    authority: Authority | None = None,
) -> ArchiveCheck:
    """
    Check everything that is signed against the roots of a log of `size` records, worked out from its leaves.

    `openings` are the records that open an origin, by position, with the checkpoint that each names. `keys` are the
    log's own, as whoever checks knows them, and lead to those before and after them by what both signed; without any,
    those count that the archive remembers, which proves less. The records up to `since` were not read, so the origins
    that they open are not looked at. Without an `authority` that was chosen here, timestamps are only counted.

    :raises ArchiveDamaged: if the archive can't be read any more
    """
    archive.check_rows()
    origins, signed = archive.origins(), archive.all()
    reach = _reaches(origins, size)
    trusted, forged = _trusted(archive, keys)
    findings = [*forged, *_check_origins(origins, signed, openings, since)]
    cosignatures, tokens = archive.all_cosignatures(), archive.all_tokens()
    lost = []
    for each in signed:
        origin, at = each.checkpoint.origin, each.checkpoint.size
        note = reduce(Note.with_signature, cosignatures.get((origin, at), []), each.note)
        known = [VerifierKey(origin, Algorithm.ED25519, public) for public in trusted]
        findings += [Finding(origin, at, flaw) for flaw in _check_signatures(each.note, note, known, witnesses)]
        stamps = tokens.get((origin, at), [])
        if authority is not None and not all(_is_stamped(authority, token, note.text) for token in stamps):
            findings.append(Finding(origin, at, ArchiveFlaw.TIMESTAMP_WRONG))
        if at > reach.get(origin, 0):
            lost.append(each)
        elif at > size:
            findings.append(Finding(origin, at, ArchiveFlaw.CHECKPOINT_BEYOND))
        elif roots.get(at) != each.checkpoint.root:
            findings.append(Finding(origin, at, ArchiveFlaw.CHECKPOINT_DIFFERS))
    findings.sort(key=lambda found: found.size)
    lines, stamped = list(chain.from_iterable(cosignatures.values())), sum(map(len, tokens.values()))
    return ArchiveCheck(
        checkpoints=len(signed),
        cosignatures=len(lines),
        unchecked_cosignatures=sum(not any(line.is_by(key) for key in witnesses) for line in lines),
        timestamps=stamped,
        unchecked_timestamps=stamped if authority is None else 0,
        findings=tuple(findings),
        lost=tuple(lost),
    )


def forgotten(openings: Mapping[int, str | None]) -> ArchiveCheck:
    """Give what is found where there is no archive at all, and the record says that something was signed."""
    first = min(openings)
    return ArchiveCheck(0, 0, 0, 0, 0, (Finding("", first, ArchiveFlaw.ORIGIN_FORGOTTEN),), ())


def _trusted(archive: ProofArchive, keys: Collection[VerifierKey]) -> tuple[list[bytes], list[Finding]]:
    """Give the public keys that count, and what is wrong with the notes that lead from one to the other."""
    own, ledger = archive.signing_keys(), archive.standing().ledger_id.hex
    try:
        named, forged = named_by_the_key_before(own, ledger), []
    except SuccessionForged:
        named, forged = [], [Finding(ledger, 0, ArchiveFlaw.SUCCESSION_FORGED)]
    if not keys:
        return [key.public for key in own], forged
    trusted = {key.public for key in keys if ledger_of(key.name) == ledger}
    pairs = [
        {before.public, key.public} for (before, key), is_named in zip(pairwise(own), named, strict=False) if is_named
    ]
    for pair in [*pairs, *reversed(pairs)]:
        trusted |= pair if pair & trusted else set()
    return sorted(trusted), forged


def _reaches(origins: list[Origin], size: int) -> dict[str, int]:
    """Give up to which size each origin must fit: all of it for the last, up to where the next one opened otherwise."""
    reaches = {}
    for origin, following in zip_longest(origins, origins[1:]):
        opened = None if following is None else following.position
        reaches[origin.name] = 2**63 if following is None else (size if opened is None else opened - 1)
    return reaches


def _check_signatures(
    signed: Note, note: Note, known: Collection[VerifierKey], witnesses: Collection[VerifierKey]
) -> Iterator[ArchiveFlaw]:
    try:
        own = [key for key in known if signed.signed_by(key) is not None]
    except IntegrityBroken:
        own = []
    if not own:
        yield ArchiveFlaw.CHECKPOINT_FORGED
    for witness in witnesses:
        assert witness.algorithm is Algorithm.COSIGNATURE, "witnesses sign the time too"
        try:
            note.signed_by(witness)
        except IntegrityBroken:
            yield ArchiveFlaw.COSIGNATURE_FORGED


def _is_stamped(authority: Authority, token: bytes, text: str) -> bool:
    try:
        authority.check(token, text=text)
    except LedgerError:
        return False
    return True


def _check_origins(
    origins: list[Origin], signed: list[SignedCheckpoint], openings: Mapping[int, str | None], since: int
) -> Iterator[Finding]:
    """Every origin but the first is opened by a record that names the checkpoint which the archive says it follows."""
    known = {origin.position for origin in origins}
    unsettled = sum(origin.position is None for origin in origins)
    for position in sorted(openings.keys() - known)[unsettled:]:
        yield Finding("", position, ArchiveFlaw.ORIGIN_FORGOTTEN)
    digests = {str(Digest.of(each.checkpoint.text().encode())) for each in signed}
    for origin, following in zip_longest(origins, origins[1:]):
        opened = None if following is None else following.position
        if origin.position is None or origin.position <= since or (opened is not None and opened <= origin.position):
            continue  # never on record, or lost with the end of the log, which is why another one follows
        if origin.position not in openings:
            yield Finding(origin.name, origin.position, ArchiveFlaw.ORIGIN_NOT_OPENED)
        elif openings[origin.position] != origin.follows or (origin.follows and origin.follows not in digests):
            yield Finding(origin.name, origin.position, ArchiveFlaw.ORIGIN_DIFFERS)
