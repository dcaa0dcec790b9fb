"""Confirmations of catalogue entries: the delegate decides, after the officer's recorded opinion (GDPR 38(6), 39)."""

from __future__ import annotations

import pytest

from ledger.aggregates.confirmation import Opinion, OpinionIncomplete
from ledger.errors import NotFound
from ledger.identifiers import new_id
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Role
from ledger.rules.personal_numbers import NoteHoldsNir
from ledger.usecases.catalogue.confirm import (
    ConfirmationShown,
    EntryChanged,
    EntryConfirmed,
    NotAnOfficer,
    confirm,
    show,
)
from tests.integration.usecases.workbench import Workbench


def entry_code(bench: Workbench) -> tuple[str, str]:
    entry = bench.ledger.law.catalogue.procedure("CNAF01", on=bench.clock.now().date())
    return entry.code, entry.digest


def confirmed(bench: Workbench, **changes: object) -> None:
    code, digest = entry_code(bench)
    said: dict[str, object] = {"entry": code, "digest": digest, "opinion": Opinion.FAVOURABLE, "note": ""}
    actor = changes.pop("actor", bench.delegate)
    confirm(bench.desk, bench.command(actor), **{**said, **changes})  # type: ignore[arg-type]


def shown(bench: Workbench) -> ConfirmationShown:
    code, _ = entry_code(bench)
    return next(line for line in show(bench.desk, bench.command(bench.delegate)) if line.entry == code)


def test_an_entry_is_a_default_until_the_delegate_confirms_it(bench: Workbench) -> None:
    officer = bench.enrol("Diane Officier", Role.DPO)
    assert not shown(bench).confirmed
    assert not any(line.confirmed for line in show(bench.desk, bench.command(bench.delegate)))
    confirmed(bench, officer=officer)
    line = shown(bench)
    assert line.confirmed
    assert (line.opinion, line.officer, line.confirmed_at) == (Opinion.FAVOURABLE, officer, bench.clock.now())
    assert sum(line.confirmed for line in show(bench.desk, bench.command(bench.delegate))) == 1


def test_the_officer_and_agents_confirm_nothing(bench: Workbench) -> None:
    officer = bench.enrol("Diane Officier", Role.DPO)
    for actor in (officer, bench.agent):
        with pytest.raises(RefusedByRule):
            confirmed(bench, actor=actor, officer=officer)


def test_an_officer_who_does_not_answer_blocks_nothing_and_a_reason_is_given(bench: Workbench) -> None:
    with pytest.raises(OpinionIncomplete):
        confirmed(bench, opinion=Opinion.NONE_WITHIN_DELAY)
    confirmed(bench, opinion=Opinion.NONE_WITHIN_DELAY, note="Sollicitée le 1er juin, sans réponse")
    assert shown(bench).opinion is Opinion.NONE_WITHIN_DELAY


def test_going_against_the_officer_takes_a_reason(bench: Workbench) -> None:
    officer = bench.enrol("Diane Officier", Role.DPO)
    with pytest.raises(OpinionIncomplete):
        confirmed(bench, opinion=Opinion.UNFAVOURABLE, officer=officer)
    confirmed(bench, opinion=Opinion.UNFAVOURABLE, officer=officer, note="Le champ reste nécessaire au formulaire")


def test_an_opinion_has_an_author_who_is_an_officer(bench: Workbench) -> None:
    with pytest.raises(OpinionIncomplete):
        confirmed(bench)
    for author in (bench.agent, new_id()):
        with pytest.raises(NotAnOfficer):
            confirmed(bench, officer=author)


def test_what_was_not_looked_at_is_not_confirmed(bench: Workbench) -> None:
    officer = bench.enrol("Diane Officier", Role.DPO)
    with pytest.raises(EntryChanged):
        confirmed(bench, officer=officer, digest="0" * 64)
    with pytest.raises(NotFound):
        confirmed(bench, officer=officer, entry="NOPE99")
    confirmed(bench, officer=officer)
    with pytest.raises(EntryConfirmed):
        confirmed(bench, officer=officer)


def test_a_note_with_a_nir_is_refused(bench: Workbench) -> None:
    with pytest.raises(NoteHoldsNir):
        confirmed(bench, opinion=Opinion.NONE_WITHIN_DELAY, note="voir 2 58 03 53 130 017 85")
    assert not shown(bench).confirmed
