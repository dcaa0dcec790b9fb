"""How a mandate is made: who signs, in which order, in how many originals, for how long."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from ledger.policies.mandate_making import (
    Party,
    Signature,
    check_instant,
    check_originals,
    check_signatures,
    check_signing,
    check_term,
    check_topics,
    is_late,
    originals_needed,
    party_of,
    people_to_identify,
    signatures_due,
    signers_for,
)
from ledger.policies.mandate_scope import ListedAct, ListedRequest, MandateScope, is_exhausted
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    Capacity,
    InformationTopic,
    RefusalCode,
    Signatory,
    SignatureMeans,
    SigningPlace,
)
from ledger.rules.law import load_law
from ledger.rules.periods import Period
from ledger.rules.profile import CapacityRule, Signer

NOON = datetime(2026, 6, 9, 10, 0, tzinfo=UTC)
ALINE, BOB, REPRESENTATIVE, AGENT = (UUID(int=number) for number in range(1, 5))
DAY = date(2026, 6, 9)
MAYENNE = load_law().profile


def refusal_of(call: pytest.ExceptionInfo[RefusedByRule]) -> RefusalCode:
    return call.value.refusal


def rule(capacity: Capacity) -> CapacityRule:
    return MAYENNE.capacity(capacity, on=DAY)


@pytest.mark.parametrize(
    ("capacity", "signers"),
    [
        (Capacity.ADULT, (Signatory.PERSON,)),
        (Capacity.MINOR, (Signatory.REPRESENTATIVE,)),
        (Capacity.GUARDIANSHIP, (Signatory.REPRESENTATIVE,)),
        (Capacity.CURATORSHIP, (Signatory.PERSON, Signatory.CURATOR)),
        (Capacity.FAMILY_HABILITATION, (Signatory.REPRESENTATIVE,)),
    ],
)
def test_who_signs_for_whom_in_mayenne(capacity: Capacity, signers: tuple[Signatory, ...]) -> None:
    assert signers_for(capacity, rule(capacity)) == signers


def test_under_safeguard_one_signs_alone_after_a_check() -> None:
    with pytest.raises(RefusedByRule) as call:
        signers_for(Capacity.SAFEGUARD, rule(Capacity.SAFEGUARD))
    assert refusal_of(call) is RefusalCode.CAPACITY_CHECK_NEEDED
    assert signers_for(Capacity.SAFEGUARD, rule(Capacity.SAFEGUARD), checked=True) == (Signatory.PERSON,)


def test_a_habilitation_reaches_as_far_as_the_judgement_says() -> None:
    covered, other = ListedAct("A", "A:file"), ListedAct("B", "B:file")
    family = rule(Capacity.FAMILY_HABILITATION)

    def signers(*acts: ListedAct) -> tuple[Signatory, ...]:
        return signers_for(Capacity.FAMILY_HABILITATION, family, acts=acts, within=("A:file",))

    assert signers(covered) == (Signatory.REPRESENTATIVE,)
    assert signers(other) == (Signatory.PERSON,)
    assert signers(covered, other) == (Signatory.PERSON, Signatory.REPRESENTATIVE)


def test_a_profile_may_take_no_mandate_from_protected_adults() -> None:
    refusing = CapacityRule(
        Capacity.CURATORSHIP, "", False, Signer.PERSON_WITH_CURATOR, "", "essai", "DEF", Period(date(2020, 1, 1))
    )
    with pytest.raises(RefusedByRule) as call:
        signers_for(Capacity.CURATORSHIP, refusing)
    assert refusal_of(call) is RefusalCode.CAPACITY_REFUSED


@pytest.mark.parametrize(
    ("signers", "refusal"),
    [
        ((Signatory.REPRESENTATIVE,), RefusalCode.REPRESENTATIVE_NEEDED),
        ((Signatory.PERSON, Signatory.CURATOR), RefusalCode.CURATOR_NEEDED),
    ],
)
def test_whoever_signs_beside_must_be_known(signers: tuple[Signatory, ...], refusal: RefusalCode) -> None:
    with pytest.raises(RefusedByRule) as call:
        party_of(ALINE, signers=signers, beside=None, capacity=Capacity.CURATORSHIP, checked=False)
    assert refusal_of(call) is refusal
    assert (
        party_of(ALINE, signers=signers, beside=REPRESENTATIVE, capacity=Capacity.CURATORSHIP, checked=False).beside
        == REPRESENTATIVE
    )


def test_who_signs_alone_has_nobody_beside() -> None:
    assert (
        party_of(
            ALINE, signers=(Signatory.PERSON,), beside=REPRESENTATIVE, capacity=Capacity.ADULT, checked=False
        ).beside
        is None
    )


def test_a_party_knows_who_signs_in_which_quality() -> None:
    party = Party(ALINE, (Signatory.PERSON, Signatory.CURATOR), REPRESENTATIVE)
    assert party.signer(Signatory.PERSON) == ALINE
    assert party.signer(Signatory.CURATOR) == REPRESENTATIVE
    assert party.signer(Signatory.REPRESENTATIVE) is None


def test_everybody_who_signs_is_identified() -> None:
    parties = (Party(ALINE), Party(BOB, (Signatory.REPRESENTATIVE,), REPRESENTATIVE))
    assert people_to_identify(parties) == {ALINE, BOB, REPRESENTATIVE}


@pytest.mark.row("S-4.6.15")
def test_both_sides_sign() -> None:
    parties = (Party(ALINE), Party(BOB, (Signatory.PERSON, Signatory.CURATOR), REPRESENTATIVE))
    due = signatures_due(parties)
    assert due == {
        (Signatory.PERSON, ALINE), (Signatory.PERSON, BOB), (Signatory.CURATOR, BOB), (Signatory.MANDATARY, None),
    }  # fmt: skip
    made = [
        Signature(quality, AGENT if party is None else REPRESENTATIVE if quality is Signatory.CURATOR else party, party)
        for quality, party in due
    ]
    check_signatures(parties, made)
    for left_out in made:
        with pytest.raises(RefusedByRule) as call:
            check_signatures(parties, [signature for signature in made if signature != left_out])
        assert refusal_of(call) is RefusalCode.SIGNATURE_MISSING


@pytest.mark.row("S-4.6.17")
def test_two_spouses_and_the_house_take_three_originals() -> None:
    spouses = (Party(ALINE), Party(BOB))
    assert originals_needed(spouses, representative_is_party=False) == 3
    check_originals(3, spouses, representative_is_party=False)
    for counted in (0, 1, 2, 4):
        with pytest.raises(RefusedByRule) as call:
            check_originals(counted, spouses, representative_is_party=False)
        assert refusal_of(call) is RefusalCode.ORIGINALS_MISSING


def test_a_representative_is_no_party_more_unless_the_profile_says_so() -> None:
    represented = (Party(ALINE, (Signatory.REPRESENTATIVE,), REPRESENTATIVE),)
    assert originals_needed(represented, representative_is_party=False) == 2
    assert originals_needed(represented, representative_is_party=True) == 3
    assert MAYENNE.representative_is_party(DAY) is False


@pytest.mark.parametrize("days", [1, 31, 182, 365])
def test_the_durations_offered(days: int) -> None:
    check_term(days, offered=MAYENNE.mandate_durations(DAY), longest=MAYENNE.mandate_max_days(DAY))


@pytest.mark.parametrize("days", [0, 2, 366, 730, -1])
def test_the_durations_not_offered(days: int) -> None:
    with pytest.raises(RefusedByRule) as call:
        check_term(days, offered=(*MAYENNE.mandate_durations(DAY), 730), longest=MAYENNE.mandate_max_days(DAY))
    assert refusal_of(call) is RefusalCode.TERM_NOT_OFFERED


@pytest.mark.row("S-4.6.16")
@pytest.mark.parametrize("missing", list(InformationTopic))
def test_information_covers_all_three_topics(missing: InformationTopic) -> None:
    required = MAYENNE.information_topics(DAY)
    check_topics(list(InformationTopic), required=required)
    with pytest.raises(RefusedByRule) as call:
        check_topics([topic for topic in InformationTopic if topic is not missing], required=required)
    assert refusal_of(call) is RefusalCode.INFORMATION_INCOMPLETE


@pytest.mark.row("S-4.6.15")
@pytest.mark.parametrize("means", [SignatureMeans.SMS, SignatureMeans.REMOTE, SignatureMeans.ON_SITE_TABLET])
def test_mayenne_takes_paper_only(means: SignatureMeans) -> None:
    taken = MAYENNE.signature_means(DAY)
    with pytest.raises(RefusedByRule) as call:
        check_signing(means, SigningPlace.HOUSE, taken=taken)
    assert refusal_of(call) is RefusalCode.SIGNATURE_MEANS_REFUSED
    check_signing(SignatureMeans.ON_SITE_PAPER, SigningPlace.OUTREACH, taken=taken)


@pytest.mark.row("S-4.6.15")
def test_paper_signed_elsewhere_is_not_signed_on_site() -> None:
    with pytest.raises(RefusedByRule) as call:
        check_signing(SignatureMeans.ON_SITE_PAPER, SigningPlace.ELSEWHERE, taken=MAYENNE.signature_means(DAY))
    assert refusal_of(call) is RefusalCode.SIGNATURE_NOT_ON_SITE


def test_an_instant_has_come_and_follows_what_it_follows() -> None:
    check_instant(NOON, recorded_at=NOON, after=NOON)
    with pytest.raises(RefusedByRule) as call:
        check_instant(NOON + timedelta(seconds=1), recorded_at=NOON)
    assert refusal_of(call) is RefusalCode.IN_THE_FUTURE
    with pytest.raises(RefusedByRule) as call:
        check_instant(NOON, recorded_at=NOON, after=NOON + timedelta(seconds=1))
    assert refusal_of(call) is RefusalCode.WRONG_ORDER


def test_what_is_entered_later_shows_as_late() -> None:
    assert is_late(NOON, recorded_at=NOON + timedelta(minutes=20))
    assert not is_late(NOON, recorded_at=NOON)


ONCE, AGAIN = ListedAct("A", "A:file"), ListedAct("A", "A:declare", recurring=True)
OTHER = ListedAct("B", "B:file")


@pytest.mark.parametrize(
    ("acts", "struck", "done", "exhausted"),
    [
        ((ONCE,), (), (), False),
        ((ONCE,), (), (ONCE,), True),
        ((ONCE,), (ONCE,), (), True),
        ((ONCE, OTHER), (), (ONCE,), False),
        ((ONCE, OTHER), (OTHER,), (ONCE,), True),
        ((AGAIN,), (), (AGAIN,), False),
        ((AGAIN,), (AGAIN,), (), True),
        ((ONCE, AGAIN), (), (ONCE, AGAIN), False),
        ((), (), (), False),
    ],
)
def test_every_listed_act_done_or_struck_ends_the_mandate(
    acts: tuple[ListedAct, ...], struck: tuple[ListedAct, ...], done: tuple[ListedAct, ...], exhausted: bool
) -> None:
    scope = MandateScope(acts, (ListedRequest("A", "A:statement"),), frozenset(act.key for act in struck))
    assert is_exhausted(scope, {act.key for act in done}) is exhausted


def test_an_act_is_listed_for_its_own_procedure_only() -> None:
    scope = MandateScope((ONCE,), (ListedRequest("A", "A:statement"),))
    assert scope.lists_act("A", "A:file")
    assert not scope.lists_act("B", "A:file")
    assert scope.lists_request("A", "A:statement")
    assert not scope.lists_request("B", "A:statement")
    assert scope.entries == {"A"}


def test_what_a_mandate_is_about_is_not_printed() -> None:
    for sealed in (ONCE, Party(ALINE), Signature(Signatory.PERSON, ALINE, ALINE), MandateScope((ONCE,), ())):
        assert "A:file" not in repr(sealed)
        assert str(ALINE) not in repr(sealed)
