"""Questions to the gate for tests: an invented entry, an agent in good standing, a mandate that lists what is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from ledger.policies.disclosure import AgentStanding, CaseStanding, MandateStanding, Question
from ledger.policies.mandate_life import Standing
from ledger.policies.mandate_scope import ListedAct, ListedRequest, MandateScope
from ledger.policies.vocabulary import Mission, Mode, Place
from ledger.rules.catalogue import (
    ActEntry,
    Basis,
    DataRequestEntry,
    Exchange,
    ExchangeKind,
    FieldNeed,
    Handling,
    ProcedureEntry,
)
from ledger.rules.profile import Power

MANDATE = UUID(int=7)
ENTRY = ProcedureEntry(
    code="TST01-essai",
    name="Une démarche d'essai",
    purpose="essayer",
    partner="cnaf",
    mission=Mission.ADMINISTRATIVE_HELP,
    fields=(
        FieldNeed("f.needed"),
        FieldNeed("f.kept", handling=Handling.KEPT, kept_because="pour l'essai"),
        FieldNeed("f.consent", express_consent=True),
    ),
    acts=(ActEntry("TST01-essai:file", "Déposer"), ActEntry("TST01-essai:declare", "Déclarer", recurring=True)),
    data_requests=(DataRequestEntry("TST01-essai:statement", "Un relevé", ("f.answer",)),),
    forbidden_acts=frozenset({"TST01-essai:barred"}),
    forbidden_labels={"TST01-essai:barred": "Interdit"},
    modes=frozenset({Mode.ASSIST, Mode.ACT_FOR}),
    recipients=("caf",),
    basis=Basis("une base", "RGPD 6(1)(e)"),
    exchanges=(
        Exchange("CRPA L114-8", ExchangeKind.LEGAL_EXCHANGE, ("f.needed",)),
        Exchange("Convention 2.2", ExchangeKind.BACK_OFFICE, ("f.needed", "f.kept")),
    ),
    art9="",
    art10="",
    nir="none",
    words=(),
    source="D",
    notes="",
    valid_from=date(2020, 1, 24),
    valid_until=None,
    digest="0" * 64,
)
AGENT = AgentStanding(powers=frozenset({Power.RECEIVE, Power.OPEN_VALUES}), undertaking=True)
SCOPE = MandateScope(
    (ListedAct(ENTRY.code, "TST01-essai:file"), ListedAct(ENTRY.code, "TST01-essai:declare", recurring=True)),
    (ListedRequest(ENTRY.code, "TST01-essai:statement"),),
)
LIVE = MandateStanding(MANDATE, Standing.LIVE, names_agent=True, scope=SCOPE)

ASSISTED = Question(
    agent=AGENT,
    case=CaseStanding(),
    entry=ENTRY,
    fields=("f.needed",),
    place=Place.SHOWN,
    mode=Mode.ASSIST,
    present=True,
    informed=True,
)
"""Everything allowed: the person is here, informed, and shows a field that the procedure needs."""
ACTED_FOR = replace(
    ASSISTED, mode=Mode.ACT_FOR, present=False, place=Place.PORTAL, act="TST01-essai:file", mandates=(LIVE,)
)
"""Everything allowed: the person is away, and a live mandate lists the act."""


def asked(question: Question, **changes: Any) -> Question:
    """Give a question with some of it changed."""
    return replace(question, **changes)
