"""What is shown of one access: the answer, and the values that it opened."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ledger.aggregates.destruction import DestructionReason
from ledger.aggregates.procedure import Procedure
from ledger.commands._context import Session
from ledger.commands._labels import label
from ledger.commands._output import Column, shown
from ledger.commands._pages import page
from ledger.errors import DataErased
from ledger.personal import Erased
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.access.case import required
from ledger.usecases.access.request import AccessAnswer, look_at_stored
from ledger.usecases.agent.acting import Acting


class ValueErased(DataErased):
    """A value that was kept for a case which is over, and is destroyed."""

    sentence = mark("These data were destroyed on {when}: {why}.")
    advice = mark("They can't be brought back. This request is on record, refused, as is their destruction.")


def fields_of_entry(session: Session, procedure_id: UUID) -> tuple[str, ...]:
    """Give all the fields that the entry of a procedure needs; the look at the entry is on record."""
    procedure = session.desk.streams.load(Procedure, procedure_id)

    def rows(actor: Acting) -> list[Procedure]:
        actor.need(Power.RECEIVE)
        return [procedure]

    (found,) = page(
        session, "access.fields", rows=rows, row=lambda opener, each: {"entry": required(opener, each.entry)}
    )
    entry = session.desk.law.catalogue.procedure(found["entry"], on=session.at.date())
    return tuple(need.code for need in entry.fields)


def show_answer(session: Session, answer: AccessAnswer) -> None:
    """
    Show the decision, and the values where it granted some.

    :raises RefusedByRule: once a refusal, which is on record, was shown with its reference
    :raises ValueErased: once it was shown, if what was refused is destroyed
    """
    values: dict[str, Any] = dict(answer.erased)
    if answer.grant is not None:
        opened = look_at_stored(session.desk, answer, at=session.ledger.clock.now())
        values = {name: shown(value) for name, value in opened.items()}
    columns = [
        Column("access", mark("Access")), Column("granted", mark("Granted")), Column("decision", mark("Decision")),
        Column("gateway", mark("Gateway")), Column("until", mark("Until")), Column("fields", mark("Fields")),
        *([Column("values", mark("Values"))] if values else []), Column("repeated", mark("Repeated")),
    ]  # fmt: skip
    row = {
        "access": answer.access_id,
        "granted": answer.granted,
        "decision": answer.decision,
        "gateway": answer.gateway,
        "until": answer.until,
        "fields": list(answer.fields),
        "values": values,
        "repeated": answer.repeated,
    }
    if session.output.for_people:
        row["values"] = "\n".join(f"{name}: {session.output.words(value)}" for name, value in values.items())
        row["repeated"] = answer.repeated or None
    session.output.record(columns, row)
    for erased in answer.erased.values():
        raise ValueErased(when=f"{erased.when.astimezone(session.zone):%d/%m/%Y}", why=_why(erased))
    if isinstance(answer.decision, RefusalCode):
        raise RefusedByRule(answer.decision)


def _why(erased: Erased) -> str:
    """Say in words why something was destroyed; a reason that we have no words for stays as it is."""
    return next((label(reason) for reason in DestructionReason if reason == erased.why), erased.why)
