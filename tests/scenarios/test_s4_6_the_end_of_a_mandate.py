"""Convention, article 4.6: withdrawal at any moment, and what an end does. Played at the counter of Loiron."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from ledger.aggregates.access import Access
from ledger.aggregates.duty import DutyKind
from ledger.policies.mandate_life import winding_up_end
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import AfterEnd, ContactMeans, EndKind, Mode, OutcomeCode, RefusalCode
from ledger.projections.duties import open_duties
from ledger.usecases.gate import judging
from ledger.usecases.mandate.acts import record_act
from ledger.usecases.mandate.afterwards import account, tell_partner
from ledger.usecases.mandate.ending import end_mandate, revoke
from ledger.usecases.procedure.doing import Sending, transmit
from ledger.usecases.procedure.ending import resolve
from ledger.usecases.subject.die import die
from tests.integration.usecases.counter import RSA, Counter, away
from tests.integration.usecases.workbench import Workbench

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def counter(bench: Workbench) -> Counter:
    """Give the counter at ten o'clock on Tuesday 9 June 2026."""
    made = Counter(bench)
    made.train(bench.agent)
    return made


def refused(call: Callable[[], object]) -> RefusalCode:
    """Give the code with which a call is refused."""
    with pytest.raises(RefusedByRule) as caught:
        call()
    return caught.value.refusal


def on(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=PARIS)


def july(day: int) -> datetime:
    return datetime(2026, 7, day, 10, 0, tzinfo=PARIS)


@pytest.mark.row("S-4.6.18")
def test_revoked_at_11_00_a_draft_of_10_30_is_not_submitted_at_11_01(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    counter.bench.clock.instant = on(9, 10, 30)
    assert counter.act_for(procedure, "id.civil").granted
    counter.bench.clock.instant = on(9, 11, 0)
    ending = revoke(counter.desk, counter.command(), mandate)
    counter.bench.clock.instant = on(9, 11, 1)
    submit = lambda: transmit(counter.desk, counter.command(), away(procedure), Sending("caf", ("id.civil",)))  # noqa: E731
    assert refused(submit) is RefusalCode.MANDATE_ENDED
    assert ending.partners == ("cnaf",)
    told = tell_partner(counter.desk, counter.command(), mandate, partner="cnaf", means=ContactMeans.EMAIL)
    assert told.outcome == "ALL_TOLD"


def to_tell(counter: Counter) -> list[UUID]:
    """Give the mandates of whose end somebody is still to be told."""
    views = counter.bench.ledger.current_views()
    return [row.about for row in open_duties(views, kind=DutyKind.TELL_PARTNER)]


def tell_all(counter: Counter, mandate: UUID) -> None:
    """Tell the one partner there is, which must end the duty."""
    told = tell_partner(counter.desk, counter.command(), mandate, partner="cnaf", means=ContactMeans.EMAIL)
    assert (told.outcome, to_tell(counter)) == ("ALL_TOLD", [])


@pytest.mark.row("S-4.6.18")
def test_who_was_sent_something_before_the_end_is_told_of_it_though_the_sending_is_entered_after(
    counter: Counter,
) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    counter.bench.clock.instant = on(9, 11, 0)
    assert revoke(counter.desk, counter.command(), mandate).partners == ()
    assert to_tell(counter) == []
    counter.bench.clock.instant = on(9, 12, 0)
    command = counter.command(request=b"sent at half past ten")
    for _ in range(2):
        sent = away(procedure, effective_at=on(9, 10, 30))
        transmit(counter.desk, command, sent, Sending("caf", ("id.civil",)))
        assert to_tell(counter) == [mandate]
    transmit(counter.desk, counter.command(), sent, Sending("caf", ("inc.3m",)))
    assert to_tell(counter) == [mandate], "the second sending tells of no other partner"
    tell_all(counter, mandate)
    transmit(counter.desk, counter.command(), sent, Sending("caf", ("id.civil",)))
    assert to_tell(counter) == [], "whoever was told is bound"


@pytest.mark.row("S-4.6.18")
@pytest.mark.parametrize("hour", [10, 11])
def test_an_act_entered_after_the_end_leaves_its_partner_to_tell(counter: Counter, hour: int) -> None:
    procedure, mandate = counter.served(counter.bench.person(), acts=(f"{RSA}:file", f"{RSA}:contest"))
    counter.bench.clock.instant = on(9, 12, 0)
    revoke(counter.desk, counter.command(), mandate, known_at=on(9, 11, 0))
    record_act(counter.desk, counter.command(), away(procedure, effective_at=on(9, hour, 30)))
    assert to_tell(counter) == [mandate]
    tell_all(counter, mandate)


@pytest.mark.row("S-4.6.18")
def test_a_partner_that_the_end_lists_already_is_one_duty(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    assert counter.act_for(procedure, "id.civil").granted
    before = counter.now
    counter.bench.later(minutes=30)
    assert revoke(counter.desk, counter.command(), mandate).partners == ("cnaf",)
    late = away(procedure, effective_at=before)
    transmit(counter.desk, counter.command(), late, Sending("caf", ("id.civil",)))
    assert to_tell(counter) == [mandate]
    tell_all(counter, mandate)


@pytest.mark.row("S-4.6.18")
def test_called_at_11_00_recorded_at_11_20_an_act_of_11_10_is_irregular_and_for_review(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person(), acts=(f"{RSA}:file", f"{RSA}:contest"))
    counter.bench.clock.instant = on(9, 11, 10)
    look = counter.act_for(procedure, "id.civil")
    record_act(counter.desk, counter.command(), away(procedure))
    counter.bench.clock.instant = on(9, 11, 20)
    ending = revoke(counter.desk, counter.command(), mandate, known_at=on(9, 11, 0))
    assert ending.irregular_acts == (0,)
    assert ending.irregular_accesses == (look.access_id,)
    assert counter.desk.streams.load(Access, look.access_id).is_flagged
    header = [logged.header for logged in counter.bench.ledger.log.each() if logged.header.stream == mandate][-1]
    assert header.decision == "TELL_AND_REVIEW"


@pytest.mark.row("S-4.6.18")
def test_a_letter_dated_the_1st_and_received_on_the_4th_leaves_the_act_of_the_2nd_standing(counter: Counter) -> None:
    procedure, mandate = counter.served(
        counter.bench.person(), acts=(f"{RSA}:file", f"{RSA}:contest", f"{RSA}:declare"), term_days=182
    )
    counter.bench.clock.instant = july(2)
    record_act(counter.desk, counter.command(), away(procedure))
    counter.bench.clock.instant = july(4)
    ending = revoke(counter.desk, counter.command(), mandate, effective_at=july(1), known_at=july(4))
    assert ending.irregular_acts == ()
    late = away(procedure, f"{RSA}:contest", effective_at=july(3))
    record_act(counter.desk, counter.command(), late)
    loaded = counter.mandate(mandate)
    with judging(counter.desk, counter.command()) as judgement:
        grounds = [judgement.known(act.after_end) for act in loaded.acts_done]
    assert grounds == [None, AfterEnd.GOOD_FAITH]


@pytest.mark.row("S-4.6.18")
def test_the_person_withdraws_at_any_moment_and_need_not_say_why(counter: Counter) -> None:
    aline = counter.bench.person()
    for mandate in (counter.drafted(aline), counter.live(aline), counter.served(aline)[1]):
        revoke(counter.desk, counter.command(), mandate)
        assert not counter.mandate(mandate).is_live


def test_a_mandate_given_to_another_house_ends_the_first_when_the_first_is_told(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    given_elsewhere = counter.now
    counter.bench.later(days=1)
    assert counter.act_for(procedure, "id.civil").granted
    end_mandate(counter.desk, counter.command(), mandate, kind=EndKind.SUPERSEDED, effective_at=given_elsewhere)
    assert counter.act_for(procedure, "id.civil").decision is RefusalCode.MANDATE_ENDED


def test_every_listed_act_done_ends_it_but_one_month_s_declaration_does_not(counter: Counter) -> None:
    aline = counter.bench.person()
    claim, one_off = counter.served(aline)
    assert record_act(counter.desk, counter.command(), away(claim)).exhausted
    assert not counter.mandate(one_off).is_live
    monthly, recurring = counter.served(aline, acts=(f"{RSA}:declare",))
    assert not record_act(counter.desk, counter.command(), away(monthly, f"{RSA}:declare")).exhausted
    assert counter.mandate(recurring).is_live


def test_an_urgent_act_is_completed_after_a_death_with_its_reason(counter: Counter) -> None:
    aline = counter.bench.person()
    procedure, mandate = counter.served(aline)
    assert counter.act_for(procedure, "id.civil").granted
    counter.bench.later(days=2)
    died_at = counter.now - timedelta(days=1)
    die(counter.desk, counter.command(), aline, effective_at=died_at)
    act = away(procedure)
    assert refused(lambda: record_act(counter.desk, counter.command(), act)) is RefusalCode.MANDATE_ENDED
    record_act(counter.desk, counter.command(), replace(act, because="le délai de recours s'achevait ce soir"))
    account(counter.desk, counter.command(), mandate, means=ContactMeans.MAIL)


def test_what_completing_an_urgent_act_takes_is_looked_at_and_sent_after_a_death(counter: Counter) -> None:
    aline = counter.bench.person()
    procedure, _mandate = counter.served(aline, acts=(f"{RSA}:file", f"{RSA}:contest"))
    assert counter.act_for(procedure, "id.civil").granted
    counter.bench.later(days=2)
    die(counter.desk, counter.command(), aline, effective_at=counter.now)
    because = "le délai de recours s'achevait ce soir"
    assert counter.act_for(procedure, "id.civil").decision is RefusalCode.MANDATE_ENDED
    assert counter.act_for(procedure, "id.civil", because=because).granted
    never_begun = counter.act_for(procedure, "id.civil", act=f"{RSA}:contest", because=because)
    assert never_begun.decision is RefusalCode.MANDATE_ENDED
    sending = Sending("caf", ("id.civil",))
    assert refused(lambda: transmit(counter.desk, counter.command(), away(procedure), sending)) is (
        RefusalCode.MANDATE_ENDED
    )
    transmit(counter.desk, counter.command(), replace(away(procedure), because=because), sending)
    sent = counter.procedure(procedure).transmissions
    assert len(sent) == 1
    record_act(counter.desk, counter.command(), replace(away(procedure), because=because))


def test_when_a_mandate_ends_the_procedure_goes_on_with_the_person_for_thirty_days(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    revoke(counter.desk, counter.command(), mandate)
    assert counter.act_for(procedure, "id.civil").decision is RefusalCode.MANDATE_ENDED
    assert counter.look(procedure, "id.civil").granted
    grace = counter.desk.law.profile.grace(counter.now.date())
    assert winding_up_end(counter.now, grace=grace, zone=PARIS) == datetime(2026, 7, 10, tzinfo=PARIS)
    resolve(counter.desk, counter.command(), procedure, outcome=OutcomeCode.RIGHT_OPENED)


def test_a_new_mandate_takes_over_where_the_old_one_ended(counter: Counter) -> None:
    aline = counter.bench.person()
    procedure = counter.opened(aline, mode=Mode.ACT_FOR)
    first = counter.live(aline)
    counter.attached(procedure, first)
    revoke(counter.desk, counter.command(), first)
    counter.attached(procedure, counter.live(aline))
    assert counter.act_for(procedure, "id.civil").granted
