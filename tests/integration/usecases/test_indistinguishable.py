"""Which procedure a person has can't be told from outside the boxes: every entry leaves the same traces."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import MetaData, select

from ledger.aggregates.access import Look
from ledger.personal import Personal
from ledger.policies.vocabulary import Gateway, IdentityMethod, Mode, OutcomeCode, PaperPlace, Place
from ledger.rules.catalogue import Handling, ProcedureEntry
from ledger.usecases import receive
from ledger.usecases.access.request import request
from ledger.usecases.agent.train import train
from ledger.usecases.mandate.ending import revoke
from ledger.usecases.procedure.doing import Doing, keep_value
from ledger.usecases.procedure.ending import abandon
from ledger.usecases.procedure.note import note
from ledger.usecases.procedure.open_procedure import Opening, open_procedure
from tests.integration.usecases.workbench import Workbench

_RANDOM = re.compile(r"[0-9a-f]{32,}")
Trace = tuple[tuple[str, ...], ...]


@pytest.fixture
def trained(bench: Workbench) -> Workbench:
    partners = {entry.partner for entry in bench.ledger.law.catalogue.entries(on=bench.clock.now().date())}
    for partner in sorted(partners):
        train(
            bench.desk, bench.command(bench.delegate), bench.agent, partner=partner,
            until=bench.clock.now().date().replace(year=2099),
        )  # fmt: skip
    return bench


def cases(bench: Workbench) -> Iterator[tuple[str, Mode]]:
    for entry in bench.ledger.law.catalogue.entries(on=bench.clock.now().date()):
        for mode in sorted(entry.modes):
            yield entry.code, Mode(mode)


def work(bench: Workbench, subject: UUID, entry: str, mode: Mode) -> None:
    """Go the counter's whole way: procedure, mandate where there is one, look, resolution, revocation."""
    command = bench.command()
    wanted = receive.Wanted(entry, subject, mode=mode, informed=True)
    reception = receive.begin(bench.desk, command, wanted)
    if mode is Mode.ACT_FOR:
        reception = receive.draw_up(bench.desk, command, reception, wanted)
        reception = receive.identify(bench.desk, command, reception, IdentityMethod.IDENTITY_CARD)
        reception = receive.tell(bench.desk, command, reception, notice="notice-1")
        reception = receive.sign_all(bench.desk, command, reception)
        reception = receive.file_originals(
            bench.desk, command, reception, paper=PaperPlace.SAFE, template="mandat-1", template_sha256="0" * 64
        )
    assert receive.first_look(bench.desk, command, reception).granted, entry
    abandon(bench.desk, bench.command(), reception.procedure, outcome=OutcomeCode.WITHDRAWN_BY_PERSON)
    if reception.mandate is not None:
        now = bench.clock.now()
        revoke(bench.desk, bench.command(), reception.mandate, effective_at=now, known_at=now)


def trace(bench: Workbench, first: int, last: int) -> Trace:
    """Give what stands outside the boxes between two positions, random ids and hashes blotted out."""
    with bench.ledger.database.reading() as rows:
        headers = rows.all("SELECT header FROM events WHERE position BETWEEN ? AND ? ORDER BY position", (first, last))
        boxes = rows.all(
            "SELECT position - ?, box_no, length(bytes) FROM boxes WHERE position BETWEEN ? AND ? ORDER BY 1, 2",
            (first, first, last),
        )
        links = rows.all(
            "SELECT position - ?, kind FROM links WHERE position BETWEEN ? AND ? ORDER BY 1, 2", (first, first, last)
        )
    return (
        tuple(_RANDOM.sub("#", bytes(header).decode()) for (header,) in headers),
        tuple(map(str, boxes)),
        tuple(map(str, links)),
    )


@pytest.mark.row("S-4.6.9")
def test_no_entry_of_the_catalogue_can_be_told_by_headers_links_or_box_lengths(trained: Workbench) -> None:
    traces: dict[Mode, dict[Trace, list[str]]] = {mode: defaultdict(list) for mode in Mode}
    subject = trained.person()
    for entry, mode in cases(trained):
        first = trained.ledger.log.size() + 1
        work(trained, subject, entry, mode)
        traces[mode][trace(trained, first, trained.ledger.log.size())].append(entry)
    assert len(traces[Mode.ASSIST]) == 1, sorted(traces[Mode.ASSIST].values(), key=len)
    assert len(traces[Mode.ACT_FOR]) == 1, sorted(traces[Mode.ACT_FOR].values(), key=len)
    (assisted,) = traces[Mode.ASSIST].values()
    assert len(assisted) == 34


def kept(bench: Workbench, entry: ProcedureEntry, procedure: UUID) -> None:
    """Keep a value where the entry lets the house keep one, and a note where it does not."""
    fields = [need for need in entry.fields if need.handling is Handling.KEPT]
    if not fields:
        note(bench.desk, bench.command(), procedure, text="Revient jeudi avec le dernier avis.")
        return
    sample = {"no.caf": "0000017", "no.ft": "0000017A", "ct.phone": "0600000000"}[fields[0].code]
    doing = Doing(procedure, mode=Mode.ASSIST, present=True, informed=True)
    keep_value(bench.desk, bench.command(), doing, field=fields[0].code, value=Personal(sample))


def test_an_entry_that_keeps_a_value_can_not_be_told_from_one_that_keeps_a_note(trained: Workbench) -> None:
    trained.authority()
    subject, keeping = trained.person(), 0
    traces: dict[Trace, list[str]] = defaultdict(list)
    for entry in trained.ledger.law.catalogue.entries(on=trained.clock.now().date()):
        opening = Opening(entry.code, subject=subject, informed=True)
        procedure = open_procedure(trained.desk, trained.command(), opening).streams[0]
        first = trained.ledger.log.size() + 1
        kept(trained, entry, procedure)
        keeping += any(need.handling is Handling.KEPT for need in entry.fields)
        abandon(trained.desk, trained.command(), procedure, outcome=OutcomeCode.WITHDRAWN_BY_PERSON)
        trained.ledger.retention.run(trained.command(trained.job))
        traces[trace(trained, first, trained.ledger.log.size())].append(entry.code)
    assert len(traces) == 1, sorted(traces.values(), key=len)
    assert keeping >= 1, "without an entry that keeps a value this shows nothing"


def test_a_look_by_a_text_can_not_be_told_from_one_in_the_persons_presence(trained: Workbench) -> None:
    subject, gateways = trained.person(), set()
    traces: set[Trace] = set()
    for entry in trained.ledger.law.catalogue.entries(on=trained.clock.now().date()):
        opening = Opening(entry.code, subject=subject, informed=True)
        procedure = open_procedure(trained.desk, trained.command(), opening).streams[0]
        first = trained.ledger.log.size() + 1
        exchange = next(iter(entry.exchanges), None)
        look = Look(
            procedure, exchange.fields[:1] if exchange else (entry.fields[0].code,), Place.PORTAL, Mode.ASSIST,
            present=True, informed=True, reference=exchange.reference if exchange else "",
        )  # fmt: skip
        answer = request(trained.desk, trained.command(), look)
        assert answer.granted, entry.code
        gateways.add(answer.gateway)
        traces.add(trace(trained, first, trained.ledger.log.size()))
    assert len(traces) == 1
    assert gateways == {Gateway.PRESENCE, Gateway.LEGAL_EXCHANGE, Gateway.BACK_OFFICE}


def test_no_entry_of_the_catalogue_can_be_told_by_the_read_models(trained: Workbench) -> None:
    subject = trained.person()
    worked = [entry for entry, mode in cases(trained) if mode is Mode.ACT_FOR]
    for entry in worked:
        work(trained, subject, entry, Mode.ACT_FOR)
    views, tables = trained.ledger.current_views(), MetaData()
    with views.snapshot() as connection:
        tables.reflect(connection, schema=views.schema)
        held = "\n".join(str(row) for table in tables.sorted_tables for row in connection.execute(select(table)))
    assert "granted" in held.lower()
    for entry in worked:
        found = trained.ledger.law.catalogue.procedure(entry, on=trained.clock.now().date())
        for word in (entry, found.partner, found.name, *(need.code for need in found.fields)):
            assert word not in held
