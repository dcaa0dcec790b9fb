"""How long a channel that fails is left alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ledger.limits import REMINDER_FIRST_WAIT, REMINDER_LONGEST_WAIT
from ledger.notifying.waiting import WaitingFile
from tests.integration.usecases.workbench import MORNING


def test_each_failure_doubles_the_wait_up_to_the_longest_and_a_success_forgets_it(tmp_path: Path) -> None:
    path = tmp_path / "reminders.json"
    waits = []
    for number in range(8):
        at = MORNING + timedelta(hours=number)
        trouble = WaitingFile(path).failed(at=at)
        assert WaitingFile(path).trouble() == trouble
        assert (trouble.since, trouble.failures) == (MORNING, number + 1)
        waits.append(trouble.next_try_at - at)
    assert waits == [min(REMINDER_FIRST_WAIT * 2**number, REMINDER_LONGEST_WAIT) for number in range(8)]
    assert waits[-1] == REMINDER_LONGEST_WAIT
    WaitingFile(path).mended()
    assert WaitingFile(path).trouble() is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"since": 1}', '{"since": "hier", "failures": 1}', "null"])
def test_a_damaged_memory_is_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "reminders.json"
    path.write_text(content)
    assert WaitingFile(path).trouble() is None
    assert WaitingFile(path).failed(at=MORNING).failures == 1


def test_where_it_can_not_be_written_the_next_run_tries_at_once(tmp_path: Path) -> None:
    nowhere = WaitingFile(tmp_path / "absent" / "reminders.json")
    assert nowhere.failed(at=MORNING).failures == 1
    assert nowhere.trouble() is None
