"""Which procedure a person has can't be told from outside the boxes: every entry leaves the same traces."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from sqlalchemy import MetaData, select

from ledger.aggregates.access import Look
from ledger.aggregates.mandate import Mandate
from ledger.personal import Personal
from ledger.policies.vocabulary import (
    ContactMeans,
    DisclosureGround,
    Gateway,
    IdentityMethod,
    Mode,
    OutcomeCode,
    PaperPlace,
    Place,
)
from ledger.projections.models import MODELS
from ledger.rules.catalogue import Handling, ProcedureEntry
from ledger.usecases import receive
from ledger.usecases.access.request import request
from ledger.usecases.agent.train import train
from ledger.usecases.mandate.acts import record_act, strike_act
from ledger.usecases.mandate.ending import revoke
from ledger.usecases.procedure.contact import contact
from ledger.usecases.procedure.disclose import LegalDisclosure, disclose
from ledger.usecases.procedure.doing import Doing, Sending, keep_value, transmit
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


def begun(bench: Workbench, wanted: receive.Wanted) -> receive.Reception:
    """Receive somebody: procedure, mandate where there is one, first look."""
    command = bench.command()
    reception = receive.begin(bench.desk, command, wanted)
    if wanted.mode is Mode.ACT_FOR:
        reception = receive.draw_up(bench.desk, command, reception, wanted)
        reception = receive.identify(bench.desk, command, reception, IdentityMethod.IDENTITY_CARD)
        reception = receive.tell(bench.desk, command, reception, notice="notice-1")
        reception = receive.sign_all(bench.desk, command, reception)
        reception = receive.file_originals(
            bench.desk, command, reception, paper=PaperPlace.SAFE, template="mandat-1", template_sha256="0" * 64
        )
    assert receive.first_look(bench.desk, command, reception).granted, wanted.entry
    return reception


def ended(bench: Workbench, reception: receive.Reception) -> None:
    """Leave the procedure, and end the mandate where one lives."""
    abandon(bench.desk, bench.command(), reception.procedure, outcome=OutcomeCode.WITHDRAWN_BY_PERSON)
    if reception.mandate is not None and bench.desk.streams.load(Mandate, reception.mandate).is_live:
        now = bench.clock.now()
        revoke(bench.desk, bench.command(), reception.mandate, effective_at=now, known_at=now)


def entry_of(bench: Workbench, code: str) -> ProcedureEntry:
    return bench.ledger.law.catalogue.procedure(code, on=bench.clock.now().date())


def plain_field(entry: ProcedureEntry) -> str:
    """Give a field that may be looked at and sent on without the person's express consent."""
    return next(
        need.code for need in entry.fields if not need.express_consent and need.handling is not Handling.VIEW_ONLY
    )


def doing(reception: receive.Reception, *, act: str = "") -> Doing:
    """Say how something is done: as the first look was."""
    return Doing(reception.procedure, reception.mode, present=True, act=act or reception.act, informed=True)


def second_look(bench: Workbench, reception: receive.Reception) -> None:
    """Look in the portal: by a request for data where the mandate lists one, else by an act; helping, as ever."""
    entry = entry_of(bench, reception.entry)
    by_request = entry.data_requests[0] if reception.mode is Mode.ACT_FOR and entry.data_requests else None
    look = Look(
        reception.procedure,
        by_request.fields[:1] if by_request else (plain_field(entry),),
        Place.PORTAL, reception.mode, present=True, informed=True,
        act="" if by_request else reception.act, data_request=by_request.code if by_request else "",
    )  # fmt: skip
    assert request(bench.desk, bench.command(), look).granted, reception.entry


def work(bench: Workbench, subject: UUID, entry: str, mode: Mode) -> None:
    """Go the counter's whole way, and do in it what every entry lets one do."""
    reception = begun(bench, receive.Wanted(entry, subject, mode=mode, informed=True))
    second_look(bench, reception)
    found = entry_of(bench, entry)
    sending = Sending(found.recipients[-1], (plain_field(found),))
    transmit(bench.desk, bench.command(), doing(reception), sending)
    contact(bench.desk, bench.command(), reception.procedure, means=ContactMeans.PHONE)
    disclosed = LegalDisclosure(
        reception.procedure, recipient="Gendarmerie", ground=DisclosureGround.JUDICIAL_REQUISITION, text="CPP 77-1-1",
        reference="2026/17", fields=("id.civil",), decided_by=bench.delegate,
    )  # fmt: skip
    disclose(bench.desk, bench.command(), disclosed)
    ended(bench, reception)


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
        claims = rows.all(
            "SELECT position - ?, scope FROM key_claims WHERE position BETWEEN ? AND ? ORDER BY 1, 2",
            (first, first, last),
        )
    return (
        tuple(_RANDOM.sub("#", bytes(header).decode()) for (header,) in headers),
        tuple(map(str, boxes)),
        tuple(map(str, links)),
        tuple(sorted(_RANDOM.sub("#", str(claim).replace("-", "")) for claim in claims)),
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
    helped = Doing(procedure, mode=Mode.ASSIST, present=True, informed=True)
    keep_value(bench.desk, bench.command(), helped, field=fields[0].code, value=Personal(sample))


def test_an_entry_that_keeps_a_value_can_not_be_told_from_one_that_keeps_a_note(trained: Workbench) -> None:
    trained.authority()
    trained.ledger.retention.run(trained.command(trained.job))  # the job's first act of a month claims that month's key
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


Acting = Callable[[Workbench, receive.Reception, str], None]


def act_done(bench: Workbench, reception: receive.Reception, act: str) -> None:
    record_act(bench.desk, bench.command(), doing(reception, act=act))


def act_struck(bench: Workbench, reception: receive.Reception, act: str) -> None:
    assert reception.mandate is not None
    strike_act(bench.desk, bench.command(), reception.mandate, entry=reception.entry, act=act)


def one_of_several(entry: ProcedureEntry) -> tuple[str, tuple[str, ...]] | None:
    """Give an act that leaves its mandate alive, with the two acts that the mandate lists."""
    codes = tuple(act.code for act in entry.acts)[:2]
    return (codes[0], codes) if len(codes) == 2 else None


def the_only_one(entry: ProcedureEntry) -> tuple[str, tuple[str, ...]] | None:
    """Give an act that can be done once and for all, of a mandate that lists nothing else."""
    return next(((act.code, (act.code,)) for act in entry.acts if not act.recurring), None)


def any_alone(entry: ProcedureEntry) -> tuple[str, tuple[str, ...]] | None:
    """Give an act of a mandate that lists nothing else."""
    return (entry.acts[0].code, (entry.acts[0].code,)) if entry.acts else None


@pytest.mark.parametrize(
    ("mode", "done", "choose", "entries"),
    [
        (Mode.ASSIST, act_done, any_alone, 33),
        (Mode.ACT_FOR, act_done, one_of_several, 31),
        (Mode.ACT_FOR, act_done, the_only_one, 25),
        (Mode.ACT_FOR, act_struck, one_of_several, 31),
        (Mode.ACT_FOR, act_struck, any_alone, 33),
    ],
    ids=["helped", "one-of-several", "the-last", "struck-of-several", "struck-the-last"],
)
def test_an_act_done_or_struck_tells_nothing_of_the_entry(
    trained: Workbench,
    mode: Mode,
    done: Acting,
    choose: Callable[[ProcedureEntry], tuple[str, tuple[str, ...]] | None],
    entries: int,
) -> None:
    subject = trained.person()
    traces: dict[Trace, list[str]] = defaultdict(list)
    for code, offered in cases(trained):
        chosen = choose(entry_of(trained, code)) if offered is mode else None
        if chosen is None:
            continue
        act, listed = chosen
        wanted = receive.Wanted(code, subject, mode=mode, informed=True, acts=listed if mode is Mode.ACT_FOR else ())
        first = trained.ledger.log.size() + 1
        reception = begun(trained, wanted)
        done(trained, reception, act)
        ended(trained, reception)
        traces[trace(trained, first, trained.ledger.log.size())].append(code)
    assert len(traces) == 1, sorted(traces.values(), key=len)
    (alike,) = traces.values()
    assert len(alike) == entries


def test_a_mandate_that_ends_with_its_last_act_tells_how_many_it_listed(trained: Workbench) -> None:
    """Holds what the promises admit: where a mandate lists all of an entry's acts, one entry has a single one to do."""
    subject = trained.person()
    traces: dict[Trace, list[str]] = defaultdict(list)
    for code, offered in cases(trained):
        if offered is not Mode.ACT_FOR:
            continue
        acts = entry_of(trained, code).acts
        wanted = receive.Wanted(code, subject, mode=Mode.ACT_FOR, informed=True)
        first = trained.ledger.log.size() + 1
        act_done(trained, begun(trained, wanted), next((act.code for act in acts if not act.recurring), acts[0].code))
        traces[trace(trained, first, trained.ledger.log.size())].append(code)
    assert sorted(len(alike) for alike in traces.values()) == [1, 32]
    assert ["X01-boite-mail"] in traces.values()


Row = dict[str, object]


def held(bench: Workbench) -> dict[str, list[Row]]:
    """Give every row of every table of the read models."""
    views, tables = bench.ledger.current_views(), MetaData()
    with views.snapshot() as connection:
        tables.reflect(connection, schema=views.schema)
        return {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in tables.sorted_tables
        }


def columns(before: dict[str, list[Row]], after: dict[str, list[Row]], first: int) -> dict[str, list[str]]:
    """Give by column what one case added or changed: ids and tags blotted out, positions from the case's first."""
    found: dict[str, list[str]] = defaultdict(list)
    for table, rows in after.items():
        known = [row for row in before.get(table, []) if row not in rows]
        for row in rows:
            if row in before.get(table, []):
                continue
            for column, value in row.items():
                found[f"{table}.{column}"].append(_shown(column, value, row, known, first))
    return {column: sorted(values) for column, values in found.items()}


def _shown(column: str, value: object, row: Row, known: list[Row], first: int) -> str:
    if isinstance(value, bytes | memoryview):
        return f"{len(bytes(value))} bytes"
    if column.endswith("position") and isinstance(value, int):
        return f"+{value - first}"
    if column == "count" and isinstance(value, int):
        rest = {name: other for name, other in row.items() if name != "count"}
        earlier = [one["count"] for one in known if {name: one[name] for name in rest} == rest]
        return f"+{value - sum(int(str(count)) for count in earlier)}"
    return str(value)


@pytest.mark.parametrize("mode", list(Mode))
def test_no_entry_of_the_catalogue_can_be_told_by_the_read_models(trained: Workbench, mode: Mode) -> None:
    subject = trained.person()
    begin = [code for code, offered in cases(trained) if offered is mode]
    work(trained, subject, begin[0], mode)  # the first adds rows of tallies that the others only count on
    before = held(trained)
    seen: dict[str, dict[tuple[str, ...], list[str]]] = defaultdict(lambda: defaultdict(list))
    for code in begin:
        first = trained.ledger.log.size() + 1
        work(trained, subject, code, mode)
        after = held(trained)
        for column, values in columns(before, after, first).items():
            seen[column][tuple(values)].append(code)
        before = after
    models = {model.name.replace("-", "_") for model in MODELS}
    models -= {"breaches", *(["mandate_register"] if mode is Mode.ASSIST else [])}  # what these show is no case's
    assert all(any(column.startswith(model) for column in seen) for model in models), "every model shows something"
    told = {column: list(groups.values()) for column, groups in seen.items() if len(groups) > 1}
    assert told == {}
    assert {code for groups in seen.values() for group in groups.values() for code in group} == set(begin)
