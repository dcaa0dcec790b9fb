from __future__ import annotations

from pathlib import Path

import pytest

from ledger.commands._logging import LOG_BYTES, log_of
from ledger.personal import Fact, LeakRefused, Personal


@pytest.mark.parametrize(
    "value", [Personal("Aline"), Fact("AAH"), "Aline Exemple", "é", ("ok", Personal("x")), {"a": 1}]
)
def test_anything_but_a_code_is_refused_and_not_written(tmp_path: Path, value: object) -> None:
    with pytest.raises(LeakRefused):
        log_of(tmp_path).error("failed", what=value)
    assert not (tmp_path / "log").exists()


def test_the_log_is_turned_when_it_is_long(tmp_path: Path) -> None:
    log_of(tmp_path).error("failed", code="A")
    file = tmp_path / "log" / "ledger.jsonl"
    file.write_bytes(b"x" * (LOG_BYTES + 1))
    log_of(tmp_path).error("failed", code="B")
    assert file.stat().st_size < 1_000
    assert (tmp_path / "log" / "ledger.old.jsonl").stat().st_size == LOG_BYTES + 1
