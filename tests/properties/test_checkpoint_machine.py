"""
Checkpoints as Hypothesis drives them: the log grows, is signed, is put back to earlier states, and processes die.

Invariants, against a model that keeps every tree that was ever signed:

1. no two checkpoints of one origin are inconsistent, which proofs of consistency show;
2. a checkpoint is signed exactly where the log is what was signed before, grown, and the root is that of its leaves;
3. what was signed is never forgotten.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger.aggregates.origin import origin_stream
from ledger.bootstrap import Ledger
from ledger.bootstrap.proving import change_signing_key, go_on_under_new_origin
from ledger.merkle import Frontier
from ledger.proof.archive import ProofArchive, SignedCheckpoint
from ledger.proof.issuing import OtherSigningKey
from ledger.proof.origins import LogContradictsCheckpoint
from ledger.proof.signing import NoteSigner
from ledger.proof.tree import check_consistency, consistency_proof
from tests.integration.proof.desk import DEMAND, Earlier, copied, grow, put_back, reopened
from tests.integration.usecases.workbench import Workbench, make_workbench
from tests.unit.proof.test_tree import Forest

STEPS: dict[str, tuple[type, str]] = {
    "before the intention is durable": (NoteSigner, "verifier_key"),
    "before the signature": (NoteSigner, "sign"),
    "before the note is kept": (ProofArchive, "keep"),
}


class Died(BaseException):
    """A process that was killed."""


@dataclass(frozen=True)
class Meant:
    """A checkpoint that was signed, or that somebody who died may have signed."""

    origin: int
    leaves: tuple[bytes, ...]


class CheckpointMachine(RuleBasedStateMachine):
    """The model: what was meant to be signed under the last origin, and every earlier state of the log."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="checkpoints-"))
        self.bench: Workbench = make_workbench(self.folder / "ledger")
        self.earlier: list[Earlier] = [copied(self.bench, self.folder)]
        self.meant: list[Meant] = []
        self.signed: list[SignedCheckpoint] = []

    @property
    def ledger(self) -> Ledger:
        return self.bench.ledger

    def leaves(self) -> tuple[bytes, ...]:
        return tuple(self.ledger.log.leaf_hashes(upto=self.ledger.log.size()))

    def origin(self) -> int:
        found = self.ledger.archive.standing().origin
        return 0 if found is None else found.number

    def fits(self) -> bool:
        """Say whether the log holds the origin of now, and all that was signed, or may have been, under it."""
        origin, leaves = self.ledger.archive.standing().origin, self.leaves()
        if origin is not None and origin.position is not None:
            first = self.ledger.log.first_of(origin_stream(self.ledger.settings.ledger_id, origin.number))
            if first is None:
                return False
        return all(leaves[: len(each.leaves)] == each.leaves for each in self.meant if each.origin == self.origin())

    def note(self) -> None:
        self.meant.append(Meant(self.origin(), self.leaves()))

    @rule(events=st.integers(1, 3))
    def record(self, events: int) -> None:
        grow(self.bench, events)

    @rule()
    def sign(self) -> None:
        fits = self.fits()
        try:
            signed = self.ledger.issuer.issue(DEMAND, at=self.bench.later(minutes=1))
        except LogContradictsCheckpoint:
            assert not fits
            return
        assert fits
        tree = Frontier().extend(self.leaves())
        assert (signed.checkpoint.size, signed.checkpoint.root) == (tree.size, tree.root())
        self.note()

    @rule(step=st.sampled_from(sorted(STEPS)))
    def die_signing(self, step: str) -> None:
        owner, name = STEPS[step]

        def die(*_: object, **__: object) -> None:
            raise Died

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(owner, name, die)
            try:
                self.ledger.issuer.issue(DEMAND, at=self.bench.later(minutes=1))
            except Died:
                if name != "verifier_key":
                    self.note()
            except LogContradictsCheckpoint:
                assert not self.fits()
        reopened(self.bench)

    @rule()
    def copy(self) -> None:
        self.earlier.append(copied(self.bench, self.folder))

    @rule(at=st.integers(0), events=st.integers(0, 6))
    def come_back(self, at: int, events: int) -> None:
        """Put an earlier log back; it may grow again, as long as the one that was signed, or longer."""
        put_back(self.bench, self.earlier[at % len(self.earlier)])
        grow(self.bench, events)

    @rule()
    def decide_on_a_new_origin(self) -> None:
        command = self.bench.command(self.bench.delegate)
        signed, _ = go_on_under_new_origin(self.ledger, command, why="essai")
        assert signed.checkpoint.size == self.ledger.log.size()
        self.note()

    @rule(dies=st.booleans())
    def change_the_key(self, dies: bool) -> None:
        before = self.ledger.signer.verifier_key()
        with pytest.MonkeyPatch.context() as patched:
            if dies:
                patched.setattr(NoteSigner, "give_way", _die)
            try:
                change_signing_key(self.ledger, self.bench.command(self.bench.delegate), is_lost=False, why="essai")
            except LogContradictsCheckpoint:
                return
            except Died:
                pass
            else:
                assert self.ledger.signer.verifier_key() != before
                return
        with pytest.raises((OtherSigningKey, LogContradictsCheckpoint)):
            self.ledger.issuer.issue(DEMAND, at=self.bench.later(minutes=1))
        change, _ = change_signing_key(
            self.ledger, self.bench.command(self.bench.delegate), is_lost=False, why="essai"
        )  # fmt: skip
        assert self.ledger.archive.signing_keys()[-1].public == change.new.public, "it goes on with the same key"

    @invariant()
    def nothing_is_forgotten(self) -> None:
        signed = self.ledger.archive.all() if self.ledger.archive.exists else []
        assert [each for each in self.signed if each not in signed] == []
        self.signed = signed

    @invariant()
    def no_origin_has_two_histories(self) -> None:
        trees = {tuple(Frontier().extend(each.leaves).edge): each for each in self.meant}
        for origin in {each.origin for each in self.meant}:
            found = sorted((each.leaves for each in trees.values() if each.origin == origin), key=len)
            for old, new in pairwise(found):
                forest = Forest(list(new))
                check_consistency(
                    old=len(old), old_root=Frontier().extend(old).root(), new=len(new),
                    new_root=Frontier().extend(new).root(), proof=consistency_proof(forest, len(old), len(new)),
                )  # fmt: skip

    def teardown(self) -> None:
        for signed in self.signed:
            assert any(
                signed.note.signed_by(key) for key in self.ledger.archive.verifier_keys(signed.checkpoint.origin)
            )
        self.bench.close()
        shutil.rmtree(self.folder)


def _die(*_: object, **__: object) -> None:
    raise Died


TestCheckpoints = CheckpointMachine.TestCase
TestCheckpoints.settings = settings(
    max_examples=16, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
