"""
What the sealed fields of each stored event look like, for ever.

A field that is renamed, removed, or given a type that no longer reads what was written, fails here: make a new topic
instead, or add a field at the end that may be absent.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import msgspec
import pytest

from ledger.aggregates.base import REGISTRY, Scope
from ledger.policies.breach_vocabulary import BreachEnding, Deadline, Line, OpinionOn, Risk
from ledger.rules.cnil import FormType, InformationOfPeople
from ledger.rules.houses import Territory

KINDS = (
    "house", "agent", "subject", "authority", "destruction", "run", "confirmation", "duty", "reading", "epoch",
    "hold", "holder", "loss", "erasure", "restoration", "drill", "slip", "certificate", "headers", "origin",
    "breach",
)  # fmt: skip
for kind in KINDS:
    import_module(f"ledger.aggregates.{kind}")

WRITTEN: dict[str, dict[str, msgspec.Raw]] = msgspec.json.decode(
    (Path(__file__).parent / "contents" / "people_houses_registers.json").read_bytes(),
    type=dict[str, dict[str, msgspec.Raw]],
)
SCOPES = {
    "house": {Scope.HOUSE},
    "agent": {Scope.AGENT},
    "subject": {Scope.IDENTITY},
    "hold": {Scope.REGISTER, Scope.HOLD},
    "erasure": {Scope.REQUEST},
    "breach": {Scope.BREACH},
    "reading": {Scope.REGISTER, Scope.AGENT_MONTH},
    "house.contact-named.1": {Scope.HOUSE, Scope.HOUSE_CONTACT},
}
"""Where the fields of a kind, or of one topic, are sealed; everything else stands in the register."""


def test_every_event_of_these_streams_is_written_down_here() -> None:
    assert {topic for topic in REGISTRY if topic.partition(".")[0] in KINDS} == set(WRITTEN)


@pytest.mark.parametrize("topic", sorted(WRITTEN))
def test_what_was_written_is_read_for_ever(topic: str) -> None:
    fields = {field.name: field for field in REGISTRY[topic].SHAPE.sealed}
    assert list(fields) == list(WRITTEN[topic])
    for name, raw in WRITTEN[topic].items():
        content = msgspec.json.decode(raw, type=fields[name].content)
        again = msgspec.json.encode(content)
        assert msgspec.json.decode(again) == msgspec.json.decode(raw)


def test_a_scope_that_was_kept_before_members_of_households_were_asked_for_is_read_as_not_counted() -> None:
    written = {**msgspec.json.decode(WRITTEN["breach.scoped.1"]["figures"])}
    del written["household"]
    (field,) = REGISTRY["breach.scoped.1"].SHAPE.sealed
    assert msgspec.json.decode(msgspec.json.encode(written), type=field.content).household is None


@pytest.mark.parametrize("topic", sorted(WRITTEN))
def test_fields_stay_under_the_key_that_they_die_with(topic: str) -> None:
    kind = topic.partition(".")[0]
    expected = SCOPES.get(topic) or SCOPES.get(kind) or {Scope.REGISTER}
    assert {field.scope for field in REGISTRY[topic].SHAPE.sealed} <= expected


def test_what_a_breach_shows_in_clear_is_instants_and_the_words_of_its_workflow() -> None:
    shown = {topic: [name for name, _ in REGISTRY[topic].SHAPE.header] for topic in WRITTEN if topic[:7] == "breach."}
    assert shown.pop("breach.signalled.1") == ["house", "effective_at"]
    for reminder in ("breach.reminded.1", "breach.reminder-sent.1", "breach.reminder-failed.1"):
        assert shown.pop(reminder) == ["effective_at", "known_at", "decision"]
    assert {tuple(names) for names in shown.values()} == {
        (), ("effective_at",), ("decision",), ("effective_at", "decision")
    }  # fmt: skip


def test_the_words_that_the_headers_of_a_breach_show_are_never_renamed() -> None:
    assert [each.value for each in Line] == ["gdpr-33", "convention", "controller", "insurance", "prefect", "nis2"]
    assert [each.value for each in Risk] == ["unlikely", "likely", "high"]
    assert [each.value for each in OpinionOn] == ["gdpr-33", "convention", "assessment", "people"]
    assert [each.value for each in BreachEnding] == ["handled", "not-a-breach"]
    assert [each.value for each in FormType] == ["initial", "complementary", "complete"]
    assert [each.value for each in InformationOfPeople] == ["yes", "will-be", "no", "undetermined"]
    assert [each.value for each in Deadline] == [
        "notify", "complementary", "people", "controller", "insurance", "prefect", "nis2-warning", "nis2-notify"
    ]  # fmt: skip


def test_la_reunion_is_read_as_it_was_written_before_it_had_its_article() -> None:
    """Houses registered by the first versions say "reunion"; what is written now says "la-reunion"."""
    (territory,) = (field for field in REGISTRY["house.registered.1"].SHAPE.sealed if field.name == "territory")
    for written in (b'"reunion"', b'"la-reunion"'):
        assert msgspec.json.decode(written, type=territory.content) is Territory.LA_REUNION
    assert msgspec.json.encode(Territory.LA_REUNION) == b'"la-reunion"'
