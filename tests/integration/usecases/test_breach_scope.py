"""What a breach concerns, measured on the real store and the real keys: selected unopened, then facts only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from ledger.aggregates.breach import Breach
from ledger.aggregates.reading import Reading
from ledger.aggregates.subject_events import Reach
from ledger.bootstrap.scoping import LedgerScopeLog
from ledger.errors import NotFound
from ledger.identifiers import new_id
from ledger.limits import SCOPE_EXAMINED
from ledger.personal import Erased, Withheld
from ledger.policies.breach_scope import Caveat, Count, HandEntry, RecordKind
from ledger.policies.breach_vocabulary import UNKNOWN_OCCURRENCE, Declarant
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Capacity, Mission, PaperPlace, RefusalCode, Role
from ledger.rules.cnil import DataCategory
from ledger.usecases.breach import scope as scope_module
from ledger.usecases.breach import scope_selecting
from ledger.usecases.breach.attach_scope import attach_scope
from ledger.usecases.breach.scope import (
    ChoicesClash,
    CopyAfterwards,
    NothingSelected,
    RecipientUnknown,
    ScopeAsked,
    ScopeMeasured,
    measure,
)
from ledger.usecases.gate import judging
from ledger.usecases.subject.merge import merge
from tests.integration.usecases.counter import BOB, SITUATION, Counter
from tests.integration.usecases.workbench import ALINE, Workbench

AAH = "CNAF06-aah"


@pytest.fixture
def counter(bench: Workbench) -> Counter:
    made = Counter(bench)
    made.train(bench.agent)
    return made


def measured(counter: Counter, *, actor: UUID | None = None, **asked: Any) -> ScopeMeasured:
    command = counter.command(actor or counter.bench.delegate)
    return measure(counter.desk, command, LedgerScopeLog(counter.bench.ledger), ScopeAsked(**asked))


def test_an_account_concerns_whom_it_looked_at_and_nobody_else(counter: Counter) -> None:
    other = counter.colleague()
    aline, bob = counter.bench.person(), counter.bench.person(BOB)
    mine, theirs = counter.opened(aline), counter.opened(bob, agent=other)
    counter.look(mine, "id.civil", "inc.3m")
    counter.look(theirs, "id.civil", agent=other)
    counter.look(theirs, "hh.composition", agent=other)
    figures = measured(counter, agents=(other,)).figures
    assert figures.people == 1
    assert figures.kinds[RecordKind.LOOK] == 2
    assert figures.kinds[RecordKind.PROCEDURE] == 1
    assert figures.records == sum(figures.kinds.values()) == 3, "records are not people"
    assert figures.categories[DataCategory.CIVIL_STATUS] == Count(1, 2)
    assert DataCategory.FINANCIAL not in figures.categories, "what another account saw"
    assert figures.with_others == Count(1, 1), "the composition of a household tells of others"


def test_a_refused_look_shows_nothing(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    assert not counter.look(procedure, "jus.points").granted
    before = measured(counter, agents=(counter.bench.agent,)).figures
    assert RecordKind.LOOK not in before.kinds


def test_the_very_name_of_a_procedure_can_be_health_data(counter: Counter) -> None:
    assert counter.look(counter.opened(counter.bench.person(), AAH), "no.caf").granted
    figures = measured(counter, house=counter.bench.house).figures
    assert figures.categories[DataCategory.HEALTH].people == 1
    assert figures.categories[DataCategory.HEALTH].records == 2, "the procedure, and the look in it"


def test_a_period_is_half_open(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    start = counter.bench.later(hours=1)
    counter.look(procedure)
    end = counter.bench.later(hours=1)
    counter.look(procedure)
    counter.bench.later(hours=1)
    assert measured(counter, since=start, until=end).figures.kinds == {RecordKind.LOOK: 1}
    assert measured(counter, since=end).figures.kinds[RecordKind.LOOK] == 1
    assert measured(counter, until=start).figures.kinds.get(RecordKind.LOOK) is None


def test_another_house_is_not_concerned(counter: Counter) -> None:
    counter.look(counter.opened(counter.bench.person()))
    assert measured(counter, house=new_id()).figures.is_empty
    assert not measured(counter, house=counter.bench.house).figures.is_empty


def test_minors_protected_adults_and_who_can_be_reached_are_counted_unopened(counter: Counter) -> None:
    parent = counter.bench.person()
    child, ward = replace(BOB, birth_date="02/11/2015"), replace(BOB, given_name="Zoé")
    counter.bench.person(child, capacity=Capacity.MINOR, representative=parent)
    counter.bench.person(ward, capacity=Capacity.GUARDIANSHIP, representative=parent)
    figures = measured(counter, copy_at=counter.now, with_root=True).figures
    assert (figures.people, figures.minors, figures.protected) == (3, 1, 1)
    assert figures.ways == {Reach.PHONE: 1, Reach.MAIL: 1}
    assert (figures.reachable, figures.unreachable) == (1, 2)


def test_a_copy_without_the_root_key_can_be_read_by_nobody(counter: Counter) -> None:
    counter.kept(counter.opened(counter.bench.person(), SITUATION))
    found = measured(counter, copy_at=counter.now)
    assert found.figures.is_empty
    assert found.figures.unintelligible
    assert found.figures.sealed.people == 1
    assert found.figures.sealed.records >= 3
    assert Caveat.HEADERS_IN_CLEAR in found.caveats
    with_root = measured(counter, copy_at=counter.now, with_root=True)
    assert with_root.figures.records == found.figures.sealed.records
    assert with_root.figures.categories[DataCategory.IDENTIFIERS] == Count(1, 1)
    assert with_root.staff == 3, "the names of the agents stand in it too"
    assert Caveat.HEADERS_IN_CLEAR not in with_root.caveats


def test_what_was_erased_before_the_copy_was_made_is_in_no_copy(counter: Counter) -> None:
    bench = counter.bench
    bench.authority()
    procedure = bench.procedure(values=("AB-123-CD",))
    before = bench.clock.now()
    bench.later(hours=1)
    bench.resolve(procedure)
    bench.later(hours=1)
    bench.ledger.retention.run(bench.command(bench.job))
    bench.later(hours=1)
    now = measured(counter, copy_at=counter.now, with_root=True).figures
    assert now.kinds.get(RecordKind.VALUE) is None
    assert now.erased == Count(0, 1)
    then = measured(counter, copy_at=before, with_root=True)
    assert then.figures.kinds[RecordKind.VALUE] == 1, "it was there when the copy was made"
    assert then.figures.erased == Count(0, 0)
    earlier = measured(counter, copy_at=before, with_root=True, as_of=before)
    assert earlier.figures.kinds == then.figures.kinds


def test_a_period_narrows_a_copy_to_what_came_into_it_then(counter: Counter) -> None:
    old = counter.opened(counter.bench.person(), SITUATION)
    start = counter.bench.later(hours=1)
    counter.bench.person(BOB)
    counter.kept(old)
    end = counter.bench.later(hours=1)
    counter.bench.person(homonym=True)
    whole = measured(counter, copy_at=counter.now, with_root=True).figures
    part = measured(counter, copy_at=counter.now, with_root=True, since=start, until=end).figures
    assert whole.kinds[RecordKind.IDENTITY] == 3
    assert part.kinds == {RecordKind.IDENTITY: 1, RecordKind.VALUE: 1}


def test_an_earlier_instant_counts_nothing_that_came_later(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    counter.look(procedure)
    then = counter.now
    counter.bench.later(minutes=5)
    counter.look(procedure)
    counter.bench.person(BOB)
    assert measured(counter, house=counter.bench.house, as_of=then).figures.kinds[RecordKind.LOOK] == 1
    assert measured(counter, copy_at=then, with_root=True).figures.people == 1
    assert measured(counter, house=counter.bench.house).figures.kinds[RecordKind.LOOK] == 2


def test_a_recipient_concerns_what_went_to_it_and_what_was_typed_into_its_portal(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person())
    assert counter.act_for(procedure, "inc.3m").granted
    assert counter.look(procedure, "id.civil").granted
    for code in ("cnaf", "caf"):
        figures = measured(counter, recipient=code).figures
        assert figures.kinds == {RecordKind.LOOK: 1}, "what the person showed never went there"
        assert figures.categories == {DataCategory.FINANCIAL: Count(1, 1)}
    assert measured(counter, recipient="cnav").figures.is_empty


def test_paper_is_counted_where_it_is_filed(counter: Counter) -> None:
    aline, bob = counter.bench.person(), counter.bench.person(BOB)
    counter.live(aline, bob)
    counter.drafted(aline)
    found = measured(counter, any_paper=True, house=counter.bench.house)
    assert found.figures.kinds == {RecordKind.PAPER: 1}, "a draft has no paper yet"
    assert found.figures.people == 2
    assert found.figures.categories[DataCategory.CIVIL_STATUS] == Count(2, 1)
    assert measured(counter, paper=PaperPlace.SAFE).figures.is_empty
    assert measured(counter, paper=PaperPlace.LOCKED_CABINET).figures.people == 2


def test_whoever_was_registered_twice_is_one_person(counter: Counter) -> None:
    first = counter.bench.person()
    second = counter.bench.person(homonym=True)
    counter.opened(first)
    counter.opened(second)
    merge(counter.desk, counter.command(), duplicate=second, survivor=first)
    figures = measured(counter, copy_at=counter.now, with_root=True).figures
    assert figures.people == 1
    assert figures.kinds[RecordKind.IDENTITY] == 2


def test_a_visit_without_a_name_is_nobodys(counter: Counter) -> None:
    counter.opened(None, mission=Mission.INFORM)
    figures = measured(counter, house=counter.bench.house).figures
    assert (figures.people, figures.records, figures.nobodys) == (0, 1, 1)


def test_a_page_of_facts_counts_whose_facts_were_on_it(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    other = counter.colleague()
    page = Reading.of_page(house=counter.bench.house, page="procedure.list", rows=1, about=(procedure,))
    counter.desk.streams.commit(counter.command(other), page)
    figures = measured(counter, agents=(other,)).figures
    assert figures.kinds == {RecordKind.PAGE: 1}
    assert figures.people == 1


def test_what_is_counted_by_hand_is_added(counter: Counter) -> None:
    hand = HandEntry(12, 30, frozenset({DataCategory.HEALTH}))
    alone = measured(counter, by_hand=(hand,)).figures
    assert (alone.people, alone.records) == (12, 30)
    assert alone.categories == {DataCategory.HEALTH: Count(12, 30)}
    counter.bench.person()
    assert measured(counter, copy_at=counter.now, with_root=True, by_hand=(hand,)).figures.people == 13


def test_members_of_a_household_are_asked_for_where_data_tell_of_them_and_counted_when_given(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    house, hand = counter.bench.house, HandEntry(3, 0)
    counter.look(procedure, "id.civil", "inc.3m")
    alone = measured(counter, house=house)
    assert Caveat.HOUSEHOLDS not in alone.caveats, "nothing tells of anybody else"
    counter.look(procedure, "id.civil", "hh.composition")
    asked = measured(counter, house=house)
    assert (asked.figures.people, asked.figures.household) == (1, None)
    assert Caveat.HOUSEHOLDS in asked.caveats
    told = measured(counter, house=house, household=hand)
    assert (told.figures.people, told.figures.records) == (4, asked.figures.records)
    assert told.figures.categories[DataCategory.CIVIL_STATUS].people == 4
    assert told.figures.categories[DataCategory.FINANCIAL].people == 1, "nobody saw what the others earn"
    assert {Caveat.HOUSEHOLDS, Caveat.HOUSEHOLDS_BY_HAND} & set(told.caveats) == {Caveat.HOUSEHOLDS_BY_HAND}
    none = measured(counter, house=house, household=HandEntry(0, 0))
    assert not {Caveat.HOUSEHOLDS, Caveat.HOUSEHOLDS_BY_HAND} & set(none.caveats)
    sealed = measured(counter, copy_at=counter.now, household=hand)
    assert sealed.figures.unintelligible
    assert sealed.figures.sealed.people == 4
    assert Caveat.HOUSEHOLDS in measured(counter, copy_at=counter.now).caveats, "of what is sealed nobody knows"


def test_nothing_is_opened_before_the_reading_is_on_record_and_no_personal_value_ever(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.look(counter.opened(counter.bench.person()))
    boxes, seen = counter.desk.boxes, []
    log = counter.bench.ledger.log
    size = log.size()

    def watched(sealed: Any) -> list[Any]:
        if [each.field for each in sealed] != ["roles"]:  # who asks is judged first
            seen.append((log.size(), [type(each).__name__ for each in sealed]))
        return kept(sealed)

    kept = boxes.open_many
    monkeypatch.setattr(boxes, "open_many", watched)
    measured(counter, house=counter.bench.house)
    assert seen
    assert {kind for _, kinds in seen for kind in kinds} == {"Fact"}
    assert {at for at, _ in seen} == {size + 1}, "one reading, recorded before"
    (recorded,) = log.read(after=size)
    assert recorded.header.topic == "reading.recorded.1"


def test_facts_that_are_gone_leave_a_record_that_says_no_more(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.look(counter.opened(counter.bench.person()))
    boxes, gone = counter.desk.boxes, (Erased(counter.now, "term"), Withheld("being-destroyed"))
    kept = boxes.open_many

    def destroyed(sealed: Any) -> list[Any]:
        of_actor = [each.field for each in sealed] == ["roles"]
        return kept(sealed) if of_actor else [gone[number % 2] for number in range(len(sealed))]

    monkeypatch.setattr(boxes, "open_many", destroyed)
    found = measured(counter, house=counter.bench.house)
    assert found.figures.kinds[RecordKind.LOOK] == 1
    assert found.figures.untold >= 1
    assert found.figures.standing_unknown == 1
    assert Caveat.DESTROYED_SINCE in found.caveats


def test_of_a_large_scope_a_part_is_examined_and_that_is_said(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        person = counter.bench.person(replace(ALINE, given_name=f"Aline {'abcdef'[number]}"))
        counter.look(counter.opened(person))
    monkeypatch.setattr(scope_selecting, "SCOPE_EXAMINED", 4)
    monkeypatch.setattr(scope_module, "SCOPE_EXAMINED", 4)
    for asked in ({"house": counter.bench.house}, {"agents": (counter.bench.agent,)},
                  {"copy_at": counter.now, "with_root": True}):  # fmt: skip
        part, whole = measured(counter, **asked), measured(counter, **asked, exact=True)
        assert not part.is_whole
        assert whole.is_whole
        assert part.figures.people == whole.figures.people == 6, "identities tell whose they are, unopened"
        assert part.figures.records == whole.figures.records
        assert part.figures.unexamined > 0 == whole.figures.unexamined
        assert Caveat.NOT_ALL_EXAMINED in part.caveats
        for category, count in part.figures.categories.items():
            assert count.records <= whole.figures.categories[category].records
    assert SCOPE_EXAMINED >= 1000


def test_an_unknown_recipient_nothing_selected_and_a_copy_of_the_future_are_refused(counter: Counter) -> None:
    with pytest.raises(RecipientUnknown):
        measured(counter, recipient="nobody")
    with pytest.raises(NothingSelected):
        measured(counter)
    for clash in ({"recipient": "caf"}, {"any_paper": True}, {"agents": (counter.bench.agent,)}):
        with pytest.raises(ChoicesClash):
            measured(counter, copy_at=counter.now, **clash)
    with pytest.raises(CopyAfterwards):
        measured(counter, copy_at=counter.now, as_of=counter.now - timedelta(days=1))
    for future in ({"house": counter.bench.house, "as_of": counter.now + timedelta(days=1)},
                   {"copy_at": counter.now + timedelta(days=1)}):  # fmt: skip
        with pytest.raises(RefusedByRule) as refused:
            measured(counter, **future)
        assert refused.value.refusal is RefusalCode.IN_THE_FUTURE
    with pytest.raises(NotFound):
        measured(counter, agents=(new_id(),))


def test_who_works_in_a_house_sees_its_scope_and_their_own_and_no_other(counter: Counter) -> None:
    agent, house = counter.bench.agent, counter.bench.house
    assert measured(counter, actor=agent, house=house).figures.records == 0
    measured(counter, actor=agent, agents=(agent,))
    for asked in ({"copy_at": counter.now}, {"house": new_id()}, {"agents": (counter.bench.delegate,)}):
        with pytest.raises(RefusedByRule) as refused:
            measured(counter, actor=agent, **asked)
        assert refused.value.decision is RefusalCode.OTHER_HOUSE
    with pytest.raises(RefusedByRule) as refused:
        measured(counter, actor=counter.bench.job, house=house)
    assert refused.value.decision is RefusalCode.ROLE_NOT_ALLOWED
    officer = counter.bench.enrol("Odile Officier", Role.DPO, secrecy=False)
    measured(counter, actor=officer, copy_at=counter.now)


def test_a_scope_is_kept_with_its_breach(counter: Counter) -> None:
    breach = _signalled(counter)
    counter.bench.person()
    found = measured(counter, copy_at=counter.now, with_root=True)
    command = counter.command(counter.bench.delegate)
    attach_scope(counter.desk, command, breach, found)
    assert attach_scope(counter.desk, command, breach, found).repeated
    (kept,) = counter.desk.streams.load(Breach, breach).scopes
    with judging(counter.desk, counter.command()) as judgement:
        figures = judgement.known(kept.figures)
    assert figures is not None
    assert (figures.people, figures.records) == (1, 1)
    assert [each.category for each in figures.categories] == [DataCategory.CIVIL_STATUS, DataCategory.CONTACT]
    assert figures.caveats == tuple(found.caveats)


def _signalled(counter: Counter) -> UUID:
    breach = Breach.signal(
        house=counter.bench.house, signalled_at=counter.now, occurrence=UNKNOWN_OCCURRENCE, account="Un poste manque.",
        declarant=Declarant("Zoé Exemple", ""), at=counter.now,
    )  # fmt: skip
    counter.desk.streams.commit(counter.command(), breach)
    return breach.id
