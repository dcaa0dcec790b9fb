"""Two processes that revoke and look at once, thousands of times: no grant ever stands after the revocation."""

from __future__ import annotations

import os
from datetime import timedelta
from multiprocessing import get_context
from uuid import UUID

import pytest

from ledger.aggregates.base import Aggregate, LinkKind, Scope
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.procedure import Procedure
from ledger.policies.mandate_making import Party, Signature
from ledger.policies.mandate_scope import ListedAct
from ledger.policies.vocabulary import (
    IdentityMethod,
    InformationTopic,
    Mandatary,
    Mission,
    Mode,
    PaperPlace,
    Signatory,
    SignatureMeans,
    SigningPlace,
)
from ledger.usecases.ports import own_scope
from tests.integration.usecases.counter import RSA, Counter
from tests.integration.usecases.racers import PATIENCE, Race, looking, revoking
from tests.integration.usecases.workbench import Workbench

ROUNDS, THOROUGH_ROUNDS = 250, 4000


def living(bench: Workbench, person: UUID, count: int) -> list[tuple[UUID, UUID]]:
    """Make procedures, each served by a mandate that lives, in few appends."""
    now = bench.clock.now()
    when = {"effective_at": now, "recorded_at": now}
    pairs, made = [], list[Aggregate]()
    for _ in range(count):
        mandate = Mandate.draft(
            house=bench.house, parties=(Party(person),), mandatary=Mandatary.HOUSE, agents=(),
            acts=(ListedAct(RSA, f"{RSA}:file"),), requests=(), term_days=365, **when,
        )  # fmt: skip
        mandate.verify_identity(person, IdentityMethod.PASSPORT, **when)
        mandate.inform(tuple(InformationTopic), notice="1", **when)
        mandate.sign(
            Signature(Signatory.PERSON, person, person), means=SignatureMeans.ON_SITE_PAPER, place=SigningPlace.HOUSE,
            **when,
        )  # fmt: skip
        mandate.count_originals(2, paper=PaperPlace.SAFE, template="1", template_sha256="0" * 64, **when)
        mandate.start(ends_at=now + timedelta(days=36_500), **when)
        procedure = Procedure.open_for(
            person, house=bench.house, entry=RSA, partner="cnaf", mission=Mission.ADMINISTRATIVE_HELP,
            mode=Mode.ACT_FOR, present=True, informed=True, note="", **when,
        )  # fmt: skip
        procedure.attach_mandate(mandate.id)
        pairs.append((procedure.id, mandate.id))
        made += [mandate, procedure]
    for first in range(0, len(made), 100):
        bench.desk.streams.commit(bench.command(), *made[first : first + 100])
    return pairs


@pytest.mark.row("S-4.6.18")
def test_no_grant_stands_after_the_revocation(bench: Workbench, thorough: bool) -> None:
    Counter(bench).train(bench.agent)
    pairs = living(bench, bench.person(), THOROUGH_ROUNDS if thorough else ROUNDS)
    context = get_context("spawn")
    start, said = context.Barrier(2), context.Queue()
    environment = {name: value for name, value in os.environ.items() if name.startswith("LEDGER_")}
    race = Race(bench.ledger.locations.home, environment, bench.agent, pairs, start, said)
    racers = [context.Process(target=target, args=(race,)) for target in (revoking, looking)]
    for racer in racers:
        racer.start()
    results = {result[0]: result[1:] for result in (said.get(timeout=PATIENCE * 10) for _ in racers)}
    for racer in racers:
        racer.join(PATIENCE)
        assert racer.exitcode == 0
    assert results["revoked"] == (len(pairs),)
    granted, refused, conflicts = results["looked"]
    assert granted > 0
    assert refused > 0
    positions = {(logged.header.stream, logged.header.topic): logged.position for logged in bench.ledger.log.each()}
    for procedure, mandate in pairs:
        revoked_at = positions[mandate, "mandate.revoked.1"]
        scope = own_scope(Scope.PROCEDURE_TRAIL, procedure)
        for access in bench.desk.streams.linked(scope, LinkKind.ACCESS):
            granted_at = positions.get((access, "access.granted.1"), 0)
            assert granted_at < revoked_at, "a look was granted under a revoked mandate"
    print(f"{granted} granted, {refused} refused, {conflicts} told that someone was faster, {len(pairs)} revoked")
