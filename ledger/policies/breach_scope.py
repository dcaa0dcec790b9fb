"""
The scope of a breach: how many people, how many records, which data, who is weak, who can be reached.

A *record* is one thing of a person that the breach concerns: a stored identity, a procedure, a value that was kept, a
look at data, a page, a mandate, its paper. The number of records is not the number of people (CNIL form, GDPR 33(3)).
What was destroyed before, or is sealed with its key safe, is counted apart: nobody can read it.

Counts only rise with what is added: `tally` is a sum over records, and no record takes anything away from another.

Of the members of a household only one has a case here, as a rule; the others are named in what is known of that one.
That records tell of others is known, how many they are is not: whoever assesses the breach counts them, and they
stand with what can be read as soon as anything can.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from ledger.policies.vocabulary import RefusalCode
from ledger.rules.cnil import DataCategory
from ledger.rules.profile import Capacity, Power


class RecordKind(StrEnum):
    """What one record in the scope is."""

    IDENTITY = "identity"
    PROCEDURE = "procedure"
    VALUE = "value"
    """A value that was kept here, or a note."""
    LOOK = "look"
    """A look at data that was allowed."""
    PAGE = "page"
    """A page of a list, for which facts of some people were opened."""
    TRANSMISSION = "transmission"
    DISCLOSURE = "disclosure"
    MANDATE = "mandate"
    PAPER = "paper"
    """The house's own original of a mandate."""
    BY_HAND = "by-hand"
    """A case that the ledger does not know, counted by whoever assesses the breach."""


class Legibility(StrEnum):
    """Whether whoever has a record could read it."""

    READABLE = "readable"
    SEALED = "sealed"
    """Encrypted, and the key is safe."""
    ERASED = "erased"
    """Destroyed before."""


class Caveat(StrEnum):
    """What the figures do not say."""

    PORTALS = "portals"
    FREE_ACCESS = "free-access"
    NOT_ENTERED = "not-entered"
    WIDER_REACH = "wider-reach"
    DEVICE = "device"
    HEADERS_IN_CLEAR = "headers-in-clear"
    OTHER_COPIES = "other-copies"
    PAPER_ELSEWHERE = "paper-elsewhere"
    HOUSEHOLDS = "households"
    DESTROYED_SINCE = "destroyed-since"
    ACCOUNT_FORGOTTEN = "account-forgotten"
    NOT_ALL_EXAMINED = "not-all-examined"
    HOUSEHOLDS_BY_HAND = "households-by-hand"


def may_measure(house: UUID | None, *, own: UUID | None, powers: frozenset[Power]) -> RefusalCode | None:
    """
    Say why somebody may not see what a breach concerns, or None.

    Who audits, advises or decides sees all of it. Whoever else works in a house sees what concerns that house, which is
    where breaches are found.
    """
    if powers & {Power.READ_JOURNAL, Power.ADVISE, Power.DECIDE}:
        return None
    if not powers & {Power.RECEIVE, Power.ENROL}:
        return RefusalCode.ROLE_NOT_ALLOWED
    return None if house is not None and house == own else RefusalCode.OTHER_HOUSE


MINORS = frozenset({Capacity.MINOR})
PROTECTED = frozenset(Capacity) - MINORS - {Capacity.ADULT}
"""Adults under a measure of protection (Code civil 425 and following)."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """One record in the scope."""

    kind: RecordKind
    people: tuple[UUID, ...] = ()
    """Whose it is; empty where it is nobody's, or that can't be told any more."""
    legibility: Legibility = Legibility.READABLE
    categories: frozenset[DataCategory] | None = frozenset()
    """What data it holds; None where that was not examined, or can't be told any more."""
    others: frozenset[DataCategory] = frozenset()
    """What it tells of somebody else too: who lives in the household, a parent, an employee."""
    examined: bool = True
    """Whether its facts were looked at; a large scope is given at once from a part of them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a person without opening a personal value."""

    capacity: Capacity | None = None
    ways: frozenset[StrEnum] | None = None
    """By which means the person can be reached; None where that is not known, or is destroyed."""
    dead: bool = False


@dataclass(frozen=True)
class HandEntry:
    """
    People counted by hand: cases that a house knows and never entered, or members of households.

    The records of members of a household are those of the person who has the case: they have none of their own.
    """

    people: int
    records: int
    categories: frozenset[DataCategory] = frozenset()


@dataclass(frozen=True)
class Count:
    """How many people, and how many records."""

    people: int = 0
    records: int = 0


@dataclass(frozen=True)
class BreachScope:
    """The figures of a scope; of what could be read, but for `sealed` and `erased`."""

    people: int = 0
    records: int = 0
    kinds: Mapping[RecordKind, int] = field(default_factory=dict)
    categories: Mapping[DataCategory, Count] = field(default_factory=dict)
    """In the order of the CNIL's form."""
    minors: int = 0
    protected: int = 0
    dead: int = 0
    standing_unknown: int = 0
    """People of whom neither capacity nor means of contact is known: destroyed since, or not examined."""
    ways: Mapping[StrEnum, int] = field(default_factory=dict)
    """How many of the living can be reached by each means."""
    reachable: int = 0
    unreachable: int = 0
    """The living of whom no means of contact is stored."""
    with_others: Count = Count()
    """Whose records tell of somebody else too."""
    household: int | None = None
    """How many those others are, as somebody counted them, among the people; None is not counted."""
    unexamined: int = 0
    """Records whose facts were not looked at: whose they are, or what they hold, is not in the counts above."""
    untold: int = 0
    """Records of which nobody can tell any more what data they hold."""
    nobodys: int = 0
    """Records that lead to nobody: a visit without a name, or destroyed since."""
    sealed: Count = Count()
    erased: Count = Count()

    @property
    def is_empty(self) -> bool:
        """Whether the breach concerns nothing that could be read."""
        return not self.people and not self.records

    @property
    def unintelligible(self) -> bool:
        """Whether something is concerned, and nobody can read any of it (GDPR 34(3)(a))."""
        return self.is_empty and bool(self.sealed.records)


class Tally:
    """Adds records up, one after the other, so that a million of them need no list."""

    def __init__(self) -> None:
        self._people: set[UUID] = set()
        self._kinds: Counter[RecordKind] = Counter()
        self._by_category: dict[DataCategory, tuple[set[UUID], list[int]]] = defaultdict(lambda: (set(), [0]))
        self._apart: dict[Legibility, tuple[set[UUID], list[int]]] = defaultdict(lambda: (set(), [0]))
        self._others: tuple[set[UUID], list[int]] = set(), [0]
        self._of_others: set[DataCategory] = set()
        self._untold = self._nobodys = self._unexamined = 0

    @property
    def people(self) -> frozenset[UUID]:
        """Whose records could be read."""
        return frozenset(self._people)

    def add(self, exposed: Exposed, *, same_as: Callable[[UUID], UUID] | None = None) -> None:
        """Add one record; `same_as` gives the reference that stands of somebody who was registered twice."""
        if same_as is not None and any(same_as(person) != person for person in exposed.people):
            exposed = replace(exposed, people=tuple({same_as(person) for person in exposed.people}))
        if exposed.legibility is not Legibility.READABLE:
            _put(self._apart[exposed.legibility], exposed)
            return
        self._people.update(exposed.people)
        self._kinds[exposed.kind] += 1
        self._unexamined += not exposed.examined
        self._nobodys += exposed.examined and not exposed.people
        self._untold += exposed.examined and exposed.categories is None
        for category in exposed.categories or ():
            _put(self._by_category[category], exposed)
        if exposed.others:
            _put(self._others, exposed)
            self._of_others |= exposed.others

    def set_apart(self, legibility: Legibility, *, people: Iterable[UUID], records: int) -> None:
        """Add records at once that nobody could read, and whose they are as far as that is known."""
        heap = self._apart[legibility]
        heap[0].update(people)
        heap[1][0] += records

    def leave_unexamined(self, kind: RecordKind, times: int, *, belong: bool = True) -> None:
        """Add records of which nobody looked whose they are, nor, unless they `belong`, whether they are concerned."""
        self._kinds[kind] += times if belong else 0
        self._unexamined += times

    def sum(
        self,
        standings: Mapping[UUID, Standing],
        by_hand: Collection[HandEntry] = (),
        household: HandEntry | None = None,
    ) -> BreachScope:
        """
        Give the figures, with what was counted by hand.

        Members of a `household` count where the records do that tell of them: of what nobody can read, nobody can read
        of them either.
        """
        figures = self._figures(standings, [*by_hand, *self._readable(household)])
        if household is None:
            return figures
        in_what_is_sealed = 0 if self._readable(household) else household.people
        sealed = replace(figures.sealed, people=figures.sealed.people + in_what_is_sealed)
        return replace(figures, sealed=sealed, household=household.people)

    def _readable(self, household: HandEntry | None) -> list[HandEntry]:
        """Give the members of households, with what records tell of them; none where all that is known is sealed."""
        only_sealed = not self._kinds and self._apart[Legibility.SEALED][1][0]
        if household is None or only_sealed:
            return []
        return [replace(household, categories=household.categories | self._of_others)]

    def _figures(self, standings: Mapping[UUID, Standing], by_hand: Collection[HandEntry]) -> BreachScope:
        people = [standings.get(person, _UNKNOWN) for person in self._people]
        living = [each for each in people if each.ways is not None and not each.dead]
        hand_records = sum(entry.records for entry in by_hand)
        kinds = self._kinds + Counter({RecordKind.BY_HAND: hand_records})
        return BreachScope(
            people=len(people) + sum(entry.people for entry in by_hand),
            records=sum(kinds.values()),
            kinds={kind: kinds[kind] for kind in RecordKind if kinds[kind]},
            categories=self._categories(by_hand),
            minors=sum(each.capacity in MINORS for each in people),
            protected=sum(each.capacity in PROTECTED for each in people),
            dead=sum(each.dead for each in people),
            standing_unknown=sum(each.ways is None for each in people),
            ways=dict(sorted(Counter(way for each in living for way in each.ways or ()).items())),
            reachable=sum(bool(each.ways) for each in living),
            unreachable=sum(not each.ways for each in living),
            with_others=_counted(self._others),
            unexamined=self._unexamined,
            untold=self._untold,
            nobodys=self._nobodys,
            sealed=_counted(self._apart[Legibility.SEALED]),
            erased=_counted(self._apart[Legibility.ERASED]),
        )

    def _categories(self, by_hand: Collection[HandEntry]) -> dict[DataCategory, Count]:
        found = {}
        for category in DataCategory:
            known = _counted(self._by_category[category]) if category in self._by_category else Count()
            more = [entry for entry in by_hand if category in entry.categories]
            count = Count(
                known.people + sum(entry.people for entry in more), known.records + sum(entry.records for entry in more)
            )
            if count.people or count.records:
                found[category] = count
        return found


_UNKNOWN = Standing()


def _put(heap: tuple[set[UUID], list[int]], exposed: Exposed) -> None:
    heap[0].update(exposed.people)
    heap[1][0] += 1


def _counted(heap: tuple[set[UUID], list[int]]) -> Count:
    return Count(len(heap[0]), heap[1][0])


def tally(
    records: Iterable[Exposed],
    *,
    standings: Mapping[UUID, Standing],
    by_hand: Collection[HandEntry] = (),
    household: HandEntry | None = None,
) -> BreachScope:
    """Give the figures of some records."""
    counted = Tally()
    for record in records:
        counted.add(record)
    return counted.sum(standings, by_hand, household)
