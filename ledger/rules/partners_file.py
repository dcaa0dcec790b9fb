"""Reading the partners file: ids, names by date, and who is controller of what."""

from __future__ import annotations

from ledger.rules.document import Document, Table, missing_day, report_overlaps
from ledger.rules.marks import Mark
from ledger.rules.partners import (
    DatedName,
    PartnerFile,
    PartnerKind,
    Partners,
    PartyRole,
    RecipientFile,
    Roles,
)


def read_partners(content: bytes, *, file: str) -> Partners:
    """
    Read a partners file.

    :raises LawInvalid: with every problem found
    """
    document = Document(content, file=file)
    root = document.opened_as("partners")
    root.text("label")
    partners: dict[str, PartnerFile] = {}
    for table in root.tables("partner", required=True):
        partner = _partner(table)
        if partner.id in partners:
            table.report("DUPLICATE", "id", code=partner.id)
        partners.setdefault(partner.id, partner)
    recipients: dict[str, RecipientFile] = {}
    for table in root.tables("recipient", required=True):
        recipient = _recipient(table, partners)
        if recipient.id in recipients:
            table.report("DUPLICATE", "id", code=recipient.id)
        recipients.setdefault(recipient.id, recipient)
    root.close()
    document.finish()
    return Partners(partners, recipients)


def _partner(table: Table) -> PartnerFile:
    partner = PartnerFile(
        id=table.code("id"),
        kind=table.choice("kind", PartnerKind),
        period=table.period(),
        referent_required=table.flag("referent_required"),
        training_required=table.flag("training_required"),
        remark=table.text("remark", required=False),
        names=_names(table),
        roles=_roles(table),
    )
    table.close()
    unnamed = missing_day(partner.period, [name.period for name in partner.names])
    if partner.names and unnamed:
        table.report("NAME_MISSING", "name", code=partner.id, day=unnamed)
    unsaid = missing_day(partner.period, [roles.period for roles in partner.roles])
    if partner.roles and unsaid:
        table.report("ROLE_MISSING", "role", code=partner.id, day=unsaid)
    return partner


def _recipient(table: Table, partners: dict[str, PartnerFile]) -> RecipientFile:
    recipient = RecipientFile(id=table.code("id"), partner=table.code("partner", required=False), names=_names(table))
    if recipient.partner and recipient.partner not in partners:
        table.report("UNKNOWN_PARTNER", "partner", code=recipient.partner)
    table.close()
    return recipient


def _names(table: Table) -> tuple[DatedName, ...]:
    rows = table.tables("name", required=True)
    names = tuple(_name(row) for row in rows)
    report_overlaps(rows, [name.period for name in names], what=table.content.get("id", "name"))
    return names


def _name(row: Table) -> DatedName:
    name = DatedName(row.text("name"), row.period(), row.text("source", required=False))
    row.close()
    return name


def _roles(table: Table) -> tuple[Roles, ...]:
    rows = table.tables("role", required=True)
    roles = tuple(_role(row) for row in rows)
    report_overlaps(rows, [role.period for role in roles], what=table.content.get("id", "role"))
    return roles


def _role(row: Table) -> Roles:
    roles = Roles(
        partner=row.choice("partner", PartyRole),
        house=row.choice("house", PartyRole),
        source=row.text("source"),
        mark=row.choice("mark", Mark),
        period=row.period(),
    )
    row.close()
    return roles
