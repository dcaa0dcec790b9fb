"""Mandates on the real store and the real keys: made step by step, ended in every way, and what an end leaves to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger.aggregates.access import Access
from ledger.aggregates.agent import Agent
from ledger.aggregates.mandate import Mandate
from ledger.errors import Conflict, NotFound
from ledger.identifiers import new_id
from ledger.policies.mandate_making import Signature
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    Capacity,
    ContactMeans,
    EndKind,
    IdentityMethod,
    Mode,
    PaperPlace,
    Place,
    RefusalCode,
    Role,
    Signatory,
    SignatureMeans,
    SigningPlace,
    VoidReason,
)
from ledger.projections.duties import open_duties
from ledger.rules.personal_numbers import NoteHoldsNir
from ledger.usecases.access.codes import UnknownAct
from ledger.usecases.agent.depart import depart
from ledger.usecases.gate import judging
from ledger.usecases.mandate import ending as ending_of_mandates
from ledger.usecases.mandate import making
from ledger.usecases.mandate.acts import record_act, strike_act
from ledger.usecases.mandate.afterwards import account, tell_partner
from ledger.usecases.mandate.dealings import dealings_under
from ledger.usecases.mandate.draft import Draft, MandateTooLong, TwicePerson, draft
from ledger.usecases.mandate.ending import EndNotRecordedSo, NotYetOver, end_mandate, renounce, revoke
from ledger.usecases.mandate.making import (
    AlreadySigned,
    DigestMalformed,
    Originals,
    Signing,
    count_originals,
    sign,
    verify_identity,
    void,
)
from ledger.usecases.procedure.doing import Sending, transmit
from ledger.usecases.subject.change_capacity import change_capacity
from ledger.usecases.subject.die import die
from ledger.usecases.subject.register import PersonTyped
from tests.integration.usecases.counter import BOB, CAREER, RSA, Counter, away, here
from tests.integration.usecases.workbench import Workbench

PARIS = ZoneInfo("Europe/Paris")
GRANDSON = PersonTyped("Exemple", "Enzo", "01/09/2012")


@pytest.fixture
def counter(bench: Workbench) -> Counter:
    made = Counter(bench)
    made.train(bench.agent)
    return made


def refused(call: Callable[[], object]) -> RefusalCode:
    """Give the code with which a call is refused."""
    with pytest.raises(RefusedByRule) as caught:
        call()
    return caught.value.refusal


def ends_at(counter: Counter, mandate: Mandate) -> datetime | None:
    """Open the end of a mandate's term, as a judgement would."""
    assert mandate.ends_at is not None
    with judging(counter.desk, counter.command()) as judgement:
        return judgement.known(mandate.ends_at)


def test_a_mandate_is_made_step_by_step_and_lives_until_local_midnight(counter: Counter) -> None:
    mandate = counter.mandate(counter.live(counter.bench.person(), term_days=365))
    assert mandate.is_live
    assert mandate.started_at == counter.now
    assert ends_at(counter, mandate) == datetime(2027, 6, 9, tzinfo=PARIS)


def test_every_step_once_however_often_the_command_is_sent(counter: Counter) -> None:
    person = counter.bench.person()
    wanted = Draft((person,), acts=((RSA, f"{RSA}:file"),))
    command = counter.command(request=b"draft")
    first, second = draft(counter.desk, command, wanted), draft(counter.desk, command, wanted)
    assert first.streams == second.streams
    assert second.repeated
    with pytest.raises(Conflict):
        draft(counter.desk, replace(command, request=b"another"), wanted)


def test_two_spouses_and_the_house_take_three_originals(counter: Counter) -> None:
    aline, bob = counter.bench.person(), counter.bench.person(BOB)
    mandate = counter.drafted(aline, bob)
    counter.identified(mandate, aline, bob)
    counter.informed(mandate)
    counter.signed(mandate, aline, bob)
    assert refused(lambda: counter.counted(mandate, 2)) is RefusalCode.ORIGINALS_MISSING
    assert not counter.mandate(mandate).is_live
    counter.counted(mandate, 3)
    assert counter.mandate(mandate).is_live


def test_one_spouse_identified_is_not_both(counter: Counter) -> None:
    aline, bob = counter.bench.person(), counter.bench.person(BOB)
    mandate = counter.drafted(aline, bob)
    counter.identified(mandate, aline)
    assert refused(lambda: counter.informed(mandate)) is RefusalCode.WRONG_ORDER
    counter.identified(mandate, bob)
    counter.informed(mandate)
    counter.signed(mandate, aline)
    assert refused(lambda: counter.counted(mandate, 3)) is RefusalCode.SIGNATURE_MISSING


def test_only_those_whom_it_names_show_and_sign(counter: Counter) -> None:
    aline, bob = counter.bench.person(), counter.bench.person(BOB)
    mandate = counter.drafted(aline)
    assert refused(lambda: counter.identified(mandate, bob)) is RefusalCode.NOT_A_PARTY
    counter.identified(mandate, aline)
    counter.informed(mandate)
    for signature in (
        Signature(Signatory.PERSON, bob, bob),
        Signature(Signatory.PERSON, bob, aline),
        Signature(Signatory.CURATOR, bob, aline),
        Signature(Signatory.MANDATARY, bob),
        Signature(Signatory.MANDATARY, counter.bench.agent, aline),
    ):
        code = refused(lambda signature=signature: sign(  # type: ignore[misc]
            counter.desk, counter.command(), mandate, Signing((signature,))
        ))  # fmt: skip
        assert code is RefusalCode.NOT_A_PARTY


def test_nobody_signs_twice(counter: Counter) -> None:
    aline = counter.bench.person()
    mandate = counter.drafted(aline)
    counter.identified(mandate, aline)
    counter.informed(mandate)
    counter.signed(mandate, aline)
    with pytest.raises(AlreadySigned):
        counter.signed(mandate, aline)


@pytest.mark.parametrize(
    ("means", "place", "code"),
    [
        (SignatureMeans.SMS, SigningPlace.HOUSE, RefusalCode.SIGNATURE_MEANS_REFUSED),
        (SignatureMeans.REMOTE, SigningPlace.ELSEWHERE, RefusalCode.SIGNATURE_MEANS_REFUSED),
        (SignatureMeans.ON_SITE_PAPER, SigningPlace.ELSEWHERE, RefusalCode.SIGNATURE_NOT_ON_SITE),
    ],
)
def test_it_is_signed_on_paper_and_on_site(
    counter: Counter, means: SignatureMeans, place: SigningPlace, code: RefusalCode
) -> None:
    aline = counter.bench.person()
    mandate = counter.drafted(aline)
    counter.identified(mandate, aline)
    counter.informed(mandate)
    signing = Signing((Signature(Signatory.PERSON, aline, aline),), means, place)
    assert refused(lambda: sign(counter.desk, counter.command(), mandate, signing)) is code
    assert counter.mandate(mandate).signatures == []


def test_an_identity_is_verified_by_a_method_that_the_profile_takes(counter: Counter) -> None:
    aline = counter.bench.person()
    mandate = counter.drafted(aline)
    method = IdentityMethod.FAMILY_BOOKLET_AND_WITNESS
    taken = counter.desk.law.profile.identity_methods(date(2026, 6, 9))
    assert method not in taken
    code = refused(lambda: verify_identity(counter.desk, counter.command(), mandate, person=aline, method=method))
    assert code is RefusalCode.IDENTITY_METHOD_REFUSED


def test_a_paper_signed_in_the_wrong_order_is_void_and_signed_again(counter: Counter) -> None:
    aline = counter.bench.person()
    mandate = counter.drafted(aline)
    counter.bench.later(minutes=10)
    counter.identified(mandate, aline)
    counter.informed(mandate)
    signing = Signing((Signature(Signatory.PERSON, aline, aline),), effective_at=counter.now - timedelta(minutes=2))
    assert refused(lambda: sign(counter.desk, counter.command(), mandate, signing)) is RefusalCode.WRONG_ORDER
    void(counter.desk, counter.command(), mandate, reason=VoidReason.WRONG_ORDER)
    assert refused(lambda: counter.signed(mandate, aline)) is RefusalCode.MANDATE_VOID
    assert counter.mandate(counter.live(aline)).is_live


def test_a_late_entry_keeps_its_own_time(counter: Counter) -> None:
    aline = counter.bench.person()
    began = counter.now
    mandate = counter.drafted(aline)
    counter.bench.later(hours=3)
    verify_identity(
        counter.desk, counter.command(), mandate, person=aline, method=IdentityMethod.PASSPORT,
        effective_at=began + timedelta(minutes=5),
    )  # fmt: skip
    (check,) = counter.mandate(mandate).identities
    assert check.effective_at == began + timedelta(minutes=5)


@pytest.mark.parametrize("days", [2, 366])
def test_only_the_durations_of_the_profile_are_offered(counter: Counter, days: int) -> None:
    person = counter.bench.person()
    assert refused(lambda: counter.drafted(person, term_days=days)) is RefusalCode.TERM_NOT_OFFERED


@pytest.mark.parametrize(
    ("lists", "code"),
    [
        ({"acts": ()}, RefusalCode.NOT_A_SPECIAL_MANDATE),
        ({"acts": (f"{RSA}:whatever",)}, RefusalCode.NOT_A_SPECIAL_MANDATE),
        ({"acts": (), "requests": (f"{RSA}:whatever",)}, RefusalCode.NOT_A_SPECIAL_MANDATE),
        ({"acts": ("ANAH01-mpr:create-account",)}, RefusalCode.FORBIDDEN_ACT),
        ({"acts": ("JUS02-casier:file",)}, RefusalCode.MODE_NOT_OFFERED),
    ],
)
def test_it_lists_acts_and_requests_of_the_catalogue(
    counter: Counter, lists: dict[str, Any], code: RefusalCode
) -> None:
    person = counter.bench.person()
    assert refused(lambda: counter.drafted(person, **lists)) is code


def test_there_is_a_limit_to_what_one_mandate_lists(counter: Counter) -> None:
    person = counter.bench.person()
    with pytest.raises(MandateTooLong):
        counter.drafted(person, acts=[f"{RSA}:act-{number}" for number in range(21)])
    with pytest.raises(TwicePerson):
        counter.drafted(person, person)


def test_a_minor_s_representative_is_identified_and_signs(counter: Counter) -> None:
    aline = counter.bench.person()
    enzo = counter.bench.person(GRANDSON, capacity=Capacity.MINOR, representative=aline)
    mandate = counter.drafted(enzo)
    counter.identified(mandate, enzo)
    assert refused(lambda: counter.informed(mandate)) is RefusalCode.WRONG_ORDER
    counter.identified(mandate, aline)
    counter.informed(mandate)
    assert refused(lambda: counter.signed(mandate, enzo)) is RefusalCode.NOT_A_PARTY
    signatures = (
        Signature(Signatory.REPRESENTATIVE, aline, enzo), Signature(Signatory.MANDATARY, counter.bench.agent),
    )  # fmt: skip
    sign(counter.desk, counter.command(), mandate, Signing(signatures))
    counter.counted(mandate, 2)
    assert counter.mandate(mandate).is_live


def test_under_curatorship_both_sign(counter: Counter) -> None:
    curator = counter.bench.person()
    bob = counter.bench.person(BOB, capacity=Capacity.CURATORSHIP, representative=curator)
    mandate = counter.drafted(bob)
    counter.identified(mandate, bob, curator)
    counter.informed(mandate)
    counter.signed(mandate, bob)
    assert refused(lambda: counter.counted(mandate)) is RefusalCode.SIGNATURE_MISSING
    sign(counter.desk, counter.command(), mandate, Signing((Signature(Signatory.CURATOR, curator, bob),)))
    counter.counted(mandate)
    assert counter.mandate(mandate).is_live


def test_under_safeguard_something_is_checked_first(counter: Counter) -> None:
    bob = counter.bench.person(BOB, capacity=Capacity.SAFEGUARD)
    assert refused(lambda: counter.drafted(bob)) is RefusalCode.CAPACITY_CHECK_NEEDED
    counter.drafted(bob, capacity_checked=True)


def test_an_agent_who_is_not_named_does_not_sign(counter: Counter) -> None:
    aline, other = counter.bench.person(), counter.colleague()
    mandate = counter.drafted(aline, agents=(other,))
    counter.identified(mandate, aline)
    counter.informed(mandate)
    assert refused(lambda: counter.signed(mandate, aline)) is RefusalCode.NOT_THE_MANDATARY
    counter.signed(mandate, aline, agent=other)


def test_whoever_does_not_receive_people_draws_up_no_mandate(counter: Counter) -> None:
    person = counter.bench.person()
    officer = counter.bench.enrol("Olivia Officier", Role.DPO)
    wanted = Draft((person,), acts=((RSA, f"{RSA}:file"),))
    assert refused(lambda: draft(counter.desk, counter.command(officer), wanted)) is RefusalCode.ROLE_NOT_ALLOWED
    with pytest.raises(NotFound):
        counter.drafted(new_id())


def test_revoked_at_once_without_a_reason_by_anybody_who_was_told(counter: Counter) -> None:
    mandate = counter.live(counter.bench.person())
    ending = revoke(counter.desk, counter.command(counter.bench.delegate), mandate)
    assert ending.partners == ()
    assert not counter.mandate(mandate).is_live


def test_revoking_again_gives_the_same_answer_or_says_that_it_is_over(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    counter.act_for(procedure, "id.civil")
    command = counter.command(request=b"revoke")
    first = revoke(counter.desk, command, mandate)
    again = revoke(counter.desk, command, mandate)
    assert again.recorded.repeated
    assert (again.partners, again.irregular_acts) == (first.partners, first.irregular_acts) == (("cnaf",), ())
    code = refused(lambda: revoke(counter.desk, counter.command(), mandate))
    assert code is RefusalCode.MANDATE_ALREADY_ENDED


def test_an_end_names_the_partners_that_were_dealt_with_and_no_other(counter: Counter) -> None:
    person = counter.bench.person()
    used = counter.opened(person, RSA, mode=Mode.ACT_FOR)
    unused = counter.opened(person, CAREER, mode=Mode.ACT_FOR)
    mandate = counter.live(person, acts=(f"{RSA}:file", f"{CAREER}:correct"))
    for procedure in (used, unused):
        counter.attached(procedure, mandate)
    counter.act_for(used, "id.civil")
    counter.act_for(unused, "emp.career", act=f"{CAREER}:correct", place=Place.SHOWN)
    assert revoke(counter.desk, counter.command(), mandate).partners == ("cnaf",)


def test_every_partner_is_told_and_then_nothing_is_left(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    counter.act_for(procedure, "id.civil")

    def tell(partner: str) -> str:
        return tell_partner(counter.desk, counter.command(), mandate, partner=partner, means=ContactMeans.PHONE).outcome

    assert refused(lambda: tell("cnaf")) is RefusalCode.NOT_ENDED
    revoke(counter.desk, counter.command(), mandate)
    assert refused(lambda: tell("cnav")) is RefusalCode.NOT_A_RECIPIENT
    assert tell("cnaf") == "ALL_TOLD"
    account(counter.desk, counter.command(), mandate, means=ContactMeans.COUNTER)
    assert counter.mandate(mandate).accounted_at == counter.now


def test_what_was_looked_at_after_the_call_and_before_its_recording_is_flagged(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    regular = counter.act_for(procedure, "id.civil")
    called_at = counter.bench.later(minutes=30)
    counter.bench.later(minutes=10)
    irregular = counter.act_for(procedure, "id.civil")
    shown = counter.look(procedure, "id.civil")
    act = record_act(counter.desk, counter.command(), away(procedure))
    assert act.exhausted
    counter.bench.later(minutes=10)
    ending = revoke(counter.desk, counter.command(), mandate, known_at=called_at)
    assert ending.irregular_accesses == (irregular.access_id,)
    assert ending.irregular_acts == (0,)
    load = counter.desk.streams.load
    assert load(Access, irregular.access_id).is_flagged
    assert not load(Access, regular.access_id).is_flagged
    assert not load(Access, shown.access_id).is_flagged


def test_flagging_is_finished_when_it_was_cut_short(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    called_at = counter.bench.later(minutes=30)
    irregular = counter.act_for(procedure, "id.civil")
    counter.bench.later(minutes=10)
    command = counter.command(request=b"revoke")
    with monkeypatch.context() as cut_short:
        cut_short.setattr("ledger.usecases.mandate.ending.flag_irregular_accesses", _cut)
        with pytest.raises(KeyboardInterrupt):
            revoke(counter.desk, command, mandate, known_at=called_at)
    assert not counter.mandate(mandate).is_live
    assert not counter.desk.streams.load(Access, irregular.access_id).is_flagged
    for _ in range(2):
        ending = revoke(counter.desk, command, mandate, known_at=called_at)
        assert ending.irregular_accesses == (irregular.access_id,)
    access = counter.desk.streams.load(Access, irregular.access_id)
    assert [str(review) for review in access.reviews] == ["flagged"]


def _cut(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_house_gives_a_mandate_back(counter: Counter) -> None:
    mandate = counter.live(counter.bench.person())
    officer = counter.bench.enrol("Olivia Officier", Role.DPO)
    code = refused(lambda: renounce(counter.desk, counter.command(officer), mandate))
    assert code is RefusalCode.ROLE_NOT_ALLOWED
    renounce(counter.desk, counter.command(), mandate)
    assert not counter.mandate(mandate).is_live


def test_the_term_ends_it_by_itself_and_recording_it_opens_the_duties(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person(), term_days=1)
    counter.act_for(procedure, "id.civil")
    with pytest.raises(NotYetOver):
        end_mandate(counter.desk, counter.command(), mandate, kind=EndKind.EXPIRED)
    counter.bench.clock.instant = datetime(2026, 6, 10, 0, 0, tzinfo=PARIS)
    assert counter.act_for(procedure, "id.civil").decision is RefusalCode.MANDATE_ENDED
    code = refused(lambda: revoke(counter.desk, counter.command(), mandate))
    assert code is RefusalCode.MANDATE_ALREADY_ENDED
    ending = end_mandate(counter.desk, counter.command(), mandate, kind=EndKind.EXPIRED)
    assert ending.partners == ("cnaf",)
    end = counter.mandate(mandate).end
    assert end is not None
    assert end.binds_at == datetime(2026, 6, 10, tzinfo=PARIS)


@pytest.mark.parametrize("kind", [EndKind.REVOKED, EndKind.RENOUNCED, EndKind.EXHAUSTED])
def test_an_end_with_a_verb_of_its_own_is_not_recorded_otherwise(counter: Counter, kind: EndKind) -> None:
    with pytest.raises(EndNotRecordedSo):
        end_mandate(counter.desk, counter.command(), new_id(), kind=kind)


def test_a_later_mandate_elsewhere_ends_it_when_this_house_is_told(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    given_elsewhere = counter.now
    counter.bench.later(days=2)
    assert counter.act_for(procedure, "id.civil").granted
    end_mandate(counter.desk, counter.command(), mandate, kind=EndKind.SUPERSEDED, effective_at=given_elsewhere)
    end = counter.mandate(mandate).end
    assert end is not None
    assert end.effective_at == end.known_at == counter.now
    assert counter.act_for(procedure, "id.civil").decision is RefusalCode.MANDATE_ENDED


def test_the_last_listed_act_ends_the_mandate(counter: Counter) -> None:
    person = counter.bench.person()
    procedure, mandate = counter.served(person, acts=(f"{RSA}:file", f"{RSA}:contest"))
    assert not record_act(counter.desk, counter.command(), away(procedure)).exhausted
    assert counter.mandate(mandate).is_live
    assert record_act(counter.desk, counter.command(), away(procedure, f"{RSA}:contest")).exhausted
    assert counter.act_for(procedure, "id.civil").decision is RefusalCode.MANDATE_ENDED


def test_one_occurrence_never_ends_a_recurring_act(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person(), acts=(f"{RSA}:declare", f"{RSA}:file"))
    for _ in range(3):
        assert not record_act(counter.desk, counter.command(), away(procedure, f"{RSA}:declare")).exhausted
    assert not record_act(counter.desk, counter.command(), away(procedure)).exhausted
    struck = strike_act(counter.desk, counter.command(), mandate, entry=RSA, act=f"{RSA}:declare")
    assert struck.exhausted
    assert not counter.mandate(mandate).is_live


def test_an_act_of_a_procedure_that_is_not_opened_yet_is_not_done(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person(), acts=(f"{RSA}:file", f"{CAREER}:correct"))
    assert not record_act(counter.desk, counter.command(), away(procedure)).exhausted
    assert counter.mandate(mandate).is_live


def test_a_struck_act_is_given_no_more(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person(), acts=(f"{RSA}:file", f"{RSA}:contest"))
    strike_act(counter.desk, counter.command(), mandate, entry=RSA, act=f"{RSA}:file")
    assert counter.act_for(procedure, "id.civil").decision is RefusalCode.OUT_OF_SCOPE
    again = lambda: strike_act(counter.desk, counter.command(), mandate, entry=RSA, act=f"{RSA}:file")  # noqa: E731
    assert refused(again) is RefusalCode.OUT_OF_SCOPE


def test_after_a_death_only_what_was_begun_and_urgent_is_completed(counter: Counter) -> None:
    aline = counter.bench.person()
    procedure, _ = counter.served(aline, acts=(f"{RSA}:file", f"{RSA}:contest"))
    counter.act_for(procedure, "id.civil")
    died_at = counter.now
    counter.bench.later(days=1)
    die(counter.desk, counter.command(), aline, effective_at=died_at)
    act = away(procedure)
    never_begun = away(procedure, f"{RSA}:contest")
    late = refused(lambda: record_act(counter.desk, counter.command(), replace(never_begun, because="c'est urgent")))
    assert late is RefusalCode.MANDATE_ENDED
    assert refused(lambda: record_act(counter.desk, counter.command(), act)) is RefusalCode.MANDATE_ENDED
    record_act(counter.desk, counter.command(), replace(act, because="le délai courait jusqu'au soir"))
    unlisted = away(procedure, f"{RSA}:declare")
    code = refused(lambda: record_act(counter.desk, counter.command(), replace(unlisted, because="le délai courait")))
    assert code is RefusalCode.MANDATE_ENDED


def test_a_revocation_is_no_death(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    revoke(counter.desk, counter.command(), mandate)
    code = refused(
        lambda: record_act(counter.desk, counter.command(), replace(away(procedure), because="c'est urgent"))
    )
    assert code is RefusalCode.MANDATE_ENDED


def test_no_number_goes_into_a_reason(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person())
    with pytest.raises(NoteHoldsNir):
        record_act(counter.desk, counter.command(), replace(away(procedure), because="son numéro : 1 85 05 53 999 999"))


def test_two_agents_on_one_mandate_one_wins_and_the_other_is_told(counter: Counter) -> None:
    mandate = counter.drafted(counter.bench.person())
    first, second = counter.mandate(mandate), counter.mandate(mandate)
    for loaded in (first, second):
        loaded.void(VoidReason.WRONG_CONTENT, effective_at=counter.now, recorded_at=counter.now)
    counter.desk.streams.commit(counter.command(), first)
    with pytest.raises(Conflict):
        counter.desk.streams.commit(counter.command(), second)


def test_only_acts_of_the_catalogue_are_recorded(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person())
    for act in ("", f"{RSA}:whatever", f"{CAREER}:correct"):
        with pytest.raises(UnknownAct):
            record_act(counter.desk, counter.command(), here(procedure, act=act))
    with pytest.raises(UnknownAct) as caught:
        record_act(counter.desk, counter.command(), here(procedure, act="pour Aline Exemple"))
    assert "Aline" not in caught.value.explain()


def test_the_fingerprint_of_the_template_is_one(counter: Counter) -> None:
    mandate = counter.drafted(counter.bench.person())
    wanted = Originals(2, PaperPlace.SAFE, "mandat-2026-1", "pas une empreinte")
    with pytest.raises(DigestMalformed):
        count_originals(counter.desk, counter.command(), mandate, wanted)


def test_a_death_that_came_before_the_draft_ends_the_mandate_all_the_same(counter: Counter) -> None:
    before, aline = counter.now, counter.bench.person()
    counter.bench.later(days=5)
    procedure, mandate = counter.served(aline)
    counter.bench.later(days=1)
    die(counter.desk, counter.command(), aline, known_at=before)
    ended = counter.mandate(mandate)
    assert ended.end is not None
    assert ended.end.effective_at == ended.drafted_at
    assert counter.act_for(procedure, "id.civil").decision is RefusalCode.MANDATE_ENDED


def test_a_withdrawal_is_not_dated_before_the_draft(counter: Counter) -> None:
    before = counter.now
    counter.bench.later(days=5)
    _, mandate = counter.served(counter.bench.person())
    back = {"effective_at": before, "known_at": counter.now}
    assert refused(lambda: revoke(counter.desk, counter.command(), mandate, **back)) is RefusalCode.BACKDATED


def test_the_dead_neither_sign_nor_have_their_paper_come_to_live(counter: Counter) -> None:
    aline, bob = counter.bench.person(), counter.bench.person(BOB)
    unsigned, signed = counter.drafted(aline), counter.drafted(bob)
    counter.identified(signed, bob)
    counter.informed(signed)
    counter.signed(signed, bob)
    for person in (aline, bob):
        die(counter.desk, counter.command(), person)
    counter.bench.later(minutes=5)
    assert refused(lambda: counter.identified(unsigned, aline)) is RefusalCode.MANDATE_ENDED
    assert refused(lambda: counter.counted(signed)) is RefusalCode.NOT_A_PARTY
    assert not counter.mandate(signed).is_live


def test_whoever_stood_beside_and_died_signs_for_nobody(counter: Counter) -> None:
    guardian = counter.bench.person(BOB)
    enzo = counter.bench.person(GRANDSON, capacity=Capacity.MINOR, representative=guardian)
    mandate = counter.drafted(enzo)
    counter.identified(mandate, enzo, guardian)
    counter.informed(mandate)
    die(counter.desk, counter.command(), guardian)
    wanted = Signing((Signature(Signatory.REPRESENTATIVE, guardian, enzo),))
    assert refused(lambda: sign(counter.desk, counter.command(), mandate, wanted)) is RefusalCode.NOT_A_PARTY


def test_a_capacity_that_changed_since_the_draft_asks_for_another_paper(counter: Counter) -> None:
    aline, bob = counter.bench.person(), counter.bench.person(BOB)
    mandate = counter.drafted(aline)
    counter.identified(mandate, aline)
    counter.informed(mandate)
    counter.signed(mandate, aline)
    change_capacity(counter.desk, counter.command(), aline, capacity=Capacity.CURATORSHIP, representative=bob)
    assert refused(lambda: counter.counted(mandate)) is RefusalCode.CURATOR_NEEDED


def test_a_minor_who_came_of_age_signs_alone(counter: Counter) -> None:
    parent = counter.bench.person()
    nearly = PersonTyped("Exemple", "Zélie", "20/06/2008")
    zelie = counter.bench.person(nearly, capacity=Capacity.MINOR, representative=parent)
    begun = counter.drafted(zelie)
    counter.identified(begun, zelie, parent)
    counter.informed(begun)
    counter.bench.later(days=12)
    wanted = Signing((Signature(Signatory.REPRESENTATIVE, parent, zelie),))
    assert refused(lambda: sign(counter.desk, counter.command(), begun, wanted)) is RefusalCode.NOT_A_PARTY
    mandate = counter.live(zelie)
    with judging(counter.desk, counter.command()) as judgement:
        (party,) = judgement.known(counter.mandate(mandate).parties) or ()
        judgement.read("test", rows=1)
    assert (party.signers, party.beside, party.capacity) == ((Signatory.PERSON,), None, Capacity.ADULT)


def test_a_safeguard_since_the_draft_takes_a_check_and_the_draft_keeps_that_it_was_made(counter: Counter) -> None:
    aline = counter.bench.person()
    mandate = counter.drafted(aline)
    counter.identified(mandate, aline)
    counter.informed(mandate)
    change_capacity(counter.desk, counter.command(), aline, capacity=Capacity.SAFEGUARD)
    assert refused(lambda: counter.signed(mandate, aline)) is RefusalCode.CAPACITY_CHECK_NEEDED
    assert refused(lambda: counter.drafted(aline)) is RefusalCode.CAPACITY_CHECK_NEEDED
    checked = counter.live(aline, capacity_checked=True)
    with judging(counter.desk, counter.command()) as judgement:
        (party,) = judgement.known(counter.mandate(checked).parties) or ()
        judgement.read("test", rows=1)
    assert (party.capacity, party.checked) == (Capacity.SAFEGUARD, True)


def test_nothing_is_signed_by_an_agent_who_left_meanwhile(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    aline = counter.bench.person()
    mandate = counter.drafted(aline)
    counter.identified(mandate, aline)
    counter.informed(mandate)
    judge = making._check_signer

    def leave_first(*judged: Any) -> None:
        if counter.desk.streams.load(Agent, counter.bench.agent).departed_at is None:
            depart(counter.desk, counter.command(counter.bench.delegate), counter.bench.agent)
        judge(*judged)

    monkeypatch.setattr(making, "_check_signer", leave_first)
    with pytest.raises(Conflict):
        counter.signed(mandate, aline)
    assert not counter.mandate(mandate).signatures


def duties(counter: Counter) -> list[str]:
    """Give the kinds of what is to be done."""
    return sorted(row.kind for row in open_duties(counter.bench.ledger.current_views()))


def test_what_was_sent_once_the_end_was_known_is_for_review(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    told = counter.bench.later(minutes=60)
    counter.bench.later(minutes=10)
    transmit(counter.desk, counter.command(), away(procedure), Sending("caf", ("id.civil",)))
    counter.bench.later(minutes=10)
    revoke(counter.desk, counter.command(), mandate, known_at=told)
    assert duties(counter) == ["account", "review-act", "tell-partner"]


def test_the_act_that_ends_a_mandate_is_not_irregular_but_a_look_after_it_is(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person())
    at_once, other = counter.served(counter.bench.person(BOB))
    assert counter.act_for(at_once, "id.civil").granted
    assert record_act(counter.desk, counter.command(), away(at_once)).exhausted
    assert duties(counter) == ["account", "tell-partner"]
    assert counter.mandate(other).end is not None
    done_at = counter.bench.later(minutes=60)
    counter.bench.later(minutes=30)
    look = counter.act_for(procedure, "id.civil")
    counter.bench.later(minutes=30)
    assert record_act(counter.desk, counter.command(), away(procedure, effective_at=done_at)).exhausted
    assert look.access_id is not None
    assert counter.desk.streams.load(Access, look.access_id).is_flagged


@pytest.mark.parametrize("word", ["revoke", "account", "tell"])
def test_the_next_command_finishes_flagging_that_was_cut_short(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    called_at = counter.bench.later(minutes=30)
    irregular = counter.act_for(procedure, "id.civil")
    counter.bench.later(minutes=10)
    with monkeypatch.context() as cut_short:
        cut_short.setattr("ledger.usecases.mandate.ending.flag_irregular_accesses", _cut)
        with pytest.raises(KeyboardInterrupt):
            revoke(counter.desk, counter.command(), mandate, known_at=called_at)
    for _ in range(2):
        match word:
            case "revoke":
                again = refused(lambda: revoke(counter.desk, counter.command(), mandate, known_at=called_at))
                assert again is RefusalCode.MANDATE_ALREADY_ENDED
            case "account":
                account(counter.desk, counter.command(), mandate, means=ContactMeans.COUNTER)
            case _:
                tell_partner(counter.desk, counter.command(), mandate, partner="cnaf", means=ContactMeans.PHONE)
    access = counter.desk.streams.load(Access, irregular.access_id)
    assert [str(review) for review in access.reviews] == ["flagged"]


def test_what_was_done_before_the_end_was_written_down_is_entered_and_is_for_review(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    told = counter.bench.later(minutes=60)
    done_at = counter.bench.later(minutes=10)
    written = counter.bench.later(minutes=10)
    revoke(counter.desk, counter.command(), mandate, known_at=told)
    counter.bench.later(minutes=10)
    assert "review-act" not in duties(counter)
    for too_late in (written, counter.now):
        late = partial(record_act, counter.desk, counter.command(), away(procedure, effective_at=too_late))
        assert refused(late) is RefusalCode.MANDATE_ENDED
    act = away(procedure, effective_at=done_at)
    record_act(counter.desk, counter.command(), act)
    assert len(counter.mandate(mandate).acts_done) == 1
    assert duties(counter).count("review-act") == 1
    transmit(counter.desk, counter.command(), act, Sending("caf", ("id.civil",)))
    assert duties(counter).count("review-act") == 2


def test_data_sent_while_the_end_is_recorded_are_not_forgotten(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    counter.bench.later(minutes=1)
    once: list[Any] = []

    def then_sent(*judged: Any) -> Any:
        found = dealings_under(*judged)
        if not once:
            once.append(transmit(counter.desk, counter.command(), away(procedure), Sending("caf", ("id.civil",))))
        return found

    monkeypatch.setattr(ending_of_mandates, "dealings_under", then_sent)
    assert revoke(counter.desk, counter.command(), mandate).partners == ("cnaf",)
    assert len(counter.procedure(procedure).transmissions) == 1
