"""
There are two openers and no third: facts are opened within a recorded judgement or reading, values under a grant.

The syntax trees say who may hold what; then every command is run with a witness between the gate and the boxes, who
looks at the database over a connection of its own at each opening: what must be durable by then has to be there.
"""

from __future__ import annotations

import ast
import json
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger.bootstrap import Ledger, open_ledger
from ledger.clock import SystemClock
from ledger.commands._context import Session
from ledger.commands._output import Output
from ledger.personal import Fact, Sealed
from ledger.sealing.boxes import unseal
from ledger.usecases import gate
from ledger.usecases.gate import FactOpener, Grant, Judgement, judging, open_values, reading
from ledger.usecases.ports import BoxOpener
from tests.integration.commands.leaks_story import Line, Story, Teller, again

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ROOT / "ledger"
BLOCKS = {"judging", "reading"}

MAKERS = {
    "KeyringOpener": {"ledger/bootstrap/__init__.py"},
    "StoredBoxes": {"ledger/bootstrap/__init__.py"},
    "Desk": {"ledger/bootstrap/__init__.py"},
    "Keyring": {"ledger/bootstrap/__init__.py", "ledger/bootstrap/restoring.py"},
}
"""What gives access to boxes, and who may make it."""
HOLDERS = {"ledger/usecases/gate.py", "ledger/usecases/ports.py"}
"""Who may speak of an opener of boxes at all."""
INSIDES = {
    "_boxes": {"ledger/usecases/gate.py"},
    "_content": {"ledger/personal.py"},
    "_box": {"ledger/personal.py"},
    "_used": {"ledger/usecases/gate.py"},
    "_fields": {"ledger/sealing/openers.py"},
    "_keyring": {"ledger/sealing/openers.py", "ledger/sealing/sealer.py", "ledger/sealing/destroying.py"},
}
"""Insides of openers, grants and sealed values, and the modules that they belong to."""
KEEPERS = {
    "ledger/retention/explaining.py",
    "ledger/usecases/breach/deadlines.py",
    "ledger/usecases/breach/notification.py",
}
"""Who keeps an opener in an object: one that lives no longer than the judgement which made it."""
RECORDS = {"access.granted.1", "reading.recorded.1", "subject.identity-opened.1"}
"""What the record of a look at values is."""


# What the syntax trees say.


@cache
def _trees() -> dict[str, ast.Module]:
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in sorted(PRODUCT.rglob("*.py"))}


def _nodes() -> Iterator[tuple[str, ast.AST]]:
    for file, tree in _trees().items():
        for node in ast.walk(tree):
            yield file, node


def _last_name(node: ast.AST | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _begins_a_block(node: ast.AST) -> bool:
    """Say whether this is a call of `judging` or `reading`, and not of somebody's method of that name."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BLOCKS


@pytest.mark.parametrize("name", MAKERS)
def test_what_reaches_boxes_is_made_in_one_place(name: str) -> None:
    made = {file for file, node in _nodes() if isinstance(node, ast.Call) and _last_name(node.func) == name}
    assert made == MAKERS[name]


def test_nobody_else_speaks_of_an_opener_of_boxes() -> None:
    assert {file for file, node in _nodes() if _last_name(node) == "BoxOpener"} | {
        "ledger/usecases/ports.py"
    } == HOLDERS


@pytest.mark.parametrize("inside", INSIDES)
def test_the_insides_of_openers_and_sealed_values_stay_inside(inside: str) -> None:
    named = [(file, node) for file, node in _nodes() if isinstance(node, ast.Attribute) and node.attr == inside]
    assert {file for file, _ in named} & INSIDES[inside], "nothing bears this name any more"
    reached = {file for file, node in named if not (isinstance(node.value, ast.Name) and node.value.id == "self")}
    assert reached <= INSIDES[inside], "another module reaches in"
    spelled = {
        file
        for file, node in _nodes()
        if isinstance(node, ast.Constant) and node.value in INSIDES and file != "ledger/personal.py"
    }
    assert spelled <= {"ledger/sealing/openers.py"}, "a name in quotes reaches in as well"


def test_judgements_and_readings_are_begun_by_with_and_end_with_it() -> None:
    begun = {id(item.context_expr) for _, node in _nodes() if isinstance(node, ast.With) for item in node.items}
    calls = [(file, node) for file, node in _nodes() if _begins_a_block(node)]
    assert len(calls) > 40
    assert [file for file, node in calls if id(node) not in begun] == []


def test_an_opener_is_not_used_after_its_block() -> None:
    outside = []
    for file, tree in _trees().items():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                outside += [f"{file}:{line}" for line in _used_outside(function)]
    assert outside == []


def _used_outside(function: ast.FunctionDef) -> Iterator[int]:
    """Give the lines where an opener that a block of this function began is used, but not within the block."""
    for block in ast.walk(function):
        if not isinstance(block, ast.With):
            continue
        for item in block.items:
            call, name = item.context_expr, item.optional_vars
            if _begins_a_block(call) and isinstance(name, ast.Name):
                within = {id(node) for node in ast.walk(block)}
                for node in ast.walk(function):
                    if isinstance(node, ast.Name) and node.id == name.id and id(node) not in within:
                        yield node.lineno


def test_nobody_keeps_an_opener() -> None:
    assert {file for file, node in _nodes() if _keeps_an_opener(node)} == KEEPERS


def _keeps_an_opener(node: ast.AST) -> bool:
    """Say whether this gives an opener back, or puts it in an object."""
    if not isinstance(node, ast.Assign | ast.Return) or _last_name(node.value) not in {"opener", "judgement"}:
        return False
    return isinstance(node, ast.Return) or any(isinstance(target, ast.Attribute) for target in node.targets)


# What a witness sees.


class OpenedWithoutRecord(AssertionError):
    """Something was opened, or shown, before what must be on record was."""


@dataclass
class Witness:
    """Looks at every opening of a ledger on SQLite, and at the log as it is committed by then."""

    home: Path
    readings: list[FactOpener] = field(default_factory=list)
    judgements: dict[int, tuple[Judgement, int]] = field(default_factory=dict)
    """The judgements that opened something during this line, with the size of the log at their first opening."""
    begun_at: int = 0
    facts: int = 0
    values: int = 0
    within: int = 0
    """How many openings are under way."""

    def begin(self) -> None:
        """Note where the log stands when a line begins."""
        self.readings.clear()
        self.judgements.clear()
        self.begun_at = self.size()

    def opening(self, sealed: Sealed[Any]) -> None:
        """
        Check one opening by who asked for it.

        :raises OpenedWithoutRecord: if it is not the gate, or what must be on record is not
        """
        caller = sys._getframe(2)
        if caller.f_code in (FactOpener.open.__code__, FactOpener.open_each.__code__, FactOpener.expect.__code__):
            self._fact(caller.f_locals["self"], sealed)
        elif caller.f_code is open_values.__code__:
            self._value(caller.f_locals["grant"], sealed)
        else:
            raise OpenedWithoutRecord(f"opened by {_place(caller)}")

    def _fact(self, opener: FactOpener, sealed: Sealed[Any]) -> None:
        self.facts += 1
        if not isinstance(sealed, Fact):
            raise OpenedWithoutRecord("a personal value was opened as a fact")
        if isinstance(opener, Judgement):
            self.judgements.setdefault(id(opener), (opener, self.size()))
        elif not any(opener is known for known in self.readings):
            self.readings.append(opener)
            self._newest_is({"reading.recorded.1"})

    def _value(self, grant: Grant, sealed: Sealed[Any]) -> None:
        self.values += 1
        if not any(sealed is named for named in grant.values):
            raise OpenedWithoutRecord("a value was opened that the grant does not name")
        newest = self._newest_is(RECORDS)
        record = self._last_of(grant.access_id)
        if record is None or record["command"] != newest["command"]:
            raise OpenedWithoutRecord("the record that the grant names is not durable")

    def _newest_is(self, topics: set[str]) -> dict[str, Any]:
        size = self.size()
        newest = self._header("position = ?", (size,))
        if newest is None or size <= self.begun_at or newest["topic"] not in topics:
            raise OpenedWithoutRecord(f"the last record is {newest and newest['topic']}")
        return newest

    def showing(self) -> None:
        """
        Check that whatever was opened is on record, now that something is shown.

        :raises OpenedWithoutRecord: if it is not
        """
        unrecorded = 0
        for judgement, size in self.judgements.values():
            if judgement.recorded is None:
                unrecorded += 1
                if self.size() <= size:
                    raise OpenedWithoutRecord("a judgement opened facts and left no record")
            elif judgement.recorded.positions and max(judgement.recorded.positions) > self.size():
                raise OpenedWithoutRecord("the record of a judgement is not durable")
        if unrecorded > self._refusals():
            raise OpenedWithoutRecord("a judgement opened facts and left no record")

    def size(self) -> int:
        """Give the size of the log as it is committed."""
        if not (self.home / "events.sqlite3").exists():
            return 0
        row = self._connection.execute("SELECT size FROM log_head").fetchone()
        return 0 if row is None else int(row[0])

    def _refusals(self) -> int:
        text = "SELECT count(*) FROM events WHERE topic = 'reading.refused.1' AND position > ?"
        return int(self._connection.execute(text, (self.begun_at,)).fetchone()[0])

    def _last_of(self, stream: UUID) -> dict[str, Any] | None:
        return self._header("stream_id = ? ORDER BY position DESC LIMIT 1", (stream.bytes,))

    def _header(self, where: str, values: tuple[Any, ...]) -> dict[str, Any] | None:
        row = self._connection.execute(f"SELECT header FROM events WHERE {where}", values).fetchone()
        return None if row is None else json.loads(row[0])

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        return sqlite3.connect(self.home / "events.sqlite3", isolation_level=None)

    def close(self) -> None:
        """Close the connection."""
        if "_connection" in vars(self):
            self._connection.close()


def _through_the_gate(frame: FrameType | None) -> bool:
    """Say whether the gate asked for it, on a ledger that this witness does not see: a copy that a restore prepares."""
    gates = (FactOpener.open.__code__, FactOpener.expect.__code__, open_values.__code__)
    while frame is not None:
        if frame.f_code in gates:
            return True
        frame = frame.f_back
    return False


def _place(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


class WatchedOpener:
    """The opener of a desk, with a witness before it."""

    def __init__(self, opener: BoxOpener, witness: Witness) -> None:
        self._opener = opener
        self._witness = witness

    def open(self, sealed: Sealed[Any]) -> Any:
        """Open a value once the witness has looked."""
        self._witness.opening(sealed)
        self._witness.within += 1
        try:
            return self._opener.open(sealed)
        finally:
            self._witness.within -= 1

    def open_many(self, sealed: Sequence[Sealed[Any]]) -> list[Any]:
        """Open several values once the witness has looked at each."""
        for each in sealed:
            self._witness.opening(each)
        self._witness.within += 1
        try:
            return self._opener.open_many(sealed)
        finally:
            self._witness.within -= 1

    def destroyed(self, sealed: Sealed[Any]) -> Any:
        """Ask what became of a value; a decryption on the way would be seen as a third door."""
        return self._opener.destroyed(sealed)


class WatchedOutput(Output):
    """An output with a witness before it."""

    witness: Witness

    def _write(self, text: str) -> None:
        self.witness.showing()
        super()._write(text)

    def raw(self, content: bytes) -> None:
        self.witness.showing()
        super().raw(content)


def watched(ledger: Ledger, witness: Witness) -> Ledger:
    """Put a witness at the desk of a ledger."""
    vars(ledger)["desk"] = replace(ledger.desk, boxes=WatchedOpener(ledger.desk.boxes, witness))
    return ledger


class WatchedSession(Session):
    """One run of the program with a witness at its desk."""

    witness: Witness

    @cached_property
    def ledger(self) -> Ledger:
        return watched(super().ledger, self.witness)

    @cached_property
    def output(self) -> Output:
        made = WatchedOutput(form=self.form, zone=self.zone)
        made.witness = self.witness
        return made


@dataclass
class Watching:
    """A story told under the eyes of a witness."""

    witness: Witness
    teller: Teller
    story: Story

    def give(self, line: Line) -> int:
        """Give a line again, and check what it left."""
        self.witness.begin()
        answer = self.teller.give(line)
        assert not any(isinstance(error, OpenedWithoutRecord) for error in answer.failures), (line, answer.failures)
        self.witness.showing()
        return answer.code


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watching]:
    """Tell the story once with a witness, who also sees every decryption."""
    folder, patched = tmp_path_factory.mktemp("openers"), pytest.MonkeyPatch()
    witness = Witness(folder / "ledger")

    def session() -> Session:
        made = WatchedSession()
        made.witness = witness
        witness.begin()
        return made

    def seen(*arguments: Any, **more: Any) -> bytes:
        if not witness.within and not _through_the_gate(sys._getframe(1)):
            raise OpenedWithoutRecord("a box was unsealed by a third door")
        return unseal(*arguments, **more)

    patched.setattr("ledger.sealing.openers.unseal", seen)
    teller = Teller(folder / "ledger", session=session)
    story = Story(teller, folder / "outside")
    with closing(witness):
        story.tell()
        yield Watching(witness, teller, story)
    patched.undo()


def test_every_command_opens_through_the_gate_and_under_a_record(watching: Watching) -> None:
    assert watching.witness.facts > 500
    assert watching.witness.values > 10
    assert not any(
        isinstance(error, OpenedWithoutRecord) for answer in watching.teller.answers for error in answer.failures
    )


def test_what_is_refused_is_on_record_when_something_was_opened_for_it(watching: Watching) -> None:
    enrol = Line(("agent", "enrol", "--role", "job"), {"name": "Nadia Nulle-Part", "account": "nadia"})
    assert watching.give(enrol) == 0
    codes = [
        watching.give(again(line, who="nadia")) for line in {line.path: line for line in watching.story.lines}.values()
    ]
    assert codes.count(3) > 40


def test_a_command_that_is_cut_short_by_a_bug_leaves_its_record(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger.aggregates.procedure import Procedure

    def bug(*values: object, **more: object) -> None:
        raise ZeroDivisionError

    for name in ("contact", "disclose", "undo_end", "attach_mandate"):
        monkeypatch.setattr(Procedure, name, bug)
    paths = {"procedure contact", "procedure reopen"}
    lines = {line.path: line for line in watching.story.lines if line.path in paths}
    assert [watching.give(line) for line in lines.values()] == [1, 1]


# The controls: the witness sees what must not be.


@pytest.fixture
def desk(watching: Watching) -> Iterator[Ledger]:
    """Give the ledger of the story, opened with the witness at its desk."""
    ledger = watched(open_ledger(watching.witness.home, clock=SystemClock()), watching.witness)
    watching.witness.begin()
    yield ledger
    ledger.close()


def _agents(ledger: Ledger) -> list[Any]:
    from ledger.aggregates.agent import Agent
    from ledger.aggregates.base import REGISTER, LinkKind

    return [ledger.streams.load(Agent, id_) for id_ in ledger.streams.linked(REGISTER, LinkKind.AGENT)]


def test_the_witness_sees_a_third_door(desk: Ledger) -> None:
    agent = _agents(desk)[0]
    with pytest.raises(OpenedWithoutRecord, match="opened by"):
        desk.desk.boxes.open(agent.roles)
    with pytest.raises(OpenedWithoutRecord, match="third door"):
        desk.desk.boxes._opener.open(agent.roles)  # type: ignore[attr-defined]


def test_the_witness_sees_a_reading_that_is_not_on_record(desk: Ledger) -> None:
    agent = _agents(desk)[0]
    with pytest.raises(OpenedWithoutRecord, match="the last record is"):
        FactOpener(desk.desk.boxes).open(agent.roles)
    command = desk.command_of(agent.id, at=desk.clock.now())
    with reading(desk.desk, command, page="agent.show", rows=1) as opener:
        assert opener.known(agent.roles)


def test_the_witness_sees_a_judgement_that_leaves_no_record(desk: Ledger, watching: Watching) -> None:
    agent = _agents(desk)[0]
    command = desk.command_of(agent.id, at=desk.clock.now())
    Judgement(desk.desk, command).open(agent.roles)
    with pytest.raises(OpenedWithoutRecord, match="left no record"):
        watching.witness.showing()
    watching.witness.begin()
    with judging(desk.desk, command) as judgement:
        assert judgement.known(agent.roles)
    watching.witness.showing()


def test_the_witness_sees_a_grant_without_a_record(desk: Ledger, watching: Watching) -> None:
    agents = _agents(desk)
    now = desk.clock.now()
    invented = Grant(uuid4(), granted_at=now, values=(agents[0].name,))
    with pytest.raises(OpenedWithoutRecord, match="the last record is"):
        gate.open_values(desk.desk, invented, at=now)
    command = desk.command_of(agents[0].id, at=now)
    with reading(desk.desk, command, page="agent.show", rows=1):
        pass
    with pytest.raises(OpenedWithoutRecord, match="is not durable"):
        gate.open_values(desk.desk, Grant(uuid4(), granted_at=now, values=(agents[0].name,)), at=now)
    named = Grant(uuid4(), granted_at=now, values=(agents[0].name,))
    with pytest.raises(OpenedWithoutRecord, match="does not name"):
        watching.witness._value(named, agents[1].name)
