"""Two agents who register the same person at the same moment make one person; one who is cut short blocks nobody."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from multiprocessing import get_context
from uuid import UUID

import pytest

from ledger.aggregates.base import ScopeInstance
from ledger.policies.vocabulary import Capacity
from ledger.usecases.ports import BlindIndex
from ledger.usecases.subject.find import PERSON, find
from ledger.usecases.subject.register import PersonTyped, register
from ledger.usecases.subject.reserve import RegisteredMeanwhile, SubjectKnown
from ledger.usecases.subject.typed import CoverUnknown
from tests.integration.usecases.racers import PATIENCE, Registrations, registering
from tests.integration.usecases.workbench import ALINE, Workbench

ROUNDS, THOROUGH_ROUNDS = 40, 1000
LETTERS = "bcdfghjklm"
FILING = (ALINE.family_name, ALINE.given_name, "1958-03-17")


def people(count: int) -> list[PersonTyped]:
    """Give people whom nobody knows yet."""
    names = ("".join(LETTERS[int(digit)] for digit in str(number)) for number in range(count))
    return [replace(ALINE, family_name=f"Exemple{name}") for name in names]


def found(bench: Workbench, person: PersonTyped = ALINE) -> list[UUID]:
    """Give who is registered under this name and birth date."""
    said = {"family_name": person.family_name, "given_name": person.given_name, "birth_date_typed": person.birth_date}
    return [one.reference for one in find(bench.desk, bench.command(), **said)]


@pytest.mark.parametrize("homonym", [False, True])
def test_of_two_processes_one_registers_the_person_and_the_other_is_told(
    bench: Workbench, thorough: bool, homonym: bool
) -> None:
    wanted = people(THOROUGH_ROUNDS if thorough else ROUNDS)
    context = get_context("spawn")
    environment = {name: value for name, value in os.environ.items() if name.startswith("LEDGER_")}
    race = Registrations(
        bench.ledger.locations.home, environment, bench.agent, wanted, context.Barrier(2), context.Queue(), homonym
    )
    racers = [context.Process(target=registering, args=(race,)) for _ in range(2)]
    for racer in racers:
        racer.start()
    both = [race.said.get(timeout=PATIENCE * 10) for _ in racers]
    for racer in racers:
        racer.join(PATIENCE)
        assert racer.exitcode == 0
    for person, *said in zip(wanted, *both, strict=True):
        known = found(bench, person)
        winners = [reference for word, reference in said if word == "registered"]
        assert sorted(one.hex[:8] for one in known) == sorted(winners)
        if not homonym:
            assert len(known) == 1, said
            assert {reference for _, reference in said} == {known[0].hex[:8]}, "the other is told who it is"
    told = Counter(word for said in both for word, _ in said)
    assert told["REGISTERED_MEANWHILE"] > 0, "the two never met"


@dataclass
class Overtaken(BlindIndex):
    """The index of an agent whom a colleague overtakes just before, or just after, the filing."""

    index: BlindIndex
    colleague: Callable[[], object]
    after: bool

    def find(self, kind: str, *parts: str) -> list[ScopeInstance]:
        return self.index.find(kind, *parts)

    def file(self, kind: str, *parts: str, scope: ScopeInstance) -> None:
        self.index.file(kind, *parts, scope=scope)

    def file_new(
        self, kind: str, *parts: str, scope: ScopeInstance, seen: Collection[ScopeInstance]
    ) -> list[ScopeInstance]:
        """File, with the colleague before or after it."""
        if not self.after:
            self.colleague()
        since = self.index.file_new(kind, *parts, scope=scope, seen=seen)
        if self.after:
            self.colleague()
        return since


@pytest.mark.parametrize("homonym", [False, True])
@pytest.mark.parametrize("after", [False, True])
def test_who_is_overtaken_is_told_under_which_reference_the_person_is_known(
    bench: Workbench, after: bool, homonym: bool
) -> None:
    first = {bench.person()} if homonym else set()
    index = Overtaken(bench.desk.index, lambda: bench.person(homonym=homonym), after)
    before = bench.ledger.log.size()
    with pytest.raises(RegisteredMeanwhile) as told:
        register(replace(bench.desk, index=index), bench.command(), person=ALINE, homonym=homonym)
    (colleagues,) = set(found(bench)) - first
    assert told.value.details == {"reference": colleagues.hex[:8]}
    assert int(told.value.exit_code) == 5
    topics = [logged.header.topic for logged in bench.ledger.log.read(after=before)]
    assert topics[:2] == ["subject.registered.1", "reading.refused.1"]


def test_who_finds_the_filing_of_a_colleague_that_no_record_follows_yet_registers_the_same_person_once(
    bench: Workbench,
) -> None:
    def overtaken_in_turn() -> None:
        assert found(bench) == [], "a filing is no person"
        register(bench.desk, bench.command(), person=replace(ALINE, phone=""))

    index = Overtaken(bench.desk.index, overtaken_in_turn, after=True)
    with pytest.raises(RegisteredMeanwhile):
        register(replace(bench.desk, index=index), bench.command(), person=ALINE)
    assert len(bench.desk.index.find(PERSON, *FILING)) == 1
    assert len(found(bench)) == 1


class Killed(BaseException):
    """What a signal does to a command."""


def test_a_registration_that_is_cut_short_blocks_nobody_and_counts_for_nobody(bench: Workbench) -> None:
    def killed() -> None:
        raise Killed

    alix = replace(ALINE, given_name="Alix")
    cut_short = replace(bench.desk, index=Overtaken(bench.desk.index, killed, after=True))
    with pytest.raises(Killed):
        register(cut_short, bench.command(), person=alix)
    assert len(bench.desk.index.find(PERSON, "Exemple", "Alix", "1958-03-17")) == 1
    assert found(bench, alix) == []
    person = bench.person(alix)
    assert found(bench, alix) == [person]
    with pytest.raises(SubjectKnown):
        bench.person(alix)
    assert len(bench.desk.index.find(PERSON, "Exemple", "Alix", "1958-03-17")) == 1, "the filing is used up"
    homonym = bench.person(alix, homonym=True)
    assert set(found(bench, alix)) == {person, homonym}


def test_what_is_refused_files_nobody(bench: Workbench) -> None:
    with pytest.raises(CoverUnknown):
        bench.person(capacity=Capacity.FAMILY_HABILITATION, representative=None, within=("a word",))
    assert bench.desk.index.find(PERSON, *FILING) == []
