"""Convention, article 4.6: how a mandate comes to be. Each worked case is played at the counter of Loiron."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from ledger.bootstrap.papers import mandate_paper
from ledger.documents.mandate import render_mandate_text, template_version
from ledger.policies.mandate_making import Signature
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    Capacity,
    IdentityMethod,
    InformationTopic,
    Mode,
    RefusalCode,
    Signatory,
    SignatureMeans,
    SigningPlace,
    VoidReason,
)
from ledger.usecases.gate import judging
from ledger.usecases.mandate.making import Signing, inform, sign, verify_identity, void
from tests.integration.usecases.counter import BOB, CAREER, RSA, Counter
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


def o_clock(hour: int, minute: int) -> datetime:
    return datetime(2026, 6, 9, hour, minute, tzinfo=PARIS)


def signature_of(counter: Counter, person: UUID, **more: object) -> Callable[[UUID], object]:
    """Have the person sign a mandate, in one way or another."""
    signing = Signing((Signature(Signatory.PERSON, person, person),), **more)  # type: ignore[arg-type]
    return lambda mandate: sign(counter.desk, counter.command(), mandate, signing)


@pytest.mark.row("S-4.6.16")
def test_signature_at_10_05_and_identity_check_at_10_07_are_out_of_order(counter: Counter) -> None:
    aline = counter.bench.person()
    mandate = counter.drafted(aline)
    counter.bench.later(minutes=10)
    verify_identity(
        counter.desk, counter.command(), mandate, person=aline, method=IdentityMethod.IDENTITY_CARD,
        effective_at=o_clock(10, 7),
    )  # fmt: skip
    inform(
        counter.desk, counter.command(), mandate, topics=tuple(InformationTopic), notice="2026-1",
        effective_at=o_clock(10, 8),
    )  # fmt: skip
    signed = signature_of(counter, aline, effective_at=o_clock(10, 5))
    assert refused(lambda: signed(mandate)) is RefusalCode.WRONG_ORDER


@pytest.mark.row("S-4.6.16")
def test_a_paper_signed_before_the_identity_check_is_recorded_void_and_signed_again(counter: Counter) -> None:
    aline = counter.bench.person()
    mandate = counter.drafted(aline)
    assert refused(lambda: counter.signed(mandate, aline)) is RefusalCode.WRONG_ORDER
    void(counter.desk, counter.command(), mandate, reason=VoidReason.WRONG_ORDER)
    assert counter.mandate(counter.live(aline)).is_live


@pytest.mark.row("S-4.6.8")
def test_the_notice_is_that_of_this_mandate_has_a_version_and_is_given_before_any_signature(counter: Counter) -> None:
    aline = counter.bench.person()
    mandate = counter.drafted(aline)
    printed = " ".join(
        render_mandate_text(mandate_paper(counter.bench.ledger, counter.command(), mandate), original=1).split()
    )
    law, house = counter.desk.law, counter.bench.ledger.law.houses["loiron"]
    entry = law.catalogue.procedure(RSA, on=counter.now.date())
    recipients = [law.partners.recipient(code, on=counter.now.date()).name for code in entry.recipients]
    for said in (
        f"Responsable du traitement : {house.manager}",
        "accomplir les seules démarches ci-dessus",
        f"Destinataires : {', '.join(recipients)}",
        entry.name,
        "articles 48 à 56",
        "articles 13 à 22",
        str(house.channels.email),
        template_version(),
    ):
        assert said.replace("'", "’") in printed
    counter.identified(mandate, aline)
    assert refused(lambda: counter.signed(mandate, aline)) is RefusalCode.WRONG_ORDER
    inform(counter.desk, counter.command(), mandate, topics=tuple(InformationTopic), notice=template_version())
    counter.signed(mandate, aline)
    notice = counter.mandate(mandate).notice
    assert notice is not None
    with judging(counter.desk, counter.command()) as judgement:
        assert judgement.known(notice) == template_version()


@pytest.mark.row("S-4.6.16")
def test_information_on_use_and_rights_but_not_on_the_procedures_is_refused(counter: Counter) -> None:
    aline = counter.bench.person()
    mandate = counter.drafted(aline)
    counter.identified(mandate, aline)
    topics = (InformationTopic.USE_OF_DATA, InformationTopic.RIGHTS)
    told = lambda: inform(counter.desk, counter.command(), mandate, topics=topics, notice="2026-1")  # noqa: E731
    assert refused(told) is RefusalCode.INFORMATION_INCOMPLETE


@pytest.mark.row("S-4.6.15")
def test_signature_by_sms_is_refused_under_the_mayenne_profile(counter: Counter) -> None:
    aline = counter.bench.person()
    mandate = counter.drafted(aline)
    counter.identified(mandate, aline)
    counter.informed(mandate)
    by_sms = signature_of(counter, aline, means=SignatureMeans.SMS)
    assert refused(lambda: by_sms(mandate)) is RefusalCode.SIGNATURE_MEANS_REFUSED
    at_home = signature_of(counter, aline, place=SigningPlace.ELSEWHERE)
    assert refused(lambda: at_home(mandate)) is RefusalCode.SIGNATURE_NOT_ON_SITE


@pytest.mark.row("S-4.6.15")
def test_the_agent_s_signature_alone_or_the_person_s_alone_is_not_enough(counter: Counter) -> None:
    aline = counter.bench.person()
    for signed in ([Signature(Signatory.PERSON, aline, aline)], [Signature(Signatory.MANDATARY, counter.bench.agent)]):
        mandate = counter.drafted(aline)
        counter.identified(mandate, aline)
        counter.informed(mandate)
        sign(counter.desk, counter.command(), mandate, Signing(tuple(signed)))
        assert refused(lambda mandate=mandate: counter.counted(mandate)) is RefusalCode.SIGNATURE_MISSING  # type: ignore[misc]


@pytest.mark.row("S-4.6.17")
def test_two_spouses_and_the_house_with_two_originals_need_a_third(counter: Counter) -> None:
    aline, bob = counter.bench.person(), counter.bench.person(BOB)
    mandate = counter.drafted(aline, bob)
    counter.identified(mandate, aline, bob)
    counter.informed(mandate)
    counter.signed(mandate, aline, bob)
    assert refused(lambda: counter.counted(mandate, 2)) is RefusalCode.ORIGINALS_MISSING
    counter.counted(mandate, 3)


def test_365_days_from_9_june_2026_is_alive_on_8_june_2027_and_over_at_midnight(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person(), term_days=365)
    counter.train(counter.bench.agent, until=datetime(2028, 1, 1, tzinfo=PARIS).date())
    counter.bench.clock.instant = datetime(2027, 6, 8, 23, 59, 59, tzinfo=PARIS)
    assert counter.act_for(procedure).granted
    counter.bench.clock.instant += timedelta(seconds=1)
    assert counter.act_for(procedure).decision is RefusalCode.MANDATE_ENDED


def test_a_mandate_for_more_than_a_year_is_not_offered(counter: Counter) -> None:
    aline = counter.bench.person()
    assert refused(lambda: counter.drafted(aline, term_days=366)) is RefusalCode.TERM_NOT_OFFERED


def test_if_agent_a_is_named_agent_b_is_refused(counter: Counter) -> None:
    aline, agent_a, agent_b = counter.bench.person(), counter.colleague(), counter.bench.agent
    procedure = counter.opened(aline, mode=Mode.ACT_FOR)
    counter.attached(procedure, counter.live(aline, agents=(agent_a,)))
    assert counter.act_for(procedure, agent=agent_a).granted
    assert counter.act_for(procedure, agent=agent_b).decision is RefusalCode.NOT_THE_MANDATARY


@pytest.mark.parametrize(
    ("capacity", "quality", "alone"),
    [
        (Capacity.GUARDIANSHIP, Signatory.REPRESENTATIVE, RefusalCode.NOT_A_PARTY),
        (Capacity.FAMILY_HABILITATION, Signatory.REPRESENTATIVE, RefusalCode.NOT_A_PARTY),
        (Capacity.CURATORSHIP, Signatory.CURATOR, None),
    ],
)
def test_a_protected_adult_signs_through_or_beside_and_it_makes_no_party_more(
    counter: Counter, capacity: Capacity, quality: Signatory, alone: RefusalCode | None
) -> None:
    beside = counter.bench.person()
    bob = counter.bench.person(BOB, capacity=capacity, representative=beside)
    mandate = counter.drafted(bob)
    counter.identified(mandate, bob, beside)
    counter.informed(mandate)
    if alone is not None:
        assert refused(lambda: counter.signed(mandate, bob)) is alone
        counter.signed(mandate)
    else:
        counter.signed(mandate, bob)
    assert refused(lambda: counter.counted(mandate, 2)) is RefusalCode.SIGNATURE_MISSING
    sign(counter.desk, counter.command(), mandate, Signing((Signature(quality, beside, bob),)))
    counter.counted(mandate, 2)


@pytest.mark.row("S-4.6.19")
def test_a_mandate_names_its_acts_and_its_requests_for_data(counter: Counter) -> None:
    aline = counter.bench.person()
    nothing = lambda: counter.drafted(aline, acts=(), requests=())  # noqa: E731
    assert refused(nothing) is RefusalCode.NOT_A_SPECIAL_MANDATE
    mandate = counter.mandate(counter.drafted(aline, requests=(f"{CAREER}:career-statement",)))
    with judging(counter.desk, counter.command()) as judgement:
        assert [act.act for act in judgement.known(mandate.acts) or ()] == [f"{RSA}:file"]
        assert [listed.request for listed in judgement.known(mandate.requests) or ()] == [f"{CAREER}:career-statement"]


def test_a_late_entry_is_late_and_never_backdated(counter: Counter) -> None:
    aline = counter.bench.person()
    mandate = counter.drafted(aline)
    counter.bench.later(hours=2)
    before_the_draft = lambda: verify_identity(  # noqa: E731
        counter.desk, counter.command(), mandate, person=aline, method=IdentityMethod.PASSPORT,
        effective_at=o_clock(9, 30),
    )  # fmt: skip
    assert refused(before_the_draft) is RefusalCode.BACKDATED
    verify_identity(
        counter.desk, counter.command(), mandate, person=aline, method=IdentityMethod.PASSPORT,
        effective_at=o_clock(10, 30),
    )  # fmt: skip
    header = counter.bench.ledger.log.read(after=counter.bench.ledger.log.size() - 1)[0].header
    assert header.effective_at == "2026-06-09T08:30:00.000000Z"
    assert header.recorded_at == "2026-06-09T10:00:00.000000Z"
