"""Every number is data with a source, a mark and a period, chosen by the date of the fact."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ledger.rules.law import load_law
from ledger.rules.marks import Mark
from ledger.rules.periods import Dated
from ledger.rules.profile import Capacity, NoRuleOnDay, Power, Signer, StandardRole
from ledger.rules.profile_file import RULES
from ledger.rules.retention_terms import RetentionClass
from tests.unit.rules.law_texts import profile, profile_text

ON = date(2026, 6, 9)
MAYENNE = load_law().profile
GRACE = 'name = "mandate.grace_days"\nvalue = 7\nsource = "Essai"\nmark = "DEF"\nvalid_from = 2020-01-24\n'
TWO_GRACES = GRACE + (
    'valid_until = 2026-01-01\n\n[[rule]]\nname = "mandate.grace_days"\nvalue = 9\nsource = "Avenant"\nmark = "SEED"\n'
    "valid_from = 2026-01-01\n"
)


def test_a_rule_is_chosen_by_the_date_of_the_fact() -> None:
    found = profile(profile_text().replace(GRACE, TWO_GRACES))
    assert found.grace(date(2025, 12, 31)) == timedelta(days=7)
    assert found.grace(date(2026, 1, 1)) == timedelta(days=9)
    assert found.value("mandate.grace_days", on=ON).source == "Avenant"


@pytest.mark.parametrize("name", RULES)
def test_every_rule_of_the_mayenne_has_a_source_and_a_mark(name: str) -> None:
    rule = MAYENNE.value(name, on=ON)
    assert isinstance(rule, Dated)
    assert rule.source
    assert rule.mark in set(Mark)
    assert rule.is_default == (rule.mark == "DEF")


@pytest.mark.parametrize(("name", "on"), [("mandate.grace_days", date(2020, 1, 23)), ("mandate.colour", ON)])
def test_a_rule_that_is_not_there_is_said_to_be_missing(name: str, on: date) -> None:
    with pytest.raises(NoRuleOnDay) as caught:
        MAYENNE.value(name, on=on)
    assert caught.value.details == {"reference": name, "day": on.isoformat()}


def test_the_numbers_of_the_mayenne() -> None:
    assert MAYENNE.mandate_durations(ON) == (1, 31, 182, 365)
    assert MAYENNE.mandate_default_days(ON) == 31
    assert MAYENNE.mandate_max_days(ON) == 365
    assert MAYENNE.grace(ON) == timedelta(days=30)
    assert MAYENNE.counter_session(ON) == timedelta(minutes=30)
    assert MAYENNE.response_hours(ON) == 72
    assert MAYENNE.response_reading(ON) == "A"
    assert MAYENNE.small_cell(ON) == 5
    assert MAYENNE.supervision_allowed(ON) is True
    assert MAYENNE.representative_is_party(ON) is False
    assert (MAYENNE.opening_week_minutes(ON), MAYENNE.opening_days(ON)) == (24 * 60, 5)
    assert "identity_card" in MAYENNE.identity_methods(ON)


def test_each_capacity_says_who_signs() -> None:
    signers = {capacity: MAYENNE.capacity(capacity, on=ON).signer for capacity in Capacity}
    assert signers == {
        Capacity.ADULT: Signer.PERSON,
        Capacity.MINOR: Signer.REPRESENTATIVE,
        Capacity.GUARDIANSHIP: Signer.REPRESENTATIVE,
        Capacity.CURATORSHIP: Signer.PERSON_WITH_CURATOR,
        Capacity.FAMILY_HABILITATION: Signer.AS_SCOPE_SAYS,
        Capacity.SAFEGUARD: Signer.PERSON,
    }
    assert MAYENNE.capacity("safeguard", on=ON).check


def test_a_profile_may_refuse_a_capacity() -> None:
    spoiled = profile_text().replace('label = "minor"\nallowed = true', 'label = "minor"\nallowed = false')
    assert not profile(spoiled).capacity(Capacity.MINOR, on=ON).allowed


@pytest.mark.parametrize("ask", ["capacity", "role", "retention_term"])
def test_a_word_outside_the_closed_lists_is_not_found(ask: str) -> None:
    with pytest.raises(NoRuleOnDay):
        getattr(MAYENNE, ask)("emperor", on=ON)
    with pytest.raises(NoRuleOnDay):
        getattr(MAYENNE, ask)({"capacity": "adult", "role": "agent"}.get(ask, "logs"), on=date(2019, 1, 1))


def test_the_officer_advises_and_audits_but_never_decides_nor_opens() -> None:
    powers = MAYENNE.role(StandardRole.DPO, on=ON).powers
    assert Power.ADVISE in powers
    assert not powers & {Power.DECIDE, Power.RECEIVE, Power.OPEN_VALUES, Power.DESTROY}


def test_only_agents_open_values() -> None:
    assert {role for role in StandardRole if Power.OPEN_VALUES in MAYENNE.role(role, on=ON).powers} == {
        StandardRole.AGENT
    }


def test_every_word_of_the_closed_lists_has_its_french() -> None:
    for code in (
        *MAYENNE.signature_means(ON),
        *MAYENNE.identity_methods(ON),
        *MAYENNE.information_topics(ON),
        "sms",
        "on_site_tablet",
    ):
        assert MAYENNE.labels[code] != code


def test_the_term_is_the_one_of_the_day_from_which_it_runs() -> None:
    row = (
        '[[retention]]\nclass = "mandate-proof"\ncounting = "from-day"\nyears = {years}\nruns_from = "fin"\n'
        'source = "Essai"\nmark = "DEF"\nvalid_from = {valid_from}\n'
    )
    first = row.format(years=1, valid_from="2020-01-24")
    assert first in profile_text()
    second = row.format(years=6, valid_from="2026-01-01")
    text = profile_text().replace(first, f"{first}valid_until = 2026-01-01\n{second}")
    paris, found = ZoneInfo("Europe/Paris"), profile(text)
    for ended, due in (("2025-12-31T23:59:59+01:00", "2027-01-01"), ("2025-12-31T23:00:00+00:00", "2032-01-02")):
        instant = found.term_end(RetentionClass.MANDATE_PROOF, runs_from=datetime.fromisoformat(ended), zone=paris)
        assert instant is not None
        assert instant.isoformat() == f"{due}T00:00:00+01:00"


def test_what_is_due_without_delay_since_before_any_rule_is_counted_by_the_first_one() -> None:
    assert MAYENNE.without_delay(date(2019, 3, 1)) == MAYENNE.without_delay(ON) == timedelta(hours=24)
