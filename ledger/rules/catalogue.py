"""
The catalogue of procedures: what each is for, which data it needs, and what may open them.

An entry lists the data strictly necessary to its procedure (convention 4.6), and nothing outside that list is ever
granted. Values pass through the partner's portal (`transit`) unless the entry says why one is kept. An entry never
changes: its text, once confirmed, is known by its digest, and a new version gets a new period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from ledger.errors import NotFound
from ledger.rules.cnil import DataCategory
from ledger.rules.periods import Period, holding
from ledger.rules.search import Index, shown_reference
from ledger.translation import mark


class Nature(StrEnum):
    """What kind of data a field is, by the rules that bind it."""

    ORDINARY = "ordinary"
    FINANCIAL = "financial"
    ART9 = "art9"
    """Health and the other special categories (GDPR 9)."""
    ART10 = "art10"
    """Offences and convictions (GDPR 10)."""
    NIR = "nir"
    """The social security number, under any name: never stored, hashed or logged."""


class Protection(StrEnum):
    """How strongly a field is protected (convention 4.6: adequate for the nature of the data)."""

    NORMAL = "normal"
    RAISED = "raised"
    STRICT = "strict"


class Handling(StrEnum):
    """What happens to a value."""

    TRANSIT = "transit"
    """Passes through the partner's portal; nothing stays here."""
    KEPT = "kept"
    """Stored here, sealed, until the procedure is resolved; the entry says why."""
    VIEW_ONLY = "view-only"
    """Looked at in the partner's portal or on the person's paper, never typed."""


class Mission(StrEnum):
    """The five missions of a house (convention 2.1)."""

    INFORM = "inform"
    DIGITAL_HELP = "digital-help"
    ADMINISTRATIVE_HELP = "administrative-help"
    PUT_IN_CONTACT = "put-in-contact"
    SIGNAL = "signal"


class ExchangeKind(StrEnum):
    """The two gateways that rest on a reference instead of a person or a mandate (convention 4.6)."""

    LEGAL_EXCHANGE = "LEGAL_EXCHANGE"
    BACK_OFFICE = "BACK_OFFICE"


class Format(StrEnum):
    """How a typed value of a field is checked."""

    TEXT = "text"
    NAME = "name"
    DATE = "date"
    POSTAL = "postal"
    PHONE = "phone"
    EMAIL = "email"
    IBAN = "iban"
    TAX_NUMBER = "tax-number"
    AMOUNT = "amount"
    TAX_NOTICE = "tax-notice"
    REFERENCE = "reference"
    NIR = "nir"
    REGISTRATION = "registration"


@dataclass(frozen=True)
class FieldEntry:
    """One field of the vocabulary."""

    code: str
    label: str
    nature: Nature
    protection: Protection
    format: Format
    cnil: DataCategory
    never_kept: bool = False
    """Whether no entry may keep it: special categories, NIR, passwords, secret codes, copies of documents."""


@dataclass(frozen=True)
class FieldNeed:
    """A field that a procedure needs, and what becomes of its value."""

    code: str
    optional: bool = False
    handling: Handling = Handling.TRANSIT
    kept_because: str = ""
    express_consent: bool = False
    """Whether the person must agree expressly (GDPR 9(2)(a)) before it is used."""


@dataclass(frozen=True)
class ActEntry:
    """An act that a mandate can list. One occurrence never ends a recurring act."""

    code: str
    label: str
    recurring: bool = False


@dataclass(frozen=True)
class DataRequestEntry:
    """Data that can be asked of the partner in the person's name; a mandate lists these apart from acts."""

    code: str
    label: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Exchange:
    """A text or an agreement that lets these fields be communicated without a mandate."""

    reference: str
    kind: ExchangeKind
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Basis:
    """The legal basis of the procedure (convention 4.6: no processing without one). It opens nothing by itself."""

    text: str
    reference: str


@dataclass(frozen=True)
class ProcedureEntry:
    """One procedure, as it holds during a period."""

    code: str
    name: str
    purpose: str
    partner: str
    mission: Mission
    fields: tuple[FieldNeed, ...]
    acts: tuple[ActEntry, ...]
    data_requests: tuple[DataRequestEntry, ...]
    forbidden_acts: frozenset[str]
    """Acts barred whatever a mandate says, by their codes."""
    forbidden_labels: Mapping[str, str]
    modes: frozenset[str]
    """ASSIST (help the person do it), ACT_FOR (do it in the person's name)."""
    recipients: tuple[str, ...]
    basis: Basis
    exchanges: tuple[Exchange, ...]
    art9: str
    """What special categories (GDPR 9) the procedure touches, in words; empty when none."""
    art10: str
    nir: str
    """`transit` where the NIR is keyed into the partner's portal, else `none`."""
    words: tuple[str, ...]
    source: str
    """S: seen in a public source; D: a default."""
    notes: str
    valid_from: date
    valid_until: date | None
    digest: str
    """SHA-256 of what the entry says, its fields' definitions included: what a confirmation names."""

    @property
    def period(self) -> Period:
        """The days on which the entry holds."""
        return Period(self.valid_from, self.valid_until)

    @cached_property
    def needs(self) -> Mapping[str, FieldNeed]:
        """The fields by code."""
        return {need.code: need for need in self.fields}

    @property
    def kept(self) -> tuple[FieldNeed, ...]:
        """The fields whose value may be stored here."""
        return tuple(need for need in self.fields if need.handling is Handling.KEPT)

    def act(self, code: str) -> ActEntry | None:
        """Give an act that may be listed in a mandate, or None."""
        return next((act for act in self.acts if act.code == code), None)

    def data_request(self, code: str) -> DataRequestEntry | None:
        """Give a data request, or None."""
        return next((request for request in self.data_requests if request.code == code), None)

    def exchange(self, reference: str) -> Exchange | None:
        """Give the exchange that bears this reference, or None: a reference not named here opens nothing."""
        return next((exchange for exchange in self.exchanges if exchange.reference == reference), None)


class UnknownProcedure(NotFound):
    """No procedure of the catalogue bears this code."""

    sentence = mark("The catalogue has no procedure {reference}.")
    unnamed = mark("The catalogue has no procedure of this code.")
    advice = mark("Look for it by an everyday word with `ledger catalogue show`.")


class ProcedureNotInForce(UnknownProcedure):
    """The procedure exists, but not on this day."""

    sentence = mark("The procedure {reference} was not in the catalogue on {day}.")


class UnknownField(NotFound):
    """No field of the vocabulary bears this code."""

    sentence = mark("The catalogue has no field {reference}.")
    unnamed = mark("The catalogue has no field of this code.")
    advice = mark("See the list of fields: `ledger catalogue show --fields`.")


@dataclass(frozen=True)
class Catalogue:
    """Every version of every entry, and the vocabulary of fields."""

    vocabulary: Mapping[str, FieldEntry]
    versions: Mapping[str, tuple[ProcedureEntry, ...]]
    partner_words: Mapping[str, tuple[str, ...]]
    """The names of each partner, of any time, so that it can be searched for."""
    house_basis: Basis
    """The house's own legal basis, for every procedure (GDPR 6(1)(e))."""

    def procedure(self, code: str, *, on: date) -> ProcedureEntry:
        """
        Give the entry that holds on a day, by its code (`CNAF01-rsa`, or `CNAF01` alone).

        :raises UnknownProcedure: if no entry bears the code
        :raises ProcedureNotInForce: if one does, but not on that day
        """
        versions = self.versions.get(code) or self.versions.get(self._by_number.get(code.upper(), ""))
        if not versions:
            raise UnknownProcedure(reference=shown_reference(code))
        entry = holding(versions, on=on)
        if entry is None:
            raise ProcedureNotInForce(reference=versions[0].code, day=on.isoformat())
        return entry

    def entries(self, *, on: date) -> list[ProcedureEntry]:
        """Give every entry that holds on a day, by partner as the file lists them."""
        found = (holding(versions, on=on) for versions in self.versions.values())
        return [entry for entry in found if entry is not None]

    def search(self, words: str, *, on: date) -> list[ProcedureEntry]:
        """Give the entries that everyday words point to, the likeliest first; empty when nothing comes near."""
        return [self.versions[code][number] for code, number in self._index.find(words, on=on)]

    def named(self, words: str, *, on: date) -> ProcedureEntry | None:
        """Give the one entry whose own code, name or everyday words these are; None where none is, or several."""
        found = self._index.own(words, on=on)
        return self.versions[found[0][0]][found[0][1]] if len(found) == 1 else None

    def field(self, code: str) -> FieldEntry:
        """
        Give a field of the vocabulary.

        :raises UnknownField: if there is none of this code
        """
        entry = self.vocabulary.get(code)
        if entry is None:
            raise UnknownField(reference=shown_reference(code))
        return entry

    def all_versions(self) -> Iterable[ProcedureEntry]:
        """Give every version of every entry."""
        return (entry for versions in self.versions.values() for entry in versions)

    @cached_property
    def _by_number(self) -> Mapping[str, str]:
        return {code.partition("-")[0].upper(): code for code in self.versions}

    @cached_property
    def _index(self) -> Index:
        return Index.of(self.versions, self.partner_words)
