"""People registered, merged and corrected in any order: every reference leads to one person, the index to each once."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from ledger.aggregates.subject import MergedWithItself, SubjectMerged
from ledger.usecases.subject.correct import correct
from ledger.usecases.subject.die import die
from ledger.usecases.subject.find import find
from ledger.usecases.subject.merge import DuplicatesDiffer, merge
from ledger.usecases.subject.persons import references, standing
from tests.integration.usecases.workbench import ALINE, Workbench, make_workbench

NAMES = ("Exemple", "Exemplaire", "Fictif")


class People(RuleBasedStateMachine):
    """Compares the ledger with a plain model: who was merged into whom, and under which names each was filed."""

    people = Bundle("people")

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.bench: Workbench = make_workbench(Path(self.folder.name) / "ledger")
        self.into: dict[UUID, UUID | None] = {}
        self.names: dict[UUID, set[str]] = {}
        self.dead: set[UUID] = set()

    def teardown(self) -> None:
        self.bench.close()
        self.folder.cleanup()

    def root(self, person: UUID) -> UUID:
        """Give the person that a reference leads to in the model."""
        onward = self.into[person]
        return person if onward is None else self.root(onward)

    def known_as(self, root: UUID) -> set[UUID]:
        return {person for person in self.into if self.root(person) == root}

    @rule(target=people, name=st.sampled_from(NAMES))
    def register(self, name: str) -> UUID:
        person = self.bench.person(replace(ALINE, family_name=name), homonym=True)
        self.into[person], self.names[person] = None, {name}
        return person

    @rule(person=people, name=st.sampled_from(NAMES))
    def correct_name(self, person: UUID, name: str) -> None:
        correct(
            self.bench.desk,
            self.bench.command(),
            person,
            family_name=name,
            given_name="Aline",
            birth_date_typed="17/03/1958",
        )
        self.names[self.root(person)].add(name)

    @rule(person=people)
    def record_death(self, person: UUID) -> None:
        root = self.root(person)
        if root not in self.dead:
            die(self.bench.desk, self.bench.command(), person)
            self.dead.add(root)

    @rule(duplicate=people, survivor=people)
    def merge_two(self, duplicate: UUID, survivor: UUID) -> None:
        command = self.bench.command()
        try:
            merge(self.bench.desk, command, duplicate=duplicate, survivor=survivor)
        except MergedWithItself:
            assert duplicate == survivor
        except SubjectMerged:
            assert self.into[duplicate] is not None or self.into[survivor] is not None
        except DuplicatesDiffer:
            assert (duplicate in self.dead) != (survivor in self.dead)
        else:
            self.into[duplicate] = survivor

    @invariant()
    def every_reference_leads_to_the_one_that_stands(self) -> None:
        for person in self.into:
            assert standing(self.bench.desk.streams, person).id == self.root(person)
            assert set(references(self.bench.desk.streams, person)) == self.known_as(self.root(person))

    @invariant()
    def a_name_finds_each_person_once(self) -> None:
        for name in NAMES:
            found = find(
                self.bench.desk,
                self.bench.command(),
                family_name=name,
                given_name="Aline",
                birth_date_typed="1958-03-17",
            )
            expected = {self.root(person) for person, names in self.names.items() if name in names}
            assert len(found) == len(expected)
            assert {one.reference for one in found} == expected


TestPeople = People.TestCase
TestPeople.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)
