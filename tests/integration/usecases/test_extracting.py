"""What the archives want of a slip is in their hands before any key of it dies."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ledger.aggregates.authority import AuthorityReferenceMissing
from ledger.aggregates.hold import HoldKind, HoldTarget
from ledger.aggregates.slip import Answered, LineAnswer, NothingToHandOver, Slip, SlipState
from ledger.policies.refusals import RefusedByRule
from ledger.retention.awaiting import awaiting
from ledger.retention.extract_folder import ExtractBroken, ExtractFolder, ExtractThere, read_extract
from ledger.retention.items import KeyItem
from ledger.retention.planner import Action, Item, Step
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.gate import judging
from ledger.usecases.ports import Recorded
from ledger.usecases.procedure.ending import undo_resolution
from ledger.usecases.retention.extracting import (
    Extracted,
    ExtractIncomplete,
    ExtractOfAnother,
    LinesHeld,
    SampleUnsaid,
    extract,
    hand_over,
)
from ledger.usecases.retention.holds import release, set_hold
from ledger.usecases.retention.slips import SlipPage, draft, opened, submit, visa
from tests.integration.usecases.workbench import Workbench

DATA = RetentionClass.WORKING_DATA


def steps(bench: Workbench) -> list[Step[Item]]:
    return bench.ledger.retention.plan(bench.command(bench.job), at=bench.clock.now(), all_of_it=True)


def kept(bench: Workbench) -> list[KeyItem]:
    return [step.item for step in steps(bench) if isinstance(step.item, KeyItem) and step.item.lapses is None]


def actions(bench: Workbench) -> set[Action]:
    return {step.action for step in steps(bench) if step.item.category is DATA}


def resolved(bench: Workbench, count: int) -> list[UUID]:
    found = []
    for number in range(count):
        procedure = bench.procedure(bench.person(homonym=True), values=(f"AB-{number:03}-CD",))
        bench.resolve(procedure)
        found.append(procedure)
    return found


def slip(bench: Workbench, answer: LineAnswer) -> UUID:
    """Have the archives answer a slip with the one line of working data."""
    items = [item for item in awaiting(steps(bench)) if item.category is DATA]
    found = draft(bench.desk, bench.command(bench.delegate), items).streams[0]
    submit(bench.desk, bench.command(bench.delegate), found)
    visa(
        bench.desk, bench.command(bench.delegate), found, reference="AD53-V1", day=bench.clock.now().date(),
        answers=[Answered(1, answer)],
    )  # fmt: skip
    return found


def written(bench: Workbench, slip_: UUID, place: Path, *, one_in: int | None = None) -> Extracted:
    return extract(
        bench.desk, bench.command(bench.delegate), slip_, kept(bench), events=bench.ledger.events,
        place=ExtractFolder(place), one_in=one_in,
    )  # fmt: skip


def handed(bench: Workbench, slip_: UUID, place: Path, *, receipt: str = "AD53-W1") -> Recorded:
    command = bench.command(bench.delegate)
    return hand_over(bench.desk, command, slip_, kept(bench), read_extract(place), receipt=receipt)


def page(bench: Workbench, slip_: UUID) -> SlipPage:
    with judging(bench.desk, bench.command(bench.delegate)) as judgement:
        return opened(judgement, bench.desk.streams.load(Slip, slip_))


def files(place: Path) -> dict[str, Mapping[str, Any]]:
    return {path.name: json.loads(path.read_bytes()) for path in place.iterdir()}


def test_all_that_is_transferred_is_written_with_its_values_and_only_then_goes(
    bench: Workbench, tmp_path: Path
) -> None:
    procedures = resolved(bench, 2)
    found = slip(bench, LineAnswer.TRANSFER)
    place = tmp_path / "versement"
    done = written(bench, found, place)
    assert done.items == 2
    content = files(place)
    manifest = content.pop("manifest.json")
    assert (manifest["slip"], manifest["count"], manifest["visa"]) == (found.hex, 2, "AD53-V1")
    assert {record["reference"] for record in content.values()} == {each.hex for each in procedures}
    values = {
        event["fields"]["value"] for record in content.values() for event in record["events"]
        if event["event"] == "procedure.data-kept.1"
    }  # fmt: skip
    assert values == {"AB-000-CD", "AB-001-CD"}
    assert {event["fields"]["field"] for record in content.values() for event in record["events"]} == {"field.0"}
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()} == {0o600}
    assert not any(each.hex in name for each in procedures for name in content)
    assert actions(bench) == {Action.RESTRICT}
    handed(bench, found, place)
    assert page(bench, found).state is SlipState.CLOSED
    assert actions(bench) == {Action.DESTROY}
    done_ = bench.ledger.retention.run(bench.command(bench.job)).done
    assert done_ is not None
    assert dict(done_.by_class)[DATA] == 2


def test_every_opening_is_on_record_before_it(bench: Workbench, tmp_path: Path) -> None:
    procedures = resolved(bench, 1)
    found = slip(bench, LineAnswer.TRANSFER)
    before = bench.ledger.log.size()
    written(bench, found, tmp_path / "versement")
    events = bench.ledger.events.at(range(before + 1, bench.ledger.log.size() + 1))
    with judging(bench.desk, bench.command(bench.delegate)) as judgement:
        told = [judgement.known(event.about) for event in events if event.TOPIC == "reading.recorded.1"]  # type: ignore[attr-defined]
    assert any(about is not None and procedures[0] in about for about in told)


def test_of_a_sample_one_in_so_many_is_written_and_all_may_go(bench: Workbench, tmp_path: Path) -> None:
    resolved(bench, 5)
    found = slip(bench, LineAnswer.SAMPLE)
    with pytest.raises(SampleUnsaid):
        written(bench, found, tmp_path / "a")
    assert written(bench, found, tmp_path / "b", one_in=2).items == 3
    handed(bench, found, tmp_path / "b")
    assert actions(bench) == {Action.DESTROY}


def test_what_is_not_in_the_extract_does_not_go(bench: Workbench, tmp_path: Path) -> None:
    _, second = resolved(bench, 2)
    held = hold(bench, second)
    found = slip(bench, LineAnswer.TRANSFER)
    with pytest.raises(LinesHeld, match="1"):
        written(bench, found, tmp_path / "a")
    release(bench.desk, bench.command(bench.delegate), held)
    undo_resolution(bench.desk, bench.command(), second)
    assert written(bench, found, tmp_path / "b").items == 1
    bench.resolve(second)
    with pytest.raises(ExtractIncomplete, match="1"):
        handed(bench, found, tmp_path / "b")
    assert actions(bench) == {Action.RESTRICT}
    assert written(bench, found, tmp_path / "c").items == 2
    handed(bench, found, tmp_path / "c")


def hold(bench: Workbench, procedure: UUID) -> UUID:
    return set_hold(
        bench.desk, bench.command(bench.delegate), kind=HoldKind.INQUIRY, target=HoldTarget.PROCEDURE, held=procedure,
        review_on=date(2027, 1, 1), reason="Enquête",
    ).hold  # fmt: skip


def test_an_extract_that_was_altered_or_lost_a_file_is_not_taken(bench: Workbench, tmp_path: Path) -> None:
    resolved(bench, 1)
    found = slip(bench, LineAnswer.TRANSFER)
    for number, spoil in enumerate((_alter, _lose, _add, _forge)):
        place = tmp_path / str(number)
        written(bench, found, place)
        spoil(place)
        with pytest.raises(ExtractBroken):
            handed(bench, found, place)
    with pytest.raises(ExtractBroken):
        read_extract(tmp_path / "nowhere")
    assert page(bench, found).state is SlipState.VISAED


def _item(place: Path) -> Path:
    return next(path for path in place.iterdir() if path.name != "manifest.json")


def _alter(place: Path) -> None:
    _item(place).write_bytes(_item(place).read_bytes().replace(b"AB-000", b"AB-999"))


def _lose(place: Path) -> None:
    _item(place).unlink()


def _add(place: Path) -> None:
    (place / "more.json").write_text("{}")


def _forge(place: Path) -> None:
    (place / "manifest.json").write_text("[]")


def test_killed_half_way_it_is_made_again_whole(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved(bench, 3)
    found, place = slip(bench, LineAnswer.TRANSFER), tmp_path / "versement"
    add = ExtractFolder.add
    left = [1]

    def killed(self: ExtractFolder, record: Mapping[str, Any], *, line: int) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop()
        add(self, record, line=line)

    monkeypatch.setattr(ExtractFolder, "add", killed)
    with pytest.raises(KeyboardInterrupt):
        written(bench, found, place)
    monkeypatch.undo()
    assert not place.exists()
    assert len(list((tmp_path / ".versement.part").iterdir())) == 1
    assert written(bench, found, place).items == 3
    assert [path.name for path in tmp_path.iterdir() if "versement" in path.name] == ["versement"]
    with pytest.raises(ExtractThere):
        written(bench, found, place)


def test_a_folder_of_somebody_else_is_never_taken_away(bench: Workbench, tmp_path: Path) -> None:
    other = tmp_path / ".versement.part"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    resolved(bench, 1)
    found = slip(bench, LineAnswer.TRANSFER)
    with pytest.raises(Exception, match="EXTRACT_UNWRITTEN"):
        written(bench, found, tmp_path / "versement")
    assert (other / "mine.txt").read_text() == "mine"


def test_an_extract_serves_its_own_slip_once(bench: Workbench, tmp_path: Path) -> None:
    resolved(bench, 1)
    first = slip(bench, LineAnswer.TRANSFER)
    written(bench, first, tmp_path / "first")
    with pytest.raises(AuthorityReferenceMissing):
        handed(bench, first, tmp_path / "first", receipt=" ")
    handed(bench, first, tmp_path / "first")
    with pytest.raises(NothingToHandOver):
        handed(bench, first, tmp_path / "first")
    with pytest.raises(NothingToHandOver):
        written(bench, first, tmp_path / "again")
    bench.later(days=400)
    resolved(bench, 1)
    second = slip(bench, LineAnswer.TRANSFER)
    with pytest.raises(ExtractOfAnother):
        handed(bench, second, tmp_path / "first")


def test_only_the_delegate_opens_and_hands_over(bench: Workbench, tmp_path: Path) -> None:
    resolved(bench, 1)
    found = slip(bench, LineAnswer.TRANSFER)
    items = kept(bench)
    for actor in (bench.agent, bench.job):
        with pytest.raises(RefusedByRule):
            extract(
                bench.desk, bench.command(actor), found, items, events=bench.ledger.events,
                place=ExtractFolder(tmp_path / "x"), one_in=None,
            )  # fmt: skip
    written(bench, found, tmp_path / "y")
    for actor in (bench.agent, bench.job):
        with pytest.raises(RefusedByRule):
            hand_over(bench.desk, bench.command(actor), found, items, read_extract(tmp_path / "y"), receipt="W")
