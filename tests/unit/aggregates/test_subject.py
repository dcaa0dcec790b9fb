"""A person's stream: who represents them, what is linked to whom, and what follows a merge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from ledger.aggregates.base import Link, LinkKind, Scope, ScopeInstance
from ledger.aggregates.subject import (
    REPRESENTED,
    LegalCapacity,
    MergedWithItself,
    RepresentativeMissing,
    RepresentativeNotNeeded,
    RepresentsOneself,
    Subject,
    SubjectDead,
    SubjectMerged,
)
from ledger.aggregates.subject_events import Contact, IdentityPurpose
from ledger.clock import UTC
from ledger.identifiers import new_id
from ledger.policies.vocabulary import Capacity

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


def a_person() -> Subject:
    return Subject.register(
        family_name="Exemple",
        given_name="Aline",
        birth_date=date(1958, 3, 17),
        contact=Contact(phone="0243000017"),
        house=None,
    )


def identity(person: Subject) -> ScopeInstance:
    return ScopeInstance(Scope.IDENTITY, person.id.hex)


def test_a_contact_does_not_print() -> None:
    assert "0243" not in repr(Contact(phone="0243000017"))


def signing(person: Subject, capacity: Capacity, representative: UUID | None) -> None:
    person.change_capacity(LegalCapacity(capacity, representative), effective_at=NOW, known_at=NOW)


@pytest.mark.parametrize("capacity", list(Capacity))
def test_who_can_not_sign_alone_has_a_representative_and_nobody_else(capacity: Capacity) -> None:
    person, other = a_person(), new_id()
    if capacity in REPRESENTED:
        with pytest.raises(RepresentativeMissing):
            signing(person, capacity, None)
        with pytest.raises(RepresentsOneself):
            signing(person, capacity, person.id)
        signing(person, capacity, other)
        assert person.representative.expose() == other
    else:
        with pytest.raises(RepresentativeNotNeeded):
            signing(person, capacity, other)
        signing(person, capacity, None)
    assert person.capacity.expose() is capacity


def test_a_representative_leads_to_the_person_by_a_link_of_their_own_key() -> None:
    person, guardian = a_person(), new_id()
    judged = LegalCapacity(Capacity.GUARDIANSHIP, guardian)
    person.change_capacity(judged, effective_at=NOW - timedelta(days=9), known_at=NOW)
    links = person.pending_events[-1].links()  # type: ignore[attr-defined]
    assert links == (Link(ScopeInstance(Scope.IDENTITY, guardian.hex), LinkKind.REPRESENTS, person.id),)
    assert person.capacity_since.expose() == NOW - timedelta(days=9)


def test_duplicates_lead_to_each_other_by_links_of_both_keys() -> None:
    twice, stays = a_person(), a_person()
    twice.merge_into(stays)
    assert twice.merged
    assert not stays.merged
    assert len(stays.pending_events) == 1
    assert set(twice.pending_events[-1].links()) == {  # type: ignore[attr-defined]
        Link(identity(twice), LinkKind.MERGED, stays.id),
        Link(identity(stays), LinkKind.MERGED, twice.id),
    }


def test_a_person_who_was_merged_goes_on_elsewhere() -> None:
    twice, stays, third = a_person(), a_person(), a_person()
    twice.merge_into(stays)
    attempts: list[Callable[[], None]] = [
        lambda: twice.correct(family_name="X", given_name="Y", birth_date=date(1958, 3, 17)),
        lambda: twice.change_contact(Contact()),
        lambda: signing(twice, Capacity.ADULT, None),
        lambda: twice.die(effective_at=NOW, known_at=NOW),
        lambda: twice.merge_into(third),
        lambda: third.merge_into(twice),
    ]
    for attempt in attempts:
        with pytest.raises(SubjectMerged):
            attempt()
    with pytest.raises(MergedWithItself):
        stays.merge_into(stays)


def test_a_death_is_recorded_once() -> None:
    person = a_person()
    person.die(effective_at=NOW - timedelta(days=2), known_at=NOW)
    assert person.death is not None
    assert (person.death.expose(), person.death_known_at) == (NOW - timedelta(days=2), NOW)
    assert person.died_at is not None
    with pytest.raises(SubjectDead):
        person.die(effective_at=NOW, known_at=NOW)


def test_a_look_changes_nothing_of_the_person() -> None:
    person = a_person()
    before = dict(vars(person))
    person.open_identity(IdentityPurpose.PRINT, house=None)
    assert {name for name, value in vars(person).items() if value is not before[name]} <= {
        "_version", "_modified_on", "_pending_events", "modified_on",
    }  # fmt: skip
    assert person.version == 2
