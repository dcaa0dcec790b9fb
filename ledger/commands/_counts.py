"""
How much of what was recorded, by day: figures from the headers alone, which open nothing about anybody.

Who may see them: whoever may read the journal. The page is itself in the journal, as any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ledger.commands._context import Session
from ledger.commands._output import Column
from ledger.commands._pages import page
from ledger.policies.vocabulary import AccessDecision, GatewayShown
from ledger.projections.tallies import DayCount, counts_by_day
from ledger.rules.profile import Power
from ledger.translation import mark, translate
from ledger.usecases.agent.acting import Acting
from ledger.usecases.gate import FactOpener

COLUMNS = [
    Column("day", mark("Day")), Column("house", mark("House")), Column("what", mark("What")),
    Column("topic", mark("Event"), for_people=False), Column("decision", mark("Decision")),
    Column("gateway", mark("Gateway")), Column("count", mark("Number")),
]  # fmt: skip

WORDS = {
    "access.granted": mark("look allowed"),
    "access.refused": mark("look refused"),
    "access.reviewed": mark("look reviewed"),
    "agent.departed": mark("departure of an agent"),
    "agent.enrolled": mark("agent enrolled"),
    "agent.roles-changed": mark("roles of an agent changed"),
    "agent.trained": mark("training of an agent"),
    "agent.undertaking-signed": mark("undertaking of secrecy signed"),
    "authority.granted": mark("disposal authority granted"),
    "authority.revoked": mark("disposal authority revoked"),
    "breach.advised": mark("opinion on a breach"),
    "breach.assessed": mark("breach assessed"),
    "breach.aware": mark("awareness of a breach"),
    "breach.awareness-corrected": mark("awareness of a breach corrected"),
    "breach.closed": mark("breach closed"),
    "breach.described": mark("breach described"),
    "breach.line-closed": mark("line of duty of a breach closed"),
    "breach.line-opened": mark("line of duty of a breach opened"),
    "breach.linked": mark("breaches linked"),
    "breach.narrated": mark("narrative of a breach written"),
    "breach.notified": mark("breach notified to the CNIL"),
    "breach.people-decided": mark("decision on telling the people"),
    "breach.people-informed": mark("people told of a breach"),
    "breach.processor-heard": mark("breach told by a processor"),
    "breach.remedied": mark("remedy of a breach"),
    "breach.reminded": mark("reminder of a breach begun"),
    "breach.reminder-failed": mark("reminder of a breach that did not go out"),
    "breach.reminder-sent": mark("reminder of a breach that went out"),
    "breach.reopened": mark("breach reopened"),
    "breach.scoped": mark("scope of a breach attached"),
    "breach.signalled": mark("breach declared"),
    "certificate.issued": mark("certificate of destruction issued"),
    "certificate.raised": mark("certificate of destruction raised"),
    "confirmation.recorded": mark("entry of the catalogue confirmed"),
    "destruction.completed": mark("key destroyed"),
    "epoch.turned": mark("root key changed"),
    "epoch.roots-destroyed": mark("old root keys destroyed"),
    "destruction.fenced": mark("destruction begun"),
    "drill.performed": mark("erasure drill held"),
    "duty.discharged": mark("duty done or set aside"),
    "holder.enrolled": mark("root key given to a holder"),
    "holder.retired": mark("holder of the root key retired"),
    "erasure.answered": mark("request for erasure answered"),
    "erasure.confirmed": mark("request for erasure confirmed"),
    "erasure.decided": mark("request for erasure decided"),
    "headers.pruned": mark("headers pruned"),
    "hold.book-opened": mark("book of holds opened"),
    "hold.released": mark("hold released"),
    "hold.reviewed": mark("hold reviewed"),
    "hold.set": mark("hold set"),
    "house.contact-ended": mark("function of a contact ended"),
    "house.contact-named": mark("contact named"),
    "house.partner-covered": mark("partner reachable from the house"),
    "house.registered": mark("house registered"),
    "house.schedule-changed": mark("opening hours changed"),
    "loss.found": mark("loss of data found"),
    "mandate.accounted": mark("account of a mandate given"),
    "mandate.act-done": mark("act done under a mandate"),
    "mandate.act-struck": mark("act of a mandate struck"),
    "mandate.drafted": mark("mandate drafted"),
    "mandate.ended": mark("mandate ended"),
    "mandate.identity-verified": mark("identity verified for a mandate"),
    "mandate.informed": mark("person informed before a mandate"),
    "mandate.originals-counted": mark("originals of a mandate counted"),
    "mandate.partner-told": mark("partner told of the end of a mandate"),
    "mandate.partner-to-tell": mark("partner found that is to be told of the end of a mandate"),
    "mandate.renounced": mark("mandate renounced by the house"),
    "mandate.revoked": mark("mandate revoked by the person"),
    "mandate.successor-noted": mark("later mandate elsewhere noted"),
    "mandate.signed": mark("signature of a mandate"),
    "mandate.started": mark("mandate live"),
    "mandate.voided": mark("mandate recorded void"),
    "origin.opened": mark("origin of checkpoints opened"),
    "origin.signing-key-rotated": mark("signing key changed"),
    "procedure.abandoned": mark("procedure abandoned"),
    "procedure.act-done": mark("act of a procedure done"),
    "procedure.contacted": mark("contact by the person"),
    "procedure.data-kept": mark("something kept for a procedure"),
    "procedure.disclosed": mark("legal disclosure"),
    "procedure.mandate-attached": mark("mandate attached to a procedure"),
    "procedure.opened": mark("procedure opened"),
    "procedure.reopened": mark("end of a procedure undone"),
    "procedure.resolved": mark("procedure resolved"),
    "procedure.restricted": mark("procedure restricted"),
    "procedure.transmitted": mark("transmission to a recipient"),
    "reading.recorded": mark("page or report read"),
    "reading.refused": mark("command refused"),
    "restoration.performed": mark("backup put back"),
    "run.completed": mark("run completed"),
    "run.started": mark("run started"),
    "slip.drafted": mark("elimination slip drafted"),
    "slip.handed-over": mark("archives handed over"),
    "slip.redrafted": mark("elimination slip drafted again"),
    "slip.submitted": mark("elimination slip submitted"),
    "slip.visaed": mark("elimination slip answered"),
    "subject.capacity-changed": mark("capacity of a person changed"),
    "subject.contact-changed": mark("contact details of a person changed"),
    "subject.corrected": mark("identity of a person corrected"),
    "subject.death-withdrawn": mark("death taken back"),
    "subject.died": mark("death of a person"),
    "subject.identity-opened": mark("stored identity looked at"),
    "subject.merged": mark("duplicate merged"),
    "subject.registered": mark("person registered"),
}
"""What people call the events of a kind, whatever the version of their format."""


def show_counts(session: Session, *, house: UUID | None, since: datetime | None, until: datetime | None) -> None:
    """Show how much of what was recorded, by the local days of the session's zone."""
    views = session.ledger.current_views()

    def rows(actor: Acting) -> Sequence[DayCount]:
        actor.need(Power.READ_JOURNAL)
        return counts_by_day(views, zone=session.zone, house=house, since=since, until=until)

    shown = page(session, "audit.counts", rows=rows, row=_row)
    session.output.listing(COLUMNS, shown, empty=mark("Nothing was recorded in this period."))


def _row(opener: FactOpener, count: DayCount) -> Mapping[str, Any]:
    kind = count.topic.rpartition(".")[0]
    return {
        "day": count.day,
        "house": count.house,
        "what": translate(WORDS.get(kind, kind)),
        "topic": count.topic,
        "decision": AccessDecision.GRANTED if count.decision == AccessDecision.GRANTED else count.decision or None,
        "gateway": GatewayShown(count.gateway) if count.gateway else None,
        "count": count.count,
    }
