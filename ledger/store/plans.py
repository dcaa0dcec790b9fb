"""How each event class is stored, worked out once from the types of its fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple, cast
from uuid import UUID

from ledger.aggregates.base import Event, Scope, SealedField
from ledger.digests import Digest
from ledger.personal import Sealed
from ledger.ranges import Ranges

REGISTER_OWNER = "ledger"
"""The instance of the register scope: there is one in a ledger."""

_SCOPE_ORDER = {scope: number for number, scope in enumerate(Scope)}
_LATER_INSTANTS = ("effective_at", "known_at")


class BoxPlan(NamedTuple):
    """One box of an event class: its scope and the fields in it."""

    scope: Scope
    prefix: str
    owner: str
    """Whose instance of the scope it always is; empty where the event says, or its own stream's is meant."""
    fields: tuple[SealedField, ...]
    contents: Mapping[str, Any]
    handles: tuple[tuple[str, type[Sealed[Any]]], ...]
    """The name of each field, and what its handle is."""


class EventPlan(NamedTuple):
    """How one event class is written and read."""

    event_class: type[Event]
    boxes: tuple[BoxPlan, ...]
    instants: tuple[str, ...]
    identifiers: tuple[str, ...]
    words: tuple[tuple[str, Mapping[str, StrEnum] | None], ...]
    """The header fields that hold a word, and the list that it is from; None where the class takes any list's."""
    ranges: tuple[str, ...]
    digests: tuple[str, ...]
    transient: tuple[tuple[str, Callable[[], Any]], ...]
    shows: bool
    """Whether any field stands in clear."""


@cache
def plan_of(event_class: type[Event]) -> EventPlan:
    """Work out how an event class is written and read."""
    shape = event_class.SHAPE
    scopes = sorted({field.scope for field in shape.sealed}, key=_SCOPE_ORDER.__getitem__)
    return EventPlan(
        event_class=event_class,
        boxes=tuple(_box_plan(scope, shape.sealed) for scope in scopes),
        instants=tuple(name for name, _ in shape.header if name in _LATER_INSTANTS),
        identifiers=tuple(name for name, kind in shape.header if issubclass(kind, UUID)),
        words=tuple((name, _words_of(kind)) for name, kind in shape.header if issubclass(kind, StrEnum)),
        ranges=tuple(name for name, kind in shape.header if issubclass(kind, Ranges)),
        digests=tuple(name for name, kind in shape.header if issubclass(kind, Digest)),
        transient=tuple((name, _default_of(event_class, name)) for name in shape.transient),
        shows=bool(shape.header),
    )


def _box_plan(scope: Scope, sealed: tuple[SealedField, ...]) -> BoxPlan:
    fields = tuple(field for field in sealed if field.scope is scope)
    owner = REGISTER_OWNER if scope is Scope.REGISTER else ""
    contents = MappingProxyType({field.name: field.content for field in fields})
    return BoxPlan(scope, f"{scope}:", owner, fields, contents, tuple((field.name, field.wrapper) for field in fields))


def _words_of(kind: type[StrEnum]) -> Mapping[str, StrEnum] | None:
    return None if kind is StrEnum else {word.value: word for word in kind}


def _default_of(event_class: type[Event], name: str) -> Callable[[], Any]:
    field = next(field for field in dataclasses.fields(cast(Any, event_class)) if field.name == name)
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory
    return lambda: field.default
