"""The closed lists agree with each other: what the profile offers can be recorded, what is recorded is in a list."""

from __future__ import annotations

from datetime import date

from ledger.policies.vocabulary import (
    Capacity,
    Gateway,
    IdentityMethod,
    InformationTopic,
    Mission,
    Mode,
    Role,
    SignatureMeans,
)
from ledger.rules import catalogue, profile
from ledger.rules.law import load_law

DAY = date(2026, 6, 9)


def test_what_the_profile_takes_has_a_word() -> None:
    mayenne = load_law().profile
    assert set(mayenne.identity_methods(DAY)) <= set(IdentityMethod)
    assert set(mayenne.information_topics(DAY)) == set(InformationTopic)
    assert mayenne.signature_means(DAY) <= set(SignatureMeans)
    for capacity in Capacity:
        assert mayenne.capacity(capacity, on=DAY).capacity is capacity
    for role in Role:
        assert mayenne.role(role, on=DAY).role.value == role.value


def test_one_list_each_in_the_rules_and_in_the_policies() -> None:
    assert Mission is catalogue.Mission
    assert Capacity is profile.Capacity
    assert {role.value for role in Role} == {role.value for role in profile.StandardRole}
    assert {kind.value for kind in catalogue.ExchangeKind} <= {gateway.value for gateway in Gateway}


def test_every_mode_of_every_entry_is_one_of_the_two() -> None:
    for entry in load_law().catalogue.all_versions():
        assert entry.modes <= {mode.value for mode in Mode}
