"""
The reference of a person who is about to be registered, so that two who register the same person can't both do it.

Who a person is stands in the blind index, in the key store; that they are registered, in the log. No transaction holds
both, so a filing comes first and reserves a reference. Whoever finds a filing that no record follows can't tell whether
a colleague is about to record it or was cut short, and need not: they register under the reference that is reserved.
Whichever of the two is recorded first is the person, and the log refuses the other, since a stream begins once. A
filing that was cut short blocks nobody, and is used up by the next attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.aggregates.subject import Subject
from ledger.errors import Conflict, NotFound
from ledger.identifiers import new_id, short
from ledger.translation import mark
from ledger.usecases.ports import Desk, own_scope
from ledger.usecases.subject.find import PERSON, told_apart


class SubjectKnown(Conflict):
    """Somebody of this name and birth date is registered."""

    sentence = mark("Somebody with this name and birth date is already registered, under {reference}.")
    advice = mark("Make sure it is not the same person; if they are two people, register this one as a homonym.")


class RegisteredMeanwhile(SubjectKnown):
    """Somebody of this name and birth date was registered by a colleague at this very moment."""

    sentence = mark("A colleague has just registered somebody with this name and birth date, under {reference}.")
    advice = mark("Look for the person again, and go on with that reference; nobody was registered twice.")


@dataclass(frozen=True)
class Place:
    """The reference that a person would be registered under, and what was filed under their name by then."""

    reference: UUID
    seen: tuple[ScopeInstance, ...]
    reserved: bool
    """Whether the reference was filed by somebody before, and no record follows it."""


def place_for(desk: Desk, parts: tuple[str, ...], *, homonym: bool) -> Place:
    """
    Look for the place of a person who is to be registered; nothing is filed yet.

    :raises SubjectKnown: if somebody is registered under these parts, unless `homonym` says that it is somebody else
    """
    seen = desk.index.find(PERSON, *parts)
    known, reserved = told_apart(desk, seen)
    if known and not homonym:
        raise SubjectKnown(reference=short(known[0].id))
    return Place(reserved[0] if reserved else new_id(), tuple(seen), bool(reserved))


def reserve(desk: Desk, parts: tuple[str, ...], place: Place) -> UUID:
    """
    File the reference, durably, and give it; or give the one that a colleague filed since.

    :raises RegisteredMeanwhile: if somebody was registered under these parts since
    """
    if place.reserved:
        return place.reference
    scope = own_scope(Scope.IDENTITY, place.reference)
    known, reserved = told_apart(desk, desk.index.file_new(PERSON, *parts, scope=scope, seen=place.seen))
    if known:
        raise RegisteredMeanwhile(reference=short(known[0].id))
    return reserved[0] if reserved else place.reference


def check_free(desk: Desk, reference: UUID) -> None:
    """
    Say so if somebody was registered under a reference that was reserved.

    :raises RegisteredMeanwhile: if so
    """
    try:
        desk.streams.load(Subject, reference)
    except NotFound:
        return
    raise RegisteredMeanwhile(reference=short(reference))
