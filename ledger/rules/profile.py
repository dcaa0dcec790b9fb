"""
A profile: every number and closed list that a département's convention sets, with source, mark and period.

Each is chosen by the date of the fact it is applied to: a mandate signed last year is judged by last year's rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, TypeVar

from ledger.errors import NotFound
from ledger.rules.periods import Dated, Period, Valid, holding, holding_or_first, local_day
from ledger.rules.retention_terms import RetentionClass, RetentionTerm
from ledger.rules.search import shown_reference
from ledger.translation import mark

V = TypeVar("V", bound=Valid)


class Capacity(StrEnum):
    """In what legal state a person is to give a mandate."""

    ADULT = "adult"
    MINOR = "minor"
    GUARDIANSHIP = "guardianship"
    """Tutelle."""
    CURATORSHIP = "curatorship"
    """Curatelle."""
    FAMILY_HABILITATION = "family-habilitation"
    """Habilitation familiale (Code civil 494-1)."""
    SAFEGUARD = "safeguard"
    """Sauvegarde de justice."""


class Signer(StrEnum):
    """Who signs a mandate for a person of a given capacity."""

    PERSON = "person"
    REPRESENTATIVE = "representative"
    PERSON_WITH_CURATOR = "person-with-curator"
    AS_SCOPE_SAYS = "as-scope-says"
    """The representative within the scope of the judgement, else the person."""


class StandardRole(StrEnum):
    """The roles of the charter."""

    AGENT = "agent"
    DPO = "dpo"
    MANAGER = "manager"
    DELEGATE = "delegate"
    JOB = "job"


class Power(StrEnum):
    """What a role may do; a closed list."""

    RECEIVE = "receive"
    """Receive people, draw up mandates, work on procedures."""
    OPEN_VALUES = "open-values"
    """Look at values of a person, by the gate."""
    READ_JOURNAL = "read-journal"
    """Read the journal and the registers; every reading is recorded."""
    REVIEW = "review"
    """Clear or flag an access."""
    ADVISE = "advise"
    """Give the opinion of the data protection officer."""
    DECIDE = "decide"
    """Decide for the controller: confirmations, authorities, holds."""
    ENROL = "enrol"
    """Enrol agents and record their undertakings and trainings."""
    REPORT = "report"
    """Produce figures."""
    DESTROY = "destroy"
    """Destroy what is due under an authority."""


@dataclass(frozen=True)
class CapacityRule:
    """How a person of one capacity gives a mandate, during a period."""

    capacity: Capacity
    label: str
    allowed: bool
    signer: Signer
    check: str
    """What the agent must check first; empty when nothing."""
    source: str
    mark: str
    period: Period


@dataclass(frozen=True)
class RoleRule:
    """One role of the charter, during a period."""

    role: StandardRole
    label: str
    powers: frozenset[Power]
    source: str
    mark: str
    period: Period


@dataclass(frozen=True)
class Signatory:
    """A signatory of the convention on the partners' side."""

    partner: str
    body: str


class NoRuleOnDay(NotFound):
    """The profile says nothing of this on this day."""

    sentence = mark("The profile has no rule {reference} on {day}.")
    unnamed = mark("The profile has no such rule on {day}.")
    advice = mark("Check the date; else ask the data protection officer to complete the profile.")


@dataclass(frozen=True)
class Profile:
    """One profile with all versions of all its rules."""

    code: str
    label: str
    period: Period
    rules: Mapping[str, tuple[Dated[Any], ...]]
    capacities: Mapping[Capacity, tuple[CapacityRule, ...]]
    roles_by_code: Mapping[StandardRole, tuple[RoleRule, ...]]
    retention: Mapping[RetentionClass, tuple[RetentionTerm, ...]]
    signatories: tuple[Signatory, ...]
    labels: Mapping[str, str]

    def value(self, name: str, *, on: date) -> Dated[Any]:
        """
        Give a rule as it holds on a day, with its source and mark.

        :raises NoRuleOnDay: if the profile says nothing of it on that day
        """
        found = holding(self.rules.get(name, ()), on=on)
        if found is None:
            raise NoRuleOnDay(reference=shown_reference(name), day=on.isoformat())
        return found

    def mandate_durations(self, on: date) -> tuple[int, ...]:
        """Give the durations offered, days."""
        durations: tuple[int, ...] = self.value("mandate.durations_days", on=on).value
        return durations

    def mandate_default_days(self, on: date) -> int:
        """Give the duration taken where the agent says no other, days."""
        return int(self.value("mandate.default_days", on=on).value)

    def mandate_max_days(self, on: date) -> int:
        """Give the longest duration allowed, days."""
        return int(self.value("mandate.max_days", on=on).value)

    def signature_means(self, on: date) -> frozenset[str]:
        """Give the means by which a mandate may be signed."""
        return frozenset(self.value("mandate.signature_means", on=on).value)

    def identity_methods(self, on: date) -> tuple[str, ...]:
        """Give the methods by which identity may be verified."""
        return tuple(self.value("mandate.identity_methods", on=on).value)

    def information_topics(self, on: date) -> tuple[str, ...]:
        """Give the topics that the information must cover, all of them (convention 4.6)."""
        return tuple(self.value("mandate.information_topics", on=on).value)

    def representative_is_party(self, on: date) -> bool:
        """Say whether a representative or curator counts as a party when originals are counted."""
        return bool(self.value("mandate.representative_is_party", on=on).value)

    def grace(self, on: date) -> timedelta:
        """Give the time left to resolve or abandon a procedure once its mandate has ended."""
        return timedelta(days=self.value("mandate.grace_days", on=on).value)

    def counter_session(self, on: date) -> timedelta:
        """Give how long one grant may cover an entry's fields at the counter."""
        return timedelta(minutes=self.value("access.counter_session_minutes", on=on).value)

    def supervision_allowed(self, on: date) -> bool:
        """Say whether an untrained agent may work under a named trained one (convention 5.2.2)."""
        return bool(self.value("access.supervision_allowed", on=on).value)

    def response_hours(self, on: date) -> int:
        """Give the "heures ouvrées" within which a request is answered (convention 4.2)."""
        return int(self.value("response.hours", on=on).value)

    def response_reading(self, on: date) -> str:
        """Give the reading of "heures ouvrées" that is in force: A, B or C."""
        return str(self.value("response.reading", on=on).value)

    def full_age_years(self, on: date) -> int:
        """Give the age from which a person signs alone (Code civil 388, 414)."""
        return int(self.value("capacity.full_age_years", on=on).value)

    def emancipation_years(self, on: date) -> int:
        """Give the age from which a minor can be emancipated (Code civil 413-2)."""
        return int(self.value("capacity.emancipation_years", on=on).value)

    def small_cell(self, on: date) -> int:
        """Give the count under which a figure is suppressed."""
        return int(self.value("figures.small_cell", on=on).value)

    def opening_week_minutes(self, on: date) -> int:
        """Give the least opening of a regular week, minutes (convention 4.2)."""
        return int(self.value("opening.week_minutes", on=on).value)

    def opening_days(self, on: date) -> int:
        """Give the least number of open days in a regular week (convention 4.2)."""
        return int(self.value("opening.days", on=on).value)

    def destruction_share(self, on: date) -> tuple[int, int]:
        """Give the part of what lives, percent, beyond which a person confirms a run, and from how many items on."""
        percent = int(self.value("destruction.share_percent", on=on).value)
        return percent, int(self.value("destruction.share_from", on=on).value)

    def erasure_persons(self, on: date) -> int:
        """Give how many people it takes to erase what a person asked to be erased."""
        return int(self.value("erasure.persons", on=on).value)

    def reminders(self, on: date) -> tuple[timedelta, ...]:
        """Give how long before the end of a breach's term one is reminded, longest first."""
        hours: tuple[int, ...] = self.value("reminder.hours_left", on=on).value
        return tuple(timedelta(hours=each) for each in sorted(hours, reverse=True))

    def soon(self, on: date) -> timedelta:
        """Give how long before its end a breach's term counts as near."""
        return timedelta(hours=self.value("reminder.soon_hours", on=on).value)

    def without_delay(self, on: date) -> timedelta:
        """
        Give after how long what is due without delay is shown as late; no text gives a number.

        A day before any rule is counted by the first one, as clocks count it: one old or mistyped date must not hide
        what else runs.

        :raises NoRuleOnDay: if the last rule ended before that day
        """
        name = "reminder.without_delay_hours"
        found = holding_or_first(self.rules.get(name, ()), on=on) or self.value(name, on=on)
        return timedelta(hours=found.value)

    def capacity(self, capacity: str, *, on: date) -> CapacityRule:
        """
        Give how a person of this capacity gives a mandate.

        :raises NoRuleOnDay: if the profile says nothing of it on that day
        """
        versions = self.capacities.get(Capacity(capacity), ()) if capacity in set(Capacity) else ()
        return _found(versions, capacity, on)

    def role(self, role: str, *, on: date) -> RoleRule:
        """
        Give a role of the charter.

        :raises NoRuleOnDay: if the profile says nothing of it on that day
        """
        versions = self.roles_by_code.get(StandardRole(role), ()) if role in set(StandardRole) else ()
        return _found(versions, role, on)

    def retention_term(self, retention_class: str, *, on: date) -> RetentionTerm:
        """
        Give the row of the retention schedule for a class, by the day from which the term runs.

        :raises NoRuleOnDay: if the profile says nothing of it on that day
        """
        known = retention_class in set(RetentionClass)
        versions = self.retention.get(RetentionClass(retention_class), ()) if known else ()
        return _found(versions, retention_class, on)

    def proof_term(self, on: date) -> RetentionTerm:
        """Give how long the proof of a mandate is kept."""
        return self.retention_term(RetentionClass.MANDATE_PROOF, on=on)

    def term_end(self, retention_class: str, *, runs_from: datetime, zone: tzinfo) -> datetime | None:
        """
        Give the instant from which a record is due, or None where no date follows from this event alone.

        :raises NoRuleOnDay: if the profile says nothing of the class on that day
        :raises ValueError: if `runs_from` carries no offset
        """
        row = self.retention_term(retention_class, on=local_day(runs_from, zone))
        return row.due(runs_from=runs_from, zone=zone)


def _found(versions: tuple[V, ...], reference: str, on: date) -> V:
    found = holding(versions, on=on)
    if found is None:
        raise NoRuleOnDay(reference=shown_reference(reference), day=on.isoformat())
    return found
