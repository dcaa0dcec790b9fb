"""Read models over a real log with real keys: what they hold, what they never hold, and what dies with a key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from ledger.aggregates.access import AccessGranted, Look
from ledger.aggregates.base import REGISTER, LinkKind, Scope, ScopeInstance
from ledger.aggregates.destruction import Destruction, DestructionReason
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.reading import CommandRefused, PageRead
from ledger.aggregates.subject import Subject
from ledger.bootstrap.projecting import AgentMonths
from ledger.identifiers import new_id
from ledger.personal import Erased, Fact, Personal
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Mode, Place, RefusalCode, Role
from ledger.projections.access_journal import (
    JournalRow,
    ModeShare,
    journal,
    journal_of_agent,
    journal_of_procedure,
    journal_of_subject,
    share_of_modes,
    who,
)
from ledger.projections.legal_basis import legal_basis
from ledger.projections.model import Model
from ledger.projections.procedures import procedure, procedures_of
from ledger.projections.views import Views
from ledger.rules.catalogue import ProcedureEntry
from ledger.rules.retention_terms import RetentionClass
from ledger.sealing.sealer import KeyringSealer
from ledger.store.disposal import LedgerDisposal
from ledger.store.failures import StreamPruned
from ledger.store.setup import on_path, open_store
from ledger.store.verification import check_log
from ledger.usecases.access.request import AccessAnswer, request
from ledger.usecases.agent.train import train
from ledger.usecases.gate import FactOpener, judging, reading
from ledger.usecases.ports import own_scope
from ledger.usecases.procedure.open_procedure import Opening, open_procedure
from ledger.usecases.retention.ports import Doomed
from tests.integration.usecases.workbench import Workbench, make_workbench

ENTRY = "FTI02-carte-grise"
DAY = date(2026, 6, 9)
MAY: dict[str, Any] = {"since": datetime(2026, 5, 1, tzinfo=UTC), "until": datetime(2026, 6, 1, tzinfo=UTC)}
JUNE: dict[str, Any] = {"since": datetime(2026, 6, 1, tzinfo=UTC), "until": datetime(2026, 7, 1, tzinfo=UTC)}


@pytest.fixture
def bench(
    backend: str, tmp_path: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workbench]:
    if backend == "postgresql":
        monkeypatch.setenv("LEDGER_DATABASE_URL", request.getfixturevalue("postgres_url"))
    made = make_workbench(tmp_path / "ledger")
    yield made
    made.close()


@dataclass
class Counter:
    """One agent at work, trained on everything."""

    bench: Workbench
    agent: UUID

    def open(self, entry: str, subject: UUID | None) -> UUID:
        opening = Opening(entry, subject=subject, informed=True)
        return open_procedure(self.bench.desk, self.bench.command(self.agent), opening).streams[0]

    def look(self, case: UUID, *fields: str, mode: Mode = Mode.ASSIST) -> AccessAnswer:
        asked = Look(procedure=case, fields=fields, place=Place.SHOWN, mode=mode, present=True, informed=True)
        return request(self.bench.desk, self.bench.command(self.agent), asked)


def entry_of(bench: Workbench, code: str = ENTRY) -> ProcedureEntry:
    return bench.ledger.law.catalogue.procedure(code, on=DAY)


def counter_of(bench: Workbench, agent: UUID) -> Counter:
    partners = {entry.partner for entry in bench.ledger.law.catalogue.entries(on=DAY)}
    for partner in sorted(partners):
        train(bench.desk, bench.command(bench.delegate), agent, partner=partner, until=date(2027, 6, 9))
    return Counter(bench, agent)


def destroy(bench: Workbench, scope: ScopeInstance) -> None:
    """Fence, destroy and complete, as a retention run does."""
    key = bench.ledger.log.key_of(scope)
    assert key is not None
    said: dict[str, Any] = {
        "category": RetentionClass.WORKING_DATA,
        "authority": new_id(),
        "run": new_id(),
    }
    destruction = Destruction.fence(key_id=key, reason=DestructionReason.TERM, **said)
    retention: Any = bench.ledger.retention
    bench.desk.streams.commit(bench.command(bench.job), destruction, fences=[scope])  # type: ignore[call-arg]
    retention._keys.destroy_all([Doomed(key, "term", "test")], batch=new_id())
    destruction.complete(**said)
    bench.desk.streams.commit(bench.command(bench.job), destruction, destroyed=[key])  # type: ignore[call-arg]


def facts_of(bench: Workbench, rows: list[JournalRow], field: str) -> list[Any]:
    """Open one fact of each row, as a page does: recorded first."""
    events = bench.ledger.events.at([row.position for row in rows])
    with reading(bench.desk, bench.command(), page="audit.journal", rows=len(rows)) as opener:
        return [opened(opener, getattr(event, field)) for event in events]


def opened(opener: FactOpener, fact: Fact[Any]) -> Any:
    return opener.open(fact)


def test_a_page_of_the_journal_is_opened_from_its_rows_and_is_itself_in_the_journal(bench: Workbench) -> None:
    counter = counter_of(bench, bench.agent)
    fields = [need.code for need in entry_of(bench).fields][:2]
    case = counter.open(ENTRY, bench.person())
    answer = counter.look(case, *fields)
    assert answer.granted
    views = bench.ledger.current_views()
    (row,) = journal_of_procedure(views, case)
    assert (row.reference, row.decision, row.gateway, row.procedure) == (
        answer.access_id, "GRANTED", "OTHER", case,
    )  # fmt: skip
    (event,) = bench.ledger.events.at([row.position])
    assert isinstance(event, AccessGranted)
    assert event.fields.is_handle
    assert facts_of(bench, [row], "fields") == [tuple(fields)]
    latest = journal(bench.ledger.current_views())[0]
    assert latest.look == "reading"
    assert facts_of(bench, [latest], "page") == ["audit.journal"]


def test_whose_facts_were_opened_is_on_record_and_dies_with_the_readers_month(bench: Workbench) -> None:
    case, other = bench.procedure(), bench.procedure(bench.person(homonym=True))
    with judging(bench.desk, bench.command()) as judgement:
        judgement.open(bench.desk.streams.load(Procedure, case).entry)
        judgement.read("procedure.show", rows=1, told=[other])

    def refuse() -> None:
        with judging(bench.desk, bench.command()) as judgement:
            judgement.open(bench.desk.streams.load(Procedure, other).entry)
            raise RefusedByRule(RefusalCode.OTHER_HOUSE)

    with pytest.raises(RefusedByRule):
        refuse()
    head = bench.ledger.log.size()
    read, refused = bench.ledger.events.at([head - 1, head])
    assert isinstance(read, PageRead)
    assert isinstance(refused, CommandRefused)
    with reading(bench.desk, bench.command(), page="breach.scope", rows=2) as opener:
        assert [opener.open(event.about) for event in (read, refused)] == [(case, other), (other,)]
    month = bench.ledger.sealer.known_agent_month(bench.agent, "2026-06")
    assert month is not None
    destroy(bench, month)
    with reading(bench.desk, bench.command(bench.job), page="breach.scope", rows=2) as opener:
        assert all(isinstance(opener.open(event.about), Erased) for event in (read, refused))


def test_who_looked_is_recognised_by_the_key_of_the_month(bench: Workbench) -> None:
    other = bench.enrol("Dominique Double", Role.AGENT)
    counters = [counter_of(bench, bench.agent), counter_of(bench, other)]
    field = entry_of(bench).fields[0].code
    case = counters[0].open(ENTRY, bench.person())
    for counter in (counters[0], counters[1], counters[0]):
        counter.look(case, field)
    views = bench.ledger.current_views()
    rows = journal_of_procedure(views, case)
    enrolled = bench.desk.streams.linked(REGISTER, LinkKind.AGENT)
    recognised = who(bench.ledger.agent_months, rows, enrolled)
    assert [recognised[row.position] for row in rows] == [bench.agent, other, bench.agent]
    assert len({row.actor for row in rows}) == 3, "two acts of one agent can't be tied together by their tags"
    theirs = journal_of_agent(views, bench.ledger.agent_months, other, **JUNE)
    assert [row.position for row in theirs if row.look == "access"] == [rows[1].position]
    assert journal_of_agent(views, bench.ledger.agent_months, other, **MAY) == []


def test_the_share_of_modes_of_an_agent_is_counted_from_opened_facts(bench: Workbench) -> None:
    counter = counter_of(bench, bench.agent)
    field = entry_of(bench).fields[0].code
    case = counter.open(ENTRY, bench.person())
    for mode in (Mode.ASSIST, Mode.ASSIST, Mode.ACT_FOR):
        counter.look(case, field, mode=mode)
    views = bench.ledger.current_views()
    rows = journal_of_agent(views, bench.ledger.agent_months, bench.agent, **JUNE)
    accesses = [row for row in rows if row.look == "access"]
    assert share_of_modes(facts_of(bench, accesses, "mode")) == ModeShare(assist=2, act_for=1)


def test_when_a_persons_key_dies_nothing_leads_to_their_cases_and_the_trail_is_whole(bench: Workbench) -> None:
    counter = counter_of(bench, bench.agent)
    person = bench.person()
    case = counter.open(ENTRY, person)
    counter.look(case, entry_of(bench).fields[0].code)
    views = bench.ledger.current_views()
    assert len(journal_of_subject(views, bench.desk.streams, person)) == 1
    assert [row.procedure for row in procedures_of(views, bench.desk.streams, person)] == [case]
    before = journal_of_procedure(views, case)
    destroy(bench, own_scope(Scope.IDENTITY, person))
    views = bench.ledger.current_views()
    assert journal_of_subject(views, bench.desk.streams, person) == []
    assert procedures_of(views, bench.desk.streams, person) == []
    assert journal_of_procedure(views, case) == before


def test_when_an_agents_month_dies_nothing_in_the_ledger_tells_who_acted(bench: Workbench) -> None:
    counter = counter_of(bench, bench.agent)
    case = counter.open(ENTRY, bench.person())
    counter.look(case, entry_of(bench).fields[0].code)
    month = bench.ledger.sealer.known_agent_month(bench.agent, "2026-06")
    assert month is not None
    months = [str(scope) for _, scope in bench.ledger.log.claims(Scope.AGENT_MONTH)]
    assert str(month) in months
    assert not [scope for scope in months if bench.agent.hex in scope], "no claim names the agent"
    destroy(bench, month)
    sealer = KeyringSealer(bench.ledger.keyring)
    assert sealer.known_agent_month(bench.agent, "2026-06") is None, "whose month it was is forgotten"
    views, later = bench.ledger.current_views(), AgentMonths(bench.ledger.log, sealer)
    rows = journal_of_procedure(views, case)
    assert set(who(later, rows, [bench.agent, bench.job]).values()) == {None}
    assert journal_of_agent(views, later, bench.agent, **JUNE) == []
    (looked,) = (row.reference for row in rows if row.look == "access")
    assert bench.ledger.log.first_of(looked) is not None
    assert not later.began(looked, by=bench.agent)


def test_when_a_cases_trail_dies_its_rows_stay_and_say_erased(bench: Workbench) -> None:
    counter = counter_of(bench, bench.agent)
    case = counter.open(ENTRY, bench.person())
    counter.look(case, entry_of(bench).fields[0].code)
    destroy(bench, own_scope(Scope.PROCEDURE_TRAIL, case))
    views = bench.ledger.current_views()
    rows = journal_of_procedure(views, case)
    assert isinstance(facts_of(bench, rows, "fields")[0], Erased)
    row = procedure(views, case)
    assert row is not None
    assert row.trail_destroyed_at is not None


def test_a_destruction_of_working_data_shows_on_the_procedure(bench: Workbench) -> None:
    case = bench.procedure()
    destroy(bench, own_scope(Scope.PROCEDURE_DATA, case))
    row = procedure(bench.ledger.current_views(), case)
    assert row is not None
    assert row.data_destroyed_at is not None
    assert row.trail_destroyed_at is None


def everything(views: Views) -> dict[str, list[Any]]:
    from tests.integration.projections.test_runner import everything as all_rows

    return all_rows(views)


def test_rows_made_again_after_destructions_are_the_live_ones(bench: Workbench) -> None:
    counter = counter_of(bench, bench.agent)
    person = bench.person()
    cases = [counter.open(ENTRY, person) for _ in range(2)]
    for case in cases:
        counter.look(case, entry_of(bench).fields[0].code)
    bench.ledger.current_views()
    destroy(bench, own_scope(Scope.PROCEDURE_TRAIL, cases[0]))
    live = everything(bench.ledger.current_views())
    for name in bench.ledger.views.models:
        bench.ledger.runner.rebuild(name)
    assert everything(bench.ledger.views) == live
    assert all(status.parked == () for status in bench.ledger.runner.status())


def pruned(bench: Workbench) -> int:
    """Prune all that is past everything, as a retention run does; give how many streams that was."""
    disposal = LedgerDisposal(bench.ledger.database, bench.ledger.streams)
    count = 0
    for batch in disposal.headers_of(disposal.past_everything(before=bench.command().at)):
        disposal.prune(bench.command(bench.job), batch, authority=new_id(), run=new_id())
        count += len(batch.streams)
    return count


def test_rows_of_pruned_streams_go_and_the_rest_is_what_a_rebuild_makes(bench: Workbench) -> None:
    counter = counter_of(bench, bench.agent)
    person, leaving = bench.person(), bench.person(homonym=True)
    kept, gone = counter.open(ENTRY, person), counter.open(ENTRY, person)
    for case in (kept, gone, gone):
        counter.look(case, entry_of(bench).fields[0].code)
    bench.ledger.current_views()
    destroy(bench, own_scope(Scope.PROCEDURE_TRAIL, gone))
    destroy(bench, own_scope(Scope.IDENTITY, leaving))
    bench.ledger.current_views()
    assert pruned(bench) == 4, "the procedure, its two accesses, and the person"
    views = bench.ledger.current_views()
    assert (procedure(views, gone), legal_basis(views, gone)) == (None, None)
    assert journal_of_procedure(views, gone) == []
    assert len(journal_of_procedure(views, kept)) == 1
    assert journal(views) != []
    assert [row.procedure for row in procedures_of(views, bench.desk.streams, person)] == [kept]
    live = everything(views)
    for name in bench.ledger.views.models:
        bench.ledger.runner.rebuild(name)
    assert everything(bench.ledger.views) == live
    assert all(status.parked == () for status in bench.ledger.runner.status())
    assert check_log(bench.ledger.database).breaks == []
    for kind, stream in ((Procedure, gone), (Subject, leaving)):
        with pytest.raises(StreamPruned):
            bench.desk.streams.load(kind, stream)
        with pytest.raises(StreamPruned):
            bench.ledger.resolve(kind, stream.hex[:8])


def test_a_ledger_of_the_first_version_knows_which_streams_were_emptied_once_it_is_opened(bench: Workbench) -> None:
    counter = counter_of(bench, bench.agent)
    case, other = counter.open(ENTRY, bench.person()), counter.open(ENTRY, bench.person(homonym=True))
    counter.look(case, entry_of(bench).fields[0].code)
    destroy(bench, own_scope(Scope.PROCEDURE_TRAIL, case))
    destroy(bench, own_scope(Scope.PROCEDURE_TRAIL, other))
    emptied = "SELECT stream_id, destroyed FROM emptied ORDER BY stream_id"
    with bench.ledger.database.reading() as rows:
        before = rows.all(emptied)
    with bench.ledger.database.writing() as (rows, _), on_path(rows, "migrate"):
        rows.run("DROP TABLE emptied")
        rows.run("DROP INDEX boxes_by_key")
        rows.run("CREATE INDEX boxes_by_key ON boxes (key_id)")
        rows.run("UPDATE store_format SET version = 1")
    open_store(bench.ledger.database, bench.ledger.settings.ledger_id)
    with bench.ledger.database.reading() as rows:
        assert rows.all(emptied) == before
    assert len(before) == 3
    assert "(key_id, position)" in index_of_boxes(bench)
    assert pruned(bench) == 3


def index_of_boxes(bench: Workbench) -> str:
    """Give how the index of boxes is made."""
    asked = (
        "SELECT sql FROM sqlite_master WHERE name = 'boxes_by_key'"
        if bench.ledger.database.dialect == "sqlite"
        else "SELECT indexdef FROM pg_indexes WHERE indexname = 'boxes_by_key'"
    )
    with bench.ledger.database.reading() as rows:
        found = rows.one(asked)
    assert found is not None
    return str(found[0]).replace('"', "")


def bytes_of_views(bench: Workbench) -> bytes:
    """Give all that the read models' database holds: the files, or every column of every table."""
    if bench.ledger.database.dialect == "sqlite":
        return b"".join(path.read_bytes() for path in bench.ledger.locations.home.glob("views.sqlite3*"))
    found: list[bytes] = []
    tables = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    with bench.ledger.views.snapshot() as connection:
        for name in connection.execute(tables).scalars().all():
            for row in connection.execute(text(f"SELECT * FROM {name}")):
                found += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    return b"\n".join(found)


def forms(marker: str) -> list[bytes]:
    return [marker.encode(), marker.encode("utf-16-le"), marker.lower().encode(), marker.upper().encode()]


def test_no_personal_value_and_no_fact_is_in_the_read_models(bench: Workbench) -> None:
    counter = counter_of(bench, bench.agent)
    entry = entry_of(bench)
    person = bench.person()
    case = counter.open(ENTRY, person)
    counter.look(case, *(need.code for need in entry.fields))
    counter.look(case, "tax.rfr")
    bench.procedure(person, values=("AB-123-CD",))
    views = bench.ledger.current_views()
    held = bytes_of_views(bench)
    assert case.bytes in held
    assert b"GRANTED" in held
    basis = legal_basis(views, case)
    assert basis is not None
    markers = [
        "Exemple", "Aline", "1958-03-17", "02 43 00 00 17", "rue du Test", "AB-123-CD", ENTRY, "france-titres",
        "ASSIST", "shown", "tax.rfr", "Camille Conseil", *(need.code for need in entry.fields),
    ]  # fmt: skip
    found = [marker for marker in markers for form in forms(marker) if form in held]
    assert found == []
    assert person.bytes not in held, "nothing ties a case to its person"


def test_the_rows_of_every_procedure_of_the_catalogue_look_alike(bench: Workbench) -> None:
    counter = counter_of(bench, bench.agent)
    person = bench.person()
    cases = {}
    for entry in bench.ledger.law.catalogue.entries(on=DAY):
        if Mode.ASSIST in entry.modes:
            case = counter.open(entry.code, person)
            counter.look(case, entry.fields[0].code)
            cases[entry.code] = case
    assert len(cases) > 20
    views = bench.ledger.current_views()
    told = set()
    for case in cases.values():
        basis, state = legal_basis(views, case), procedure(views, case)
        (row,) = journal_of_procedure(views, case)
        assert basis is not None
        assert state is not None
        told.add(
            (
                row.look, row.decision, row.gateway, row.house, row.catalogue, len(row.actor or b""), basis.gateway,
                basis.catalogue, basis.in_force, state.state, state.house, state.data_kept, state.acts_done,
            )
        )  # fmt: skip
    assert len(told) == 1


def test_a_value_is_never_asked_of_a_read_model(bench: Workbench) -> None:
    models: list[Model] = list(bench.ledger.views.models.values())
    types = {field.type for model in models for table in model.tables for field in table.fields}
    assert not types & {Personal, Fact}
