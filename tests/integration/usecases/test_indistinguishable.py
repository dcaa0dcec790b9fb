"""Which procedure a person has can't be told from outside the boxes: every entry leaves the same traces."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import MetaData, select

from ledger.policies.vocabulary import IdentityMethod, Mode, OutcomeCode, PaperPlace
from ledger.usecases import receive
from ledger.usecases.agent.train import train
from ledger.usecases.mandate.ending import revoke
from ledger.usecases.procedure.ending import abandon
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
