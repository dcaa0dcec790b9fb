"""
The partners of the houses and the recipients of data: one id for ever, names by date, the role of each party.

Pôle emploi became France Travail on 1 January 2024: the id stays, and a case of 2023 shows the name of 2023. For every
partner the file says who is controller, joint controller or processor (convention 4.6), with the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.errors import NotFound
from ledger.rules.periods import Period, holding
from ledger.rules.search import shown_reference
from ledger.translation import mark


class PartnerKind(StrEnum):
    """How a partner takes part."""

    NATIONAL = "national"
    """In the national framework agreement: reachable in every house (convention 2.2), can't leave (7)."""
    LOCAL = "local"
    """Present in some houses; leaves with six months' notice."""
    TRANSVERSAL = "transversal"
    """No partner at all: what the house does on its own."""


class PartyRole(StrEnum):
    """What a party is for the processing that the two share (GDPR 4(7), 26, 28)."""

    CONTROLLER = "controller"
    JOINT = "joint"
    PROCESSOR = "processor"


@dataclass(frozen=True)
class DatedName:
    """A name and the days on which it is borne."""

    name: str
    period: Period
    source: str = ""


@dataclass(frozen=True)
class Roles:
    """The role of the partner and of the house during a period."""

    partner: PartyRole
    house: PartyRole
    source: str
    mark: str
    period: Period


@dataclass(frozen=True)
class Recipient:
    """A body to which data may go."""

    id: str
    name: str
    partner: str
    """The partner it belongs to; empty for a third party."""


@dataclass(frozen=True)
class Partner:
    """A partner as it is on a day."""

    id: str
    name: str
    kind: PartnerKind
    roles: Roles
    recipients: tuple[str, ...]
    referent_required: bool
    """Whether a referent with direct phone and mail must be known in every house (convention 5.2.1)."""
    training_required: bool
    """Whether agents must be trained in its procedures (convention 5.2.2)."""
    remark: str

    @property
    def national(self) -> bool:
        """Whether it belongs to the national framework agreement."""
        return self.kind is PartnerKind.NATIONAL


@dataclass(frozen=True)
class RecipientFile:
    """A recipient with all its names."""

    id: str
    names: tuple[DatedName, ...]
    partner: str

    def named(self, *, on: date) -> str | None:
        """Give the name on a day, or None."""
        found = holding(self.names, on=on)
        return found.name if found else None


@dataclass(frozen=True)
class PartnerFile:
    """A partner with all its names and roles."""

    id: str
    names: tuple[DatedName, ...]
    roles: tuple[Roles, ...]
    kind: PartnerKind
    period: Period
    referent_required: bool
    training_required: bool
    remark: str


class UnknownPartner(NotFound):
    """No partner bears this id."""

    sentence = mark("No partner bears the id {reference}.")
    unnamed = mark("No partner bears this id.")
    advice = mark("See the list of partners: `ledger catalogue show --partners`.")


class PartnerNotThere(UnknownPartner):
    """The partner exists, but had no name or no part in the houses on this day."""

    sentence = mark("The partner {reference} did not take part on {day}.")


class UnknownRecipient(NotFound):
    """No recipient bears this id, or none did on this day."""

    sentence = mark("No recipient bears the id {reference} on {day}.")
    unnamed = mark("No recipient bears this id on {day}.")
    advice = mark("See the recipients of an entry: `ledger catalogue show CODE`.")


@dataclass(frozen=True)
class Partners:
    """Every partner and recipient, with all their names."""

    files: Mapping[str, PartnerFile]
    recipient_files: Mapping[str, RecipientFile]

    def partner(self, reference: str, *, on: date) -> Partner:
        """
        Give a partner under the name it bore on a day.

        :raises UnknownPartner: if no partner has this id
        :raises PartnerNotThere: if it took no part on that day
        """
        file = self.files.get(reference)
        if file is None:
            raise UnknownPartner(reference=shown_reference(reference))
        name, roles = holding(file.names, on=on), holding(file.roles, on=on)
        if name is None or roles is None or not file.period.covers(on):
            raise PartnerNotThere(reference=reference, day=on.isoformat())
        return Partner(
            id=file.id,
            name=name.name,
            kind=file.kind,
            roles=roles,
            recipients=tuple(r.id for r in self.recipient_files.values() if r.partner == file.id),
            referent_required=file.referent_required,
            training_required=file.training_required,
            remark=file.remark,
        )

    def recipient(self, reference: str, *, on: date) -> Recipient:
        """
        Give a recipient under the name it bore on a day.

        :raises UnknownRecipient: if there is none of this id on that day
        """
        file = self.recipient_files.get(reference)
        name = file.named(on=on) if file else None
        if file is None or name is None:
            raise UnknownRecipient(reference=shown_reference(reference), day=on.isoformat())
        return Recipient(file.id, name, file.partner)

    def taking_part(self, *, on: date) -> list[Partner]:
        """Give every partner that takes part on a day."""
        return [
            self.partner(file.id, on=on)
            for file in self.files.values()
            if file.period.covers(on) and holding(file.names, on=on)
        ]

    def national(self, *, on: date) -> list[Partner]:
        """Give the national partners on a day: each must be reachable in every house (convention 2.2)."""
        return [partner for partner in self.taking_part(on=on) if partner.national]
