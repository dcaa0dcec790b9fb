"""
The key tree as Hypothesis drives it: mint, file, erase, rotate, holders that come and go, and deaths at any step.

The four invariants, against a model that only knows what was asked:

1. some root that is held opens the living tree;
2. a batch is told complete only when every holder has signed, and then no holder has an older root;
3. nothing that lives is ever lost, nor anybody who was filed;
4. what was destroyed never opens again, and a key is never given out twice.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.sealing.custody.file import FileHolder
from ledger.sealing.custody.holders import Holders
from ledger.sealing.failures import KeyErased
from ledger.sealing.index import SealedIndex
from ledger.sealing.keyring import Keyring
from ledger.usecases.retention.ports import Doomed, KeyBatch
from tests.integration.sealing.test_turning import Fuse, Killed, dying
from tests.unit.sealing.keystores import destruction_in, new_keyring, open_keyring


class KeyTreeMachine(RuleBasedStateMachine):
    """The model: which keys live, which were erased, which an erasure that died may have taken."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="key-tree-"))
        self.disk, self.away = self.folder / "disk", self.folder / "away"
        self.disk.mkdir()
        new_keyring(self.folder, holders=self.holders()).close()
        self.living: list[UUID] = []
        self.filed: dict[UUID, ScopeInstance] = {}
        self.erased: set[UUID] = set()
        self.limbo: list[UUID] = []

    def holders(self) -> Holders:
        disk = FileHolder(self.disk / "keys", name="cle-usb")
        return Holders([FileHolder(self.folder / "keys", name="poste"), disk])

    def opened(self) -> Keyring:
        return open_keyring(self.folder, holders=self.holders())

    def erase(self, keyring: Keyring, key_ids: list[UUID]) -> KeyBatch:
        doomed = [Doomed(key_id, "TERM", "x") for key_id in key_ids]
        return destruction_in(keyring, self.folder, scopes=self.filed).destroy_all(doomed, batch=uuid4())

    def told(self, batch: KeyBatch) -> None:
        """Check what a batch says against what the holders have."""
        assert batch.lost == ()
        assert not batch.pending or self.away.exists()
        disk = (self.away if self.away.exists() else self.disk) / "keys"
        has = [FileHolder(self.folder / "keys", name="poste").epochs(), FileHolder(disk, name="cle-usb").epochs()]
        assert has[0] == (batch.epoch,)
        assert (has[1] == (batch.epoch,)) is (not batch.pending)

    @rule(count=st.integers(1, 40))
    def mint(self, count: int) -> None:
        keyring = self.opened()
        fresh = [keyring.reserve() for _ in range(count)]
        assert not set(fresh) & {*self.living, *self.erased, *self.limbo}
        self.living += fresh
        keyring.close()

    @precondition(lambda self: self.living)
    @rule(at=st.integers(0))
    def file(self, at: int) -> None:
        keyring, key_id = self.opened(), self.living[at % len(self.living)]
        scope = self.filed.setdefault(key_id, ScopeInstance(Scope.IDENTITY, key_id.hex))
        SealedIndex(keyring.tree).file("subject", key_id.hex, scope=scope)
        keyring.close()

    @precondition(lambda self: self.living or self.limbo)
    @rule(at=st.integers(0), count=st.integers(0, 3))
    def erase_some(self, at: int, count: int) -> None:
        keyring, taken = self.opened(), self._taken(at, count)
        self.told(self.erase(keyring, [*self.limbo, *taken]))
        self.erased |= {*self.limbo, *taken}
        self.limbo = []
        keyring.close()

    @precondition(lambda self: self.living)
    @rule(at=st.integers(0), count=st.integers(1, 3), step=st.integers(1, 90))
    def die_while_erasing(self, at: int, count: int, step: int) -> None:
        keyring, taken = self.opened(), self._taken(at, count)
        try:
            with dying(keyring, Fuse(step)):
                self.erase(keyring, [*self.limbo, *taken])
        except Killed:
            self.limbo += taken
        else:
            self.erased |= {*self.limbo, *taken}
            self.limbo = []
        keyring.close()

    @rule()
    def rotate(self) -> None:
        keyring = self.opened()
        self.told(destruction_in(keyring, self.folder, scopes=self.filed).rotate(batch=uuid4()))
        keyring.close()

    @precondition(lambda self: not self.away.exists())
    @rule()
    def take_a_holder_away(self) -> None:
        self.disk.rename(self.away)

    @precondition(lambda self: self.away.exists())
    @rule()
    def bring_it_back(self) -> None:
        self.away.rename(self.disk)

    @invariant()
    def what_lives_opens_and_what_is_gone_does_not(self) -> None:
        keyring = self.opened()
        keyring.prepare(self.living)
        for key_id in self.living:
            keyring.key_set(key_id)
        for key_id in self.erased:
            with pytest.raises(KeyErased):
                keyring.key_set(key_id)
        index = SealedIndex(keyring.tree)
        for key_id, scope in self.filed.items():
            if key_id not in self.limbo:
                assert index.find("subject", key_id.hex) == ([scope] if key_id in self.living else [])
        keyring.close()

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def _taken(self, at: int, count: int) -> list[UUID]:
        taken = [self.living.pop(at % len(self.living)) for _ in range(min(count, len(self.living)))]
        return list(dict.fromkeys(taken))


TestKeyTree = KeyTreeMachine.TestCase
TestKeyTree.settings = settings(
    max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
