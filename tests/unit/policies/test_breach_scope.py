"""The tally of a scope: it only rises with what is added, and never counts what nobody can read as readable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ledger.policies.breach_scope import (
    BreachScope,
    Count,
    Exposed,
    HandEntry,
    Legibility,
    RecordKind,
    Standing,
    Tally,
    may_measure,
    tally,
)
from ledger.policies.vocabulary import Capacity, ContactMeans, RefusalCode
from ledger.rules.cnil import DataCategory
from ledger.rules.profile import Power

PEOPLE = [UUID(int=number) for number in range(1, 6)]
HERE, ELSEWHERE = UUID(int=100), UUID(int=101)

records = st.builds(
    Exposed,
    kind=st.sampled_from(RecordKind),
    people=st.lists(st.sampled_from(PEOPLE), max_size=3, unique=True).map(tuple),
    legibility=st.sampled_from(Legibility),
    categories=st.none() | st.frozensets(st.sampled_from(DataCategory), max_size=3),
    others=st.frozensets(st.sampled_from(DataCategory), max_size=2),
    examined=st.booleans(),
)
standings = st.dictionaries(
    st.sampled_from(PEOPLE),
    st.builds(
        Standing,
        capacity=st.none() | st.sampled_from(Capacity),
        ways=st.none() | st.frozensets(st.sampled_from(ContactMeans), max_size=2),
        dead=st.booleans(),
    ),
)


def counts(figures: BreachScope) -> dict[str, int]:
    """Give every count of the figures, by name."""
    found: dict[str, int] = {}
    for each in fields(figures):
        value = getattr(figures, each.name) or 0  # None: not counted
        if isinstance(value, int):
            found[each.name] = value
        elif isinstance(value, Count):
            found |= {f"{each.name}.people": value.people, f"{each.name}.records": value.records}
        else:
            for key, part in value.items():
                both = (part.people, part.records) if isinstance(part, Count) else (part, part)
                found |= {f"{each.name}.{key}.people": both[0], f"{each.name}.{key}.records": both[1]}
    return found


@given(st.lists(records, max_size=12), records, standings)
def test_adding_a_record_never_lowers_a_count(
    before: Sequence[Exposed], more: Exposed, known: dict[UUID, Standing]
) -> None:
    fewer, all_ = counts(tally(before, standings=known)), counts(tally([*before, more], standings=known))
    assert all(all_.get(name, 0) >= count for name, count in fewer.items())


@given(st.lists(records, max_size=12), standings)
def test_what_was_sealed_or_erased_is_never_counted_as_readable(
    found: Sequence[Exposed], known: dict[UUID, Standing]
) -> None:
    readable = [each for each in found if each.legibility is Legibility.READABLE]
    figures = tally(found, standings=known)
    assert figures.records == len(readable) == sum(figures.kinds.values())
    assert figures.people == len({person for each in readable for person in each.people})
    assert figures.erased.records == sum(each.legibility is Legibility.ERASED for each in found)
    assert figures.sealed.records == sum(each.legibility is Legibility.SEALED for each in found)
    assert replace(tally(readable, standings=known), sealed=figures.sealed, erased=figures.erased) == figures


@given(st.lists(records, max_size=12), standings)
def test_the_order_of_the_records_does_not_matter(found: list[Exposed], known: dict[UUID, Standing]) -> None:
    assert tally(found, standings=known) == tally(found[::-1], standings=known)


@given(st.lists(records, max_size=12), standings)
def test_counts_of_people_fit_each_other(found: Sequence[Exposed], known: dict[UUID, Standing]) -> None:
    figures = tally(found, standings=known)
    assert figures.minors + figures.protected <= figures.people
    assert figures.reachable + figures.unreachable + figures.standing_unknown <= figures.people
    assert all(count.people <= figures.people and count.records <= figures.records
               for count in figures.categories.values())  # fmt: skip
    assert all(reached <= figures.reachable for reached in figures.ways.values())
    assert figures.with_others.records <= figures.records


def test_one_person_with_many_records_is_one_person() -> None:
    look = Exposed(RecordKind.LOOK, (PEOPLE[0],), categories=frozenset({DataCategory.HEALTH}))
    figures = tally([look] * 7, standings={})
    assert (figures.people, figures.records) == (1, 7)
    assert figures.categories == {DataCategory.HEALTH: Count(1, 7)}


def test_the_dead_are_neither_reached_nor_missed() -> None:
    dead = Standing(Capacity.ADULT, frozenset({ContactMeans.PHONE}), dead=True)
    figures = tally([Exposed(RecordKind.IDENTITY, (PEOPLE[0],))], standings={PEOPLE[0]: dead})
    assert (figures.people, figures.dead, figures.reachable, figures.unreachable) == (1, 1, 0, 0)


def test_minors_are_told_from_protected_adults() -> None:
    known = {
        person: Standing(capacity, frozenset())
        for person, capacity in zip(
            PEOPLE, (Capacity.MINOR, Capacity.GUARDIANSHIP, Capacity.SAFEGUARD, Capacity.ADULT, None), strict=True
        )
    }
    figures = tally([Exposed(RecordKind.IDENTITY, (person,)) for person in PEOPLE], standings=known)
    assert (figures.minors, figures.protected, figures.unreachable) == (1, 2, 5)


def test_duplicates_count_once() -> None:
    counted = Tally()
    for person in PEOPLE[:2]:
        counted.add(Exposed(RecordKind.IDENTITY, (person,)), same_as=lambda _: PEOPLE[0])
    assert counted.sum({}).people == 1


def test_what_nobody_could_read_is_set_apart_at_once() -> None:
    counted = Tally()
    counted.set_apart(Legibility.SEALED, people=PEOPLE[:2], records=7)
    counted.set_apart(Legibility.ERASED, people=(), records=2)
    figures = counted.sum({})
    assert (figures.sealed, figures.erased, figures.records) == (Count(2, 7), Count(0, 2), 0)


def test_what_is_not_examined_is_counted_and_nobodys_fault() -> None:
    counted = Tally()
    counted.leave_unexamined(RecordKind.LOOK, 40)
    counted.leave_unexamined(RecordKind.TRANSMISSION, 2, belong=False)
    figures = counted.sum({})
    assert (figures.records, figures.unexamined, figures.untold, figures.nobodys) == (40, 42, 0, 0)


def test_what_is_counted_by_hand_is_added_to_all_it_concerns() -> None:
    hand = HandEntry(3, 5, frozenset({DataCategory.CONTACT}))
    seen = Exposed(RecordKind.LOOK, (PEOPLE[0],), categories=frozenset({DataCategory.CONTACT}))
    figures = tally([seen], standings={}, by_hand=[hand, hand])
    assert (figures.people, figures.records) == (7, 11)
    assert figures.categories == {DataCategory.CONTACT: Count(7, 11)}
    assert figures.kinds[RecordKind.BY_HAND] == 10


@given(st.lists(records, max_size=12), standings, st.integers(min_value=0, max_value=99))
def test_members_of_households_are_people_more_and_no_record_more(
    found: Sequence[Exposed], known: dict[UUID, Standing], number: int
) -> None:
    without = tally(found, standings=known)
    figures = tally(found, standings=known, household=HandEntry(number, 0))
    assert (without.household, figures.household) == (None, number)
    assert figures.people + figures.sealed.people == without.people + without.sealed.people + number
    assert (figures.records, figures.kinds) == (without.records, without.kinds)
    assert figures.unintelligible == without.unintelligible, "of what nobody can read, nobody can read of them either"
    told = {category for each in found if each.legibility is Legibility.READABLE for category in each.others}
    for category, count in figures.categories.items():
        more = number if category in told and figures.people != without.people else 0
        assert count.people == without.categories.get(category, Count()).people + more


def test_members_of_households_count_in_the_data_that_tell_of_them_and_in_no_other() -> None:
    seen = frozenset({DataCategory.CIVIL_STATUS, DataCategory.FINANCIAL})
    look = Exposed(RecordKind.LOOK, (PEOPLE[0],), categories=seen, others=frozenset({DataCategory.CIVIL_STATUS}))
    figures = tally([look], standings={}, household=HandEntry(3, 0, frozenset({DataCategory.CONTACT})))
    assert (figures.people, figures.records) == (4, 1)
    assert figures.categories == {
        DataCategory.CIVIL_STATUS: Count(4, 1), DataCategory.CONTACT: Count(3, 0), DataCategory.FINANCIAL: Count(1, 1)
    }  # fmt: skip
    assert figures.with_others == Count(1, 1)


def test_only_what_is_sealed_is_unintelligible() -> None:
    sealed = Exposed(RecordKind.IDENTITY, (PEOPLE[0],), Legibility.SEALED)
    assert tally([sealed], standings={}).unintelligible
    assert not tally([sealed, Exposed(RecordKind.IDENTITY, (PEOPLE[1],))], standings={}).unintelligible
    assert not tally([], standings={}).unintelligible


def test_who_may_measure_what() -> None:
    everything = {Power.READ_JOURNAL}, {Power.ADVISE}, {Power.DECIDE}
    assert all(may_measure(None, own=HERE, powers=frozenset(powers)) is None for powers in everything)
    for powers in ({Power.RECEIVE}, {Power.ENROL}):
        assert may_measure(HERE, own=HERE, powers=frozenset(powers)) is None
        assert may_measure(ELSEWHERE, own=HERE, powers=frozenset(powers)) is RefusalCode.OTHER_HOUSE
        assert may_measure(None, own=None, powers=frozenset(powers)) is RefusalCode.OTHER_HOUSE
    assert may_measure(HERE, own=HERE, powers=frozenset({Power.DESTROY})) is RefusalCode.ROLE_NOT_ALLOWED
