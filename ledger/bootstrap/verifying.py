"""Joins the check of the log, of what was signed, and of the read models, for `ledger proof verify`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import TYPE_CHECKING

from ledger.bootstrap.committing import Progress, must_have_keys, recompute_commitments
from ledger.bootstrap.timestamping import authority_of
from ledger.bootstrap.witnessing import policy_of
from ledger.errors import IntegrityBroken
from ledger.proof.checking import ArchiveCheck, check_archive, forgotten, sizes_signed
from ledger.store.verification import check_log
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger
    from ledger.proof.checkpoint import Checkpoint
    from ledger.proof.notes import VerifierKey
    from ledger.sealing.committing import CommitmentCheck
    from ledger.store.flaws import LogCheck


class CheckpointNotReached(IntegrityBroken):
    """A trusted checkpoint is over more records than there are."""

    sentence = mark("The checkpoint to start from is over {size} records, and there are {there}.")
    advice = mark("Records were dropped, or the checkpoint is another ledger's: verify without --from.")


@dataclass(frozen=True)
class Verified:
    """What was found: in the log, in what was signed, and in the read models."""

    log: LogCheck
    archive: ArchiveCheck | None
    """None where nothing was ever signed."""
    trusted: bool | None
    """Whether the checkpoint from which one started fits; None where one started from the beginning."""
    differing: tuple[str, ...] | None
    """The tables of read models that are not what a rebuild makes; None where they were not compared."""
    commitments: CommitmentCheck | None = None
    """What was recomputed with the keys; None where that was not asked for, or the log itself is not whole."""

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong anywhere."""
        archive = self.archive is None or self.archive.whole
        committed = self.commitments is None or self.commitments.whole
        return self.log.whole and archive and committed and self.trusted is not False and not self.differing


def verify(
    ledger: Ledger,
    *,
    trusted: Checkpoint | None,
    keys: Collection[VerifierKey],
    witnesses: Collection[VerifierKey],
    read_models: bool,
    progress: Progress,
    recomputing: Progress | None = None,
) -> Verified:
    """
    Read everything again; from a trusted checkpoint on only what came after it, and all leaves.

    `progress` is told how far it has come. With `recomputing`, which is told the same of it, what the headers commit to
    is recomputed with the keys, once the headers are known to be those that were hashed.

    :raises CheckpointNotReached: if the trusted checkpoint is over more records than there are
    :raises CommitmentsNeedKeys: if commitments are to be recomputed, and the keys are out of reach
    :raises ArchiveDamaged: if what was signed can't be read any more
    :raises ForeignArchive: if it is another ledger's
    """
    if recomputing is not None:
        must_have_keys(ledger)
    size = ledger.log.size()
    if trusted is not None and trusted.size > size:
        raise CheckpointNotReached(size=trusted.size, there=size)
    if ledger.archive.exists:
        ledger.archive.check_owner(ledger.settings.ledger_id)
    progress(0, size)
    signed = sizes_signed(ledger.archive) if ledger.archive.exists else []
    since = 0 if trusted is None else trusted.size
    log = check_log(
        ledger.database, roots_at=[*signed, since] if since else signed, since=since, with_file=False,
        progress=progress,
    )  # fmt: skip
    archive, policy = None, policy_of(ledger)
    if policy is not None:
        witnesses = [*witnesses, *policy.witnesses.values()]
    if ledger.archive.exists:
        archive = check_archive(
            ledger.archive, size=log.size, roots=log.roots, openings=log.openings, since=since, keys=keys,
            witnesses=witnesses, authority=authority_of(ledger) if ledger.locations.authority_file.exists() else None,
        )  # fmt: skip
    elif log.openings:
        archive = forgotten(log.openings)
    return Verified(
        log=log,
        archive=archive,
        trusted=None if trusted is None else since == 0 or log.roots.get(since) == trusted.root,
        differing=tuple(_differing(ledger)) if read_models else None,
        commitments=(
            recompute_commitments(ledger, since=since, upto=log.size, progress=recomputing)
            if recomputing is not None and log.whole
            else None
        ),
    )


def _differing(ledger: Ledger) -> list[str]:
    """Make the read models again in a file that is thrown away, and compare."""
    from ledger.bootstrap.projecting import LogEntries, open_views
    from ledger.projections.comparing import differing
    from ledger.projections.retrying import Patience
    from ledger.projections.runner import Runner

    size = ledger.log.size()
    ledger.runner.catch_up(until=size)
    with TemporaryDirectory(prefix="rebuild-", dir=ledger.locations.home) as folder:
        fresh = open_views(f"sqlite:///{Path(folder) / 'views.sqlite3'}", schema="unused")
        try:
            runner = Runner(fresh, LogEntries(ledger.log), now=ledger.clock.now, patience=Patience(pause=sleep))
            runner.catch_up(until=size)
            return differing(ledger.views, fresh)
        finally:
            fresh.close()
