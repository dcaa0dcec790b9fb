"""Whatever is written, destroyed and pruned, in any order: the log is whole, and the lists are those of a rebuild."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.aggregates.base import Scope
from ledger.bootstrap.projecting import LogEntries
from ledger.projections.filters import Filter
from ledger.projections.retrying import Patience
from ledger.projections.runner import Runner
from ledger.projections.tallies import TALLIED, TALLIES, TalliedEvent, Tallies, TallyRow
from ledger.projections.views import Views
from ledger.store.failures import StreamPruned
from ledger.store.verification import check_log
from ledger.usecases.ports import own_scope
from tests.integration.store.example import NOON, Diary, Store, destroy, later, registered

WORDS = st.lists(st.sampled_from(["open", "open", "write", "lend", "end", "end", "prune", "look"]), max_size=40)


class Ledger:
    """A store, what it should hold, and lists over it."""

    def __init__(self, store: Store, views: Views, random: Random) -> None:
        self.store = store
        self.random = random
        self.views = views
        self.runner = Runner(views, LogEntries(store.log), now=lambda: NOON, patience=Patience(pause=lambda _: None))
        self.living: list[UUID] = []
        self.ended: list[UUID] = []
        self.pruned: list[UUID] = []
        self.positions: dict[UUID, list[int]] = {}
        self.owner: dict[UUID, UUID] = {}
        """The diary that one hangs on."""

    def open(self) -> None:
        diary = self.store.opened()
        self.living.append(diary.id)
        self.positions[diary.id] = [self.store.log.size()]

    def write(self) -> None:
        if self.living:
            self._add(lambda diary: diary.write("more"), self.random.choice(self.living))

    def lend(self) -> None:
        """Hang a diary on the trail of another one."""
        if len(self.living) > 1:
            guest, owner = self.random.sample(self.living, 2)
            if guest not in self.owner and owner not in self.owner and guest not in self.owner.values():
                self.owner[guest] = owner
                self._add(lambda diary: diary.lend(diary, of=owner), guest)

    def end(self) -> None:
        """Destroy every key of a diary; the trail of one that others hang on dies first."""
        if not self.living:
            return
        diary = self.living.pop(self.random.randrange(len(self.living)))
        trail = own_scope(Scope.PROCEDURE_TRAIL, self.owner.get(diary, diary))
        for scope in (own_scope(Scope.IDENTITY, diary), own_scope(Scope.MANDATE, diary), trail):
            if self.store.log.key_of(scope) and not self.store.disposal.fates([scope])[scope].fenced:
                destroy(self.store, scope)
        self.ended.append(diary)

    def prune(self) -> None:
        found = list(self.store.disposal.past_everything(before=later(60)))
        assert {each.stream_id for each in found} == set(self.ended)
        chosen = [each for each in found if self.random.random() < 0.7]
        root = self.store.log.leaf_hashes(upto=self.store.log.size())
        for batch in self.store.disposal.headers_of(chosen):
            self.store.disposal.prune(self.store.command(at=later(99)), batch, authority=uuid4(), run=uuid4())
            self.pruned += batch.pruned
            self.ended = [each for each in self.ended if each not in batch.pruned]
        assert self.store.log.leaf_hashes(upto=len(root)) == root
        assert not set(self.ended) & {each.stream_id for each in chosen} - self._guests_of_those_that_stay()

    def look(self) -> None:
        self.runner.catch_up()

    def check(self) -> None:
        check = check_log(self.store.database)
        assert check.breaks == []
        assert check.root == self.store.log.head().root()
        gone = {position for diary in self.pruned for position in self.positions[diary]}
        assert {logged.position for logged in self.store.log.each()} == set(range(1, check.size + 1)) - gone
        for diary in (*self.living, *self.ended):
            assert self.store.streams.load(Diary, diary).version == len(self.positions[diary])
        for diary in self.pruned:
            with pytest.raises(StreamPruned):
                self.store.streams.load(Diary, diary)
        assert self.runner.catch_up().parked == ()
        live = self._rows()
        assert sum(row.count for row in live[0]) == check.size - len(gone)
        self.runner.rebuild("tallies")
        assert self._rows() == live

    def _rows(self) -> tuple[list[TallyRow], list[TalliedEvent]]:
        return self.views.read(
            lambda reader: (
                reader.select(TALLIES, Filter(), order="slot, topic, decision"),
                reader.select(TALLIED, Filter(), order="position"),
            )
        )

    def _add(self, do: Callable[[Diary], None], diary_id: UUID) -> None:
        diary = self.store.streams.load(Diary, diary_id)
        do(diary)
        self.store.streams.commit(self.store.command(), diary)
        self.positions[diary_id].append(self.store.log.size())

    def _guests_of_those_that_stay(self) -> set[UUID]:
        standing = {*self.living, *self.ended}
        return {guest for guest, owner in self.owner.items() if owner in standing}


@contextmanager
def fresh(postgres_url: str | None, random: Random) -> Iterator[Ledger]:
    with tempfile.TemporaryDirectory() as folder, registered():
        schema = None if postgres_url is None else f"ledger_{uuid4().hex[:8]}"
        url = postgres_url or f"sqlite:///{folder}/events.sqlite3"
        store = Store(url, schema).create()
        views = Views.open(f"sqlite:///{Path(folder) / 'views.sqlite3'}", models=(Tallies(),))
        yield Ledger(store, views, random)
        views.close()
        store.close()


def lived(words: list[str], random: Random, postgres_url: str | None) -> None:
    with fresh(postgres_url, random) as ledger:
        for word in words:
            getattr(ledger, word)()
        ledger.prune()
        ledger.check()


@given(words=WORDS, random=st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_the_log_stays_whole_and_the_lists_those_of_a_rebuild_on_sqlite(words: list[str], random: Random) -> None:
    lived(words, random, None)


@pytest.mark.usefixtures("postgres_server")
@given(words=WORDS, random=st.randoms(use_true_random=False))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_log_stays_whole_and_the_lists_those_of_a_rebuild_on_postgresql(
    postgres_url: str, words: list[str], random: Random
) -> None:
    lived(words, random, postgres_url)
