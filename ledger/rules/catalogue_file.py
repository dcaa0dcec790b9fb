"""
Reading the catalogue: the vocabulary of fields, the vocabulary of acts, and the procedures.

Fields are listed by code; `ct.*` stands for every field of the group, and a question mark for a field that is asked
only where the case needs it. Beyond the types, this checks what the law asks of an entry: a basis, no special
category, social security number or secret kept, a reason for every value kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

from ledger.rules.catalogue import (
    ActEntry,
    Basis,
    Catalogue,
    DataRequestEntry,
    Exchange,
    ExchangeKind,
    FieldEntry,
    FieldNeed,
    Format,
    Handling,
    Mission,
    Nature,
    ProcedureEntry,
    Protection,
)
from ledger.rules.cnil import DataCategory
from ledger.rules.document import Document, Table, missing_day, report_overlaps
from ledger.rules.marks import EntrySource
from ledger.rules.partners import Partners
from ledger.rules.periods import Period

_NEVER_KEPT = {Nature.ART9: "KEPT_ART9", Nature.ART10: "KEPT_ART10", Nature.NIR: "KEPT_NIR"}


class ModeName(StrEnum):
    """The two modes (convention 4.6): help the person do it, or do it in the person's name."""

    ASSIST = "ASSIST"
    ACT_FOR = "ACT_FOR"


@dataclass(frozen=True)
class _Shared:
    """What the entries of a catalogue draw on."""

    fields: Mapping[str, FieldEntry]
    acts: Mapping[str, ActEntry]
    partners: Partners
    definitions: Mapping[str, Any]
    """The tables of fields and acts as they stand, for the digests."""


def read_catalogue(content: bytes, *, file: str, partners: Partners) -> Catalogue:
    """
    Read a catalogue against the partners that it names.

    :raises LawInvalid: with every problem found
    """
    document = Document(content, file=file)
    root = document.opened_as("catalogue")
    root.text("label")
    house_basis = _basis(root, "house_basis")
    shared = _shared(root, partners)
    tables = root.tables("procedure", required=True)
    entries = [_Entry(table, shared).read() for table in tables]
    root.close()
    versions: dict[str, tuple[ProcedureEntry, ...]] = {}
    for code in dict.fromkeys(entry.code for entry in entries):
        of_code = [number for number, entry in enumerate(entries) if entry.code == code]
        periods = [entries[number].period for number in of_code]
        report_overlaps([tables[number] for number in of_code], periods, what=code)
        versions[code] = tuple(entries[number] for number in of_code)
    _check_numbers(tables, entries)
    document.finish()
    words = {id_: tuple(name.name for name in partner.names) for id_, partner in partners.files.items()}
    return Catalogue(shared.fields, versions, words, house_basis)


def _check_numbers(tables: Sequence[Table], entries: Sequence[ProcedureEntry]) -> None:
    """Report two procedures of one number, since the number alone is enough to name a procedure."""
    first: dict[str, str] = {}
    for table, entry in zip(tables, entries, strict=True):
        number = entry.code.partition("-")[0].upper()
        if entry.code and first.setdefault(number, entry.code) != entry.code:
            table.report("NUMBER_TAKEN", "code", number=number, code=first[number])


def _shared(root: Table, partners: Partners) -> _Shared:
    fields: dict[str, FieldEntry] = {}
    acts: dict[str, ActEntry] = {}
    definitions: dict[str, Any] = {}
    for table in root.tables("field", required=True):
        field = _field(table)
        if field.code in fields:
            table.report("DUPLICATE", "code", code=field.code)
        fields.setdefault(field.code, field)
        definitions.setdefault(f"field {field.code}", table.content)
    for table in root.tables("act", required=True):
        act = _act(table)
        if act.code in acts:
            table.report("DUPLICATE", "id", code=act.code)
        acts.setdefault(act.code, act)
        definitions.setdefault(f"act {act.code}", table.content)
    return _Shared(fields, acts, partners, definitions)


def _field(table: Table) -> FieldEntry:
    field = FieldEntry(
        code=table.code("code"),
        label=table.text("label"),
        nature=table.choice("nature", Nature, default=Nature.ORDINARY),
        protection=table.choice("protection", Protection),
        format=table.choice("format", Format, default=Format.TEXT),
        cnil=table.choice("cnil", DataCategory),
        never_kept=table.flag("never_kept", default=False),
    )
    table.close()
    return field


def _act(table: Table) -> ActEntry:
    act = ActEntry(table.code("id"), table.text("label"), table.flag("recurring", default=False))
    table.close()
    return act


def _basis(table: Table, key: str) -> Basis:
    row = table.table(key)
    basis = Basis(row.text("text"), row.text("reference")) if table.has(key) else Basis("", "")
    row.close()
    return basis


class _Entry:
    """The reading of one procedure."""

    def __init__(self, table: Table, shared: _Shared) -> None:
        self.table = table
        self.shared = shared
        self.code = table.code("code")
        self.used: set[str] = set()

    def read(self) -> ProcedureEntry:
        """Read the entry, reporting all that is wrong with it."""
        table = self.table
        period = table.period()
        needs = self._needs()
        acts = self._acts()
        modes = frozenset(self._choices("modes", ModeName))
        forbidden = self._forbidden(acts)
        entry = ProcedureEntry(
            code=self.code,
            name=table.text("name"),
            purpose=table.text("purpose"),
            partner=self._partner(period),
            mission=table.choice("mission", Mission),
            fields=tuple(needs.values()),
            acts=acts,
            data_requests=tuple(self._data_request(row, needs) for row in table.tables("data_request")),
            forbidden_acts=frozenset(forbidden),
            forbidden_labels=forbidden,
            modes=modes,
            recipients=self._recipients(period),
            basis=_basis(table, "basis"),
            exchanges=tuple(self._exchange(row, needs) for row in table.tables("exchange")),
            art9=table.text("art9", required=False),
            art10=table.text("art10", required=False),
            nir="transit" if self._uses(needs, Nature.NIR) else "none",
            words=tuple(table.texts("words")),
            source=table.choice("source", EntrySource),
            notes=table.text("notes", required=False),
            valid_from=period.start,
            valid_until=period.end,
            digest=self._digest(),
        )
        table.close()
        self._judge(entry, needs)
        return entry

    def _judge(self, entry: ProcedureEntry, needs: Mapping[str, FieldNeed]) -> None:
        if ModeName.ACT_FOR in entry.modes and not entry.acts:
            self.table.report("ACT_FOR_WITHOUT_ACT")
        if not entry.words and self.table.has("words"):
            self.table.report("NO_EVERYDAY_WORD", "words")
        for nature, key, said in ((Nature.ART9, "art9", entry.art9), (Nature.ART10, "art10", entry.art10)):
            if (used := self._uses(needs, nature)) and not said:
                self.table.report("SPECIAL_UNSAID", "fields", code=used[0], key=key)

    def _uses(self, needs: Iterable[str], nature: Nature) -> list[str]:
        return [code for code in needs if self.shared.fields[code].nature is nature]

    def _choices(self, key: str, options: type[StrEnum]) -> list[str]:
        found = self.table.texts(key, least=1)
        for number, value in enumerate(found):
            if value and value not in set(options):
                self.table.report_element("NOT_IN_LIST", key, number, value=value, options=", ".join(options))
        return found

    def _partner(self, period: Period) -> str:
        code = self.table.code("partner")
        partner = self.shared.partners.files.get(code)
        if partner is None:
            if code:
                self.table.report("UNKNOWN_PARTNER", "partner", code=code)
            return code
        unnamed = missing_day(period, [name.period for name in partner.names])
        if day := unnamed or missing_day(period, [partner.period]):
            self.table.report("NAME_MISSING", "partner", code=code, day=day)
        return code

    def _recipients(self, period: Period) -> tuple[str, ...]:
        codes = self.table.texts("recipients", least=1)
        for number, code in enumerate(codes):
            recipient = self.shared.partners.recipient_files.get(code)
            if recipient is None:
                if code:
                    self.table.report_element("UNKNOWN_RECIPIENT", "recipients", number, code=code)
            elif day := missing_day(period, [name.period for name in recipient.names]):
                self.table.report_element("NAME_MISSING", "recipients", number, code=code, day=day)
        return tuple(codes)

    def _needs(self) -> dict[str, FieldNeed]:
        needs: dict[str, FieldNeed] = {}
        for number, listed in enumerate(self.table.texts("fields", least=1)):
            for code in self._expanded(listed.removesuffix("?"), number):
                if code in needs:
                    self.table.report_element("DOUBLE", "fields", number, value=code)
                needs.setdefault(code, FieldNeed(code, optional=listed.endswith("?")))
                self.used.add(f"field {code}")
        self._mark_kept(needs)
        self._mark_viewed(needs)
        for number, code in enumerate(self.table.texts("express_consent", required=False)):
            if self._listed(self.table, "express_consent", number, code, needs):
                needs[code] = replace(needs[code], express_consent=True)
        return needs

    def _mark_viewed(self, needs: dict[str, FieldNeed]) -> None:
        for number, code in enumerate(self.table.texts("view_only", required=False)):
            if not self._listed(self.table, "view_only", number, code, needs):
                continue
            if needs[code].handling is Handling.KEPT:
                self.table.report_element("KEPT_AND_VIEWED", "view_only", number, code=code)
            needs[code] = replace(needs[code], handling=Handling.VIEW_ONLY)

    def _expanded(self, listed: str, number: int) -> list[str]:
        if not listed:
            return []
        if listed.endswith(".*"):
            codes = [code for code in self.shared.fields if code.startswith(listed[:-1])]
        else:
            codes = [listed] if listed in self.shared.fields else []
        if not codes:
            self.table.report_element("UNKNOWN_FIELD", "fields", number, code=listed)
        return codes

    def _mark_kept(self, needs: dict[str, FieldNeed]) -> None:
        for row in self.table.tables("kept"):
            code, because = row.code("field"), row.text("because", required=False)
            row.close()
            if not because:
                row.report("KEPT_WITHOUT_REASON")
            if code not in needs:
                if code:
                    row.report("FIELD_NOT_LISTED", "field", code=code)
                continue
            field = self.shared.fields[code]
            barred = _NEVER_KEPT.get(field.nature) or ("KEPT_NEVER" if field.never_kept else None)
            if barred:
                row.report(barred, "field", code=code)
            needs[code] = replace(needs[code], handling=Handling.KEPT, kept_because=because)

    def _listed(self, table: Table, key: str, number: int, code: str, needs: Mapping[str, FieldNeed]) -> bool:
        if code and code not in needs:
            rule = "FIELD_NOT_LISTED" if code in self.shared.fields else "UNKNOWN_FIELD"
            table.report_element(rule, key, number, code=code)
        return code in needs

    def _named_fields(self, row: Table, needs: Mapping[str, FieldNeed]) -> tuple[str, ...]:
        codes = row.texts("fields", least=1)
        return tuple(c for number, c in enumerate(codes) if self._listed(row, "fields", number, c, needs))

    def _acts(self) -> tuple[ActEntry, ...]:
        own = {}
        for row in self.table.tables("act"):
            act = _act(row)
            if act.code in own:
                row.report("DUPLICATE", "id", code=act.code)
            own[act.code] = act
        shared = {}
        for number, code in enumerate(self.table.texts("acts", required=False)):
            common = self.shared.acts.get(code)
            if common is None and code and code not in own:
                self.table.report_element("UNKNOWN_ACT", "acts", number, code=code)
            elif common is not None and code not in own:
                self.used.add(f"act {code}")
                shared[code] = common
        return tuple(replace(act, code=f"{self.code}:{code}") for code, act in {**shared, **own}.items())

    def _forbidden(self, acts: tuple[ActEntry, ...]) -> dict[str, str]:
        forbidden = {}
        for row in self.table.tables("forbidden"):
            code = f"{self.code}:{row.code('id')}"
            forbidden[code] = row.text("label")
            row.close()
            if any(act.code == code for act in acts):
                row.report("ACT_FORBIDDEN", "id", code=code)
        return forbidden

    def _data_request(self, row: Table, needs: Mapping[str, FieldNeed]) -> DataRequestEntry:
        request = DataRequestEntry(f"{self.code}:{row.code('id')}", row.text("label"), self._named_fields(row, needs))
        row.close()
        return request

    def _exchange(self, row: Table, needs: Mapping[str, FieldNeed]) -> Exchange:
        exchange = Exchange(row.text("reference"), row.choice("kind", ExchangeKind), self._named_fields(row, needs))
        row.close()
        return exchange

    def _digest(self) -> str:
        """Hash the entry with the definitions it uses, so that a field of a new nature asks for a new confirmation."""
        said = {"procedure": self.table.content, "uses": {key: self.shared.definitions.get(key) for key in self.used}}
        canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
        return sha256(canonical.encode()).hexdigest()
