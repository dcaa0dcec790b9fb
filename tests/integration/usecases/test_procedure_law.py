"""The law is data, chosen by the date of the fact: other numbers in the files, other answers at the counter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ledger.policies.mandate_making import Signature
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Capacity, RefusalCode, Signatory
from ledger.rules.catalogue import ProcedureNotInForce
from ledger.rules.law import PACKAGED, load_law
from ledger.usecases.gate import judging
from ledger.usecases.mandate.making import Signing, sign
from ledger.usecases.ports import Desk
from tests.integration.usecases.counter import BOB, RSA, Counter
from tests.integration.usecases.workbench import Workbench

PARIS = ZoneInfo("Europe/Paris")
CATALOGUE, PROFILE = "catalogue.toml", "profiles/mayenne.toml"


@dataclass
class OtherLaw(Counter):
    """A counter under a law of its own."""

    law_folder: Path

    @property
    def desk(self) -> Desk:
        return replace(self.bench.desk, law=load_law(self.law_folder))


@pytest.fixture
def under(bench: Workbench, tmp_path: Path) -> Callable[..., Counter]:
    """Make a counter under the packaged law with one text of a file replaced."""

    def make(file: str, before: str, after: str) -> Counter:
        content = (PACKAGED / file).read_text(encoding="utf-8")
        assert before in content
        own = tmp_path / "law" / file
        own.parent.mkdir(parents=True)
        own.write_text(content.replace(before, after, 1), encoding="utf-8")
        counter = OtherLaw(bench, tmp_path / "law")
        counter.train(bench.agent)
        return counter

    return make


def rule(name: str, value: str) -> str:
    return f'name = "{name}"\nvalue = {value}'


def refused(call: Callable[[], object]) -> RefusalCode:
    """Give the code with which a call is refused."""
    with pytest.raises(RefusedByRule) as caught:
        call()
    return caught.value.refusal


def test_a_withdrawn_entry_serves_the_cases_that_it_opened_and_no_new_one(under: Callable[..., Counter]) -> None:
    here = 'name = "Demande de revenu de solidarité active (RSA)"\n'
    counter = under(CATALOGUE, here, f"{here}valid_until = 2026-07-01\n")
    person = counter.bench.person()
    procedure = counter.opened(person)
    counter.bench.clock.instant = datetime(2026, 6, 30, 23, 59, tzinfo=PARIS)
    counter.opened(person)
    counter.bench.clock.instant += timedelta(minutes=1)
    with pytest.raises(ProcedureNotInForce):
        counter.opened(person)
    assert counter.look(procedure, "id.civil").granted
    assert counter.look(procedure, "home.rent").decision is RefusalCode.NOT_NECESSARY


def test_a_field_that_an_entry_no_longer_needs_is_no_longer_necessary(under: Callable[..., Counter]) -> None:
    listed = '"id.civil", "hh.composition", "inc.3m", "ct.postal", "res.permit?", "bank.iban", "nir"'
    counter = under(CATALOGUE, listed, listed.replace('"bank.iban", ', ""))
    procedure = counter.opened(counter.bench.person(), RSA)
    assert counter.look(procedure, "bank.iban").decision is RefusalCode.NOT_NECESSARY


def test_the_counter_session_lasts_as_long_as_the_profile_says(under: Callable[..., Counter]) -> None:
    name = "access.counter_session_minutes"
    counter = under(PROFILE, rule(name, "30"), rule(name, "10"))
    procedure = counter.opened(counter.bench.person())
    assert counter.look(procedure).until == counter.now + timedelta(minutes=10)


def test_a_profile_may_allow_no_supervision(under: Callable[..., Counter]) -> None:
    name = "access.supervision_allowed"
    counter = under(PROFILE, rule(name, "true"), rule(name, "false"))
    procedure = counter.opened(counter.bench.person())
    novice = counter.colleague(trained=False)
    answer = counter.look(procedure, agent=novice, supervisor=counter.bench.agent)
    assert answer.decision is RefusalCode.NOT_TRAINED


def test_a_profile_may_count_the_representative_as_a_party(under: Callable[..., Counter]) -> None:
    name = "mandate.representative_is_party"
    counter = under(PROFILE, rule(name, "false"), rule(name, "true"))
    curator = counter.bench.person()
    bob = counter.bench.person(BOB, capacity=Capacity.CURATORSHIP, representative=curator)
    mandate = counter.drafted(bob)
    counter.identified(mandate, bob, curator)
    counter.informed(mandate)
    counter.signed(mandate, bob)
    sign(counter.desk, counter.command(), mandate, Signing((Signature(Signatory.CURATOR, curator, bob),)))
    assert refused(lambda: counter.counted(mandate, 2)) is RefusalCode.ORIGINALS_MISSING
    counter.counted(mandate, 3)


def test_a_profile_may_take_no_mandate_from_a_protected_adult(under: Callable[..., Counter]) -> None:
    there = 'capacity = "guardianship"\nlabel = "Personne sous tutelle"\nallowed = true'
    counter = under(PROFILE, there, there.replace("true", "false"))
    guardian = counter.bench.person()
    bob = counter.bench.person(BOB, capacity=Capacity.GUARDIANSHIP, representative=guardian)
    assert refused(lambda: counter.drafted(bob)) is RefusalCode.CAPACITY_REFUSED


def test_a_profile_may_offer_other_durations(under: Callable[..., Counter]) -> None:
    name = "mandate.durations_days"
    counter = under(PROFILE, rule(name, "[1, 31, 182, 365]"), rule(name, "[7, 31]"))
    person = counter.bench.person()
    assert refused(lambda: counter.drafted(person, term_days=1)) is RefusalCode.TERM_NOT_OFFERED
    counter.drafted(person, term_days=7)


def test_a_profile_says_how_long_a_mandate_lasts_where_nobody_does(under: Callable[..., Counter]) -> None:
    name = "mandate.default_days"
    counter = under(PROFILE, rule(name, "31"), rule(name, "182"))
    with judging(counter.desk, counter.command()) as judgement:
        mandate = counter.mandate(counter.drafted(counter.bench.person(), term_days=None))
        assert judgement.known(mandate.term_days) == 182
