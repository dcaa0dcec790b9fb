from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest

from ledger.aggregates.base import (
    AGGREGATES,
    NOT_YET,
    REGISTRY,
    TRANSIENT,
    Aggregate,
    Created,
    Event,
    Fact,
    Link,
    LinkKind,
    Personal,
    Scope,
    ScopeInstance,
    UnstorableField,
    stored,
)

MARKER = "Clotilde Inventee"
NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)


class Colour(StrEnum):
    RED = "RED"


@pytest.fixture(autouse=True)
def closed_registries() -> Iterator[None]:
    """Take out again what a test puts in."""
    events, kinds = dict(REGISTRY), dict(AGGREGATES)
    yield
    for registry, before in ((REGISTRY, events), (AGGREGATES, kinds)):
        registry.clear()
        registry.update(before)  # type: ignore[arg-type]  # both have text for keys


class Sample(Aggregate):
    KIND = "sample"
    name: Personal[str]
    note: Fact[str]

    def rename(self, name: str) -> None:
        self.trigger_event(Renamed, name=Personal(name), note=Fact("x"))


class Begun(Created):
    TOPIC = "sample.begun.1"
    house: UUID | None
    name: Annotated[Personal[str], Scope.IDENTITY]

    def apply(self, aggregate: Sample) -> None:
        aggregate.name = self.name


class Renamed(Event):
    TOPIC = "sample.renamed.1"
    name: Annotated[Personal[str], Scope.IDENTITY]
    note: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    decision: Colour = Colour.RED
    effective_at: datetime = NOON
    other: Annotated[UUID | None, TRANSIENT] = None

    def apply(self, aggregate: Sample) -> None:
        aggregate.name, aggregate.note = self.name, self.note


@pytest.fixture(autouse=True)
def _stored_samples(closed_registries: None) -> None:
    stored(Begun)
    stored(Renamed)


def _refused(annotation: Any, name: str = "name", **defaults: Any) -> str:
    """Define an event class with one field, and give what the refusal says."""
    body = {"TOPIC": "sample.bad.1", "__annotations__": {name: annotation}, "__module__": __name__, **defaults}
    with pytest.raises(UnstorableField) as caught:
        stored(type("Bad", (Event,), body))
    assert "sample.bad.1" not in REGISTRY
    return str(caught.value)


UNSTORABLE: dict[str, Any] = {
    "plain text": str,
    "a number": int,
    "a date": date,
    "any": Any,
    "a list": list[str],
    "a personal value without a scope": Personal[str],
    "a fact without a scope": Fact[str],
    "a personal value of two scopes": Annotated[Personal[str], Scope.IDENTITY, Scope.MANDATE],
    "text that only names a scope": Annotated[str, Scope.IDENTITY],
    "an optional personal value": Annotated[Personal[str] | None, Scope.IDENTITY],
    "a personal value that says nothing of its content": Annotated[Personal, Scope.IDENTITY],
}


@pytest.mark.parametrize("annotation", UNSTORABLE.values(), ids=UNSTORABLE)
def test_a_field_without_a_place_in_the_format_is_refused(annotation: Any) -> None:
    assert "Bad.name" in _refused(annotation)


@pytest.mark.parametrize(
    ("name", "annotation"),
    [
        ("house", str), ("house", UUID | str), ("effective_at", date), ("decision", str), ("gateway", int),
        ("covers", bytes), ("subject", UUID), ("occurred_at", datetime),
    ],
)  # fmt: skip
def test_a_header_field_has_a_known_name_and_type(name: str, annotation: Any) -> None:
    assert f"Bad.{name}" in _refused(annotation, name)


def test_a_transient_field_needs_a_default() -> None:
    assert "default" in _refused(Annotated[UUID, TRANSIENT])


def test_an_event_class_without_a_topic_is_refused() -> None:
    with pytest.raises(UnstorableField, match="no TOPIC"):
        stored(type("Bad", (Event,), {"__module__": __name__}))


def test_a_topic_is_taken_once() -> None:
    body = {"TOPIC": "sample.renamed.1", "__annotations__": {}, "__module__": __name__}
    with pytest.raises(UnstorableField, match="taken"):
        stored(type("Bad", (Event,), body))
    assert REGISTRY["sample.renamed.1"] is Renamed


def test_a_module_with_an_unstorable_field_fails_at_import(tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(
        "from ledger.aggregates.base import Event, stored\n"
        "@stored\n"
        "class Leaky(Event):\n"
        "    TOPIC = 'leaky.happened.1'\n"
        "    family_name: str\n",
        encoding="utf-8",
    )
    root = Path(__file__).parents[3]
    program = f"import sys; sys.path[:0] = [{str(root)!r}, {str(tmp_path)!r}]; import leaky"
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "UnstorableField" in done.stderr
    assert "Leaky.family_name" in done.stderr


def test_the_shape_says_where_each_field_goes() -> None:
    shape = Renamed.SHAPE
    assert shape.header == (("decision", Colour), ("effective_at", datetime))
    assert [(field.name, field.wrapper, field.content, field.scope) for field in shape.sealed] == [
        ("name", Personal, str, Scope.IDENTITY),
        ("note", Fact, str, Scope.PROCEDURE_TRAIL),
    ]
    assert shape.transient == ("other",)
    assert Begun.SHAPE.header == (("house", UUID),)


def test_a_stream_begins_with_its_first_event() -> None:
    sample = Sample.begin(Begun, house=None, name=Personal(MARKER))
    assert sample.version == 1
    assert [type(event) for event in sample.pending_events] == [Begun]
    assert sample.name.expose() == MARKER
    sample.rename("Aline Exemple")
    assert sample.version == 2
    assert sample.name.expose() == "Aline Exemple"


def test_ids_are_random_unless_given() -> None:
    chosen = uuid4()
    assert Sample.begin(Begun, id=chosen, house=None, name=Personal("x")).id == chosen
    made = {Sample.begin(Begun, house=None, name=Personal("x")).id for _ in range(20)}
    assert len(made) == 20
    assert {identifier.version for identifier in made} == {4}


def test_the_core_reads_no_clock() -> None:
    sample = Sample.begin(Begun, house=None, name=Personal("x"))
    sample.rename("y")
    assert {event.timestamp for event in sample.pending_events} == {NOT_YET}


def test_events_and_aggregates_show_nothing() -> None:
    sample = Sample.begin(Begun, house=None, name=Personal(MARKER))
    sample.rename(MARKER)
    shown = [repr(sample), str(sample), *(f(event) for event in sample.pending_events for f in (repr, str))]
    assert shown[0] == "<sample v2>"
    assert "<sample.begun.1 v1>" in shown
    assert not any(MARKER in text for text in shown)


def test_an_event_can_not_be_changed() -> None:
    event = Sample.begin(Begun, house=None, name=Personal(MARKER)).pending_events[0]
    with pytest.raises(AttributeError):
        event.name = Personal("Bob Fictif")  # type: ignore[attr-defined]  # the point of the test


def test_a_first_event_makes_the_aggregate_of_its_kind() -> None:
    event = Sample.begin(Begun, house=None, name=Personal("x")).pending_events[0]
    assert isinstance(event, Begun)
    made = event.mutate(None)
    assert isinstance(made, Sample)
    assert made.id == event.originator_id


def test_aggregates_are_never_keys() -> None:
    sample = Sample.begin(Begun, house=None, name=Personal("x"))
    with pytest.raises(TypeError):
        hash(sample)


def test_scopes_and_links_are_named_for_ever() -> None:
    assert [str(scope) for scope in Scope] == [
        "identity", "procedure-data", "procedure-trail", "mandate", "agent", "house", "house-contact", "agent-month",
        "breach", "request", "register", "hold",
    ]  # fmt: skip
    assert str(ScopeInstance(Scope.IDENTITY, "ab")) == "identity:ab"
    link = Link(ScopeInstance(Scope.IDENTITY, "ab"), LinkKind.MANDATE)
    assert link.stream_id is None


def test_by_default_an_event_lays_no_links_and_keeps_its_own_scopes() -> None:
    event = Sample.begin(Begun, house=None, name=Personal("x")).pending_events[0]
    assert isinstance(event, Event)
    assert event.links() == ()
    assert event.scope_instances() == {}
