"""
A witness as Hypothesis drives it: logs grow, go back, fork and open new origins, files come twice, processes die.

Invariants, against a model that keeps every checkpoint that the witness gave a signature of:

1. no two of one origin are inconsistent: the one is the beginning of the other;
2. what was signed is held, or something later; a process that dies after it was held gives the same again;
3. the times of the signatures never go back.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import ledger.proof.witness as module
from ledger.errors import LedgerError
from ledger.owned_files import replace_durably
from ledger.proof.cosigning import CosignatureRequest
from ledger.proof.following import Continuity, OriginForgets, RecordsMayBeLost
from ledger.proof.notes import cosigned_at
from ledger.proof.witness import Cosigned, Witness
from tests.unit.proof.logs import MadeLog

NOW = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)


class Died(BaseException):
    """A process that was killed."""


class WitnessMachine(RuleBasedStateMachine):
    """The model: the histories that the log could show, and what the witness signed."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="witness-"))
        self.witness = Witness(self.folder)
        self.witness.create("witness.example")
        self.log = MadeLog().grow(1)
        self.witness.trust(self.log.key())
        self.histories = [self.log]
        self.at = NOW
        self.signed: dict[tuple[str, int], list[bytes]] = {}
        self.last: Cosigned | None = None
        self.files: list[tuple[MadeLog, bytes]] = []

    def held(self) -> int:
        found = self.witness.followed()[0].checkpoint
        return 0 if found is None else found.size

    @rule(count=st.integers(1, 5))
    def grow(self, count: int) -> None:
        self.log.grow(count)

    @rule(common=st.integers(0), count=st.integers(0, 6))
    def fork(self, common: int, count: int) -> None:
        """Have another history, as the log put back, altered, or shown to somebody else."""
        self.histories.append(self.log.fork(common % (len(self.log.entries) + 1), count))
        self.log = self.histories[-1]

    @rule(which=st.integers(0))
    def show_another(self, which: int) -> None:
        self.log = self.histories[which % len(self.histories)]

    @rule(commits=st.booleans())
    def open_origin(self, commits: bool) -> None:
        number = max(each.number for each in self.histories) + 1
        held = self.witness.followed()[0].held
        self.log.open_origin(held if commits else self.log.checkpoint(), number=number)

    def _done(self, log: MadeLog, done: Cosigned) -> None:
        checkpoint = done.checkpoint
        leaves = self.signed.setdefault((checkpoint.origin, checkpoint.size), log.entries[: checkpoint.size])
        assert leaves == log.entries[: checkpoint.size], "two histories of one size"
        assert self.last is None or cosigned_at(done.signature) >= cosigned_at(self.last.signature)
        self.last = done

    @rule(forward=st.booleans(), accepts=st.booleans())
    def ask(self, forward: bool, accepts: bool) -> None:
        """Ask for a signature as an honest program does; `forward` moves the clock."""
        self.at += timedelta(minutes=forward)
        request = self.log.request(self.held() if self.held() <= len(self.log.entries) else 0)
        snapshot = MadeLog(self.log.ledger, list(self.log.entries), self.log.number, self.log.private)
        self.files.append((snapshot, str(request).encode()))
        self._give(snapshot, str(request).encode(), accepts=accepts)

    @rule(which=st.integers(0), accepts=st.booleans())
    def give_an_old_file(self, which: int, accepts: bool) -> None:
        if self.files:
            self._give(*self.files[which % len(self.files)], accepts=accepts)

    def _give(self, log: MadeLog, content: bytes, *, accepts: bool) -> None:
        before = self.witness.followed()[0].held
        try:
            done = self.witness.cosign(CosignatureRequest.parse(content), at=self.at, accepts_loss=accepts)
        except (OriginForgets, RecordsMayBeLost):
            assert not accepts
            assert self.witness.followed()[0].held == before
            return
        except LedgerError:
            assert self.witness.followed()[0].held == before, "what is refused changes nothing"
            return
        assert accepts or done.continuity is not Continuity.RECORDS_LOST
        self._done(log, done)

    @rule(before=st.booleans())
    def die_between_keeping_and_answering(self, before: bool) -> None:
        request = self.log.request(self.held() if self.held() <= len(self.log.entries) else 0)
        real = replace_durably

        def deadly(path: Path, content: bytes) -> None:
            if not before:
                real(path, content)
            raise Died

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(module, "replace_durably", deadly)
            try:
                self.witness.cosign(request, at=self.at)
            except Died:
                pass
            except LedgerError:
                return
        if before:
            return
        self.witness = Witness(self.folder)
        again = self.witness.cosign(request, at=self.at)
        assert again.continuity is Continuity.SAME
        snapshot = MadeLog(self.log.ledger, list(self.log.entries), self.log.number, self.log.private)
        self._done(snapshot, again)

    @invariant()
    def no_two_checkpoints_of_an_origin_are_inconsistent(self) -> None:
        for origin in {origin for origin, _ in self.signed}:
            found = sorted((each for (of, _), each in self.signed.items() if of == origin), key=len)
            for old, new in combinations(found, 2):
                assert new[: len(old)] == old

    @invariant()
    def the_last_is_held(self) -> None:
        if self.last is not None:
            assert self.witness.followed()[0].checkpoint == self.last.checkpoint

    def teardown(self) -> None:
        shutil.rmtree(self.folder)


TestWitness = WitnessMachine.TestCase
TestWitness.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
