"""Searching files for byte strings, across the borders of what is read at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.retention import traces
from ledger.retention.traces import PIECE_BYTES, Trace, files_below, pieces, scan


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "CHUNK_BYTES", 16)


@pytest.mark.parametrize("offset", range(40))
def test_a_byte_string_is_found_wherever_it_stands(tmp_path: Path, offset: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"." * offset + b"needle-of-21-bytes!!!" + b"." * (60 - offset))
    assert scan([file], [b"needle-of-21-bytes!!!", b"!.", b"not there"]) == [Trace(file, 0), Trace(file, 1)]


def test_an_absent_or_empty_file_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert scan([tmp_path / "empty", tmp_path / "absent"], [b"x"]) == []
    assert scan([tmp_path / "empty"], []) == []


def test_nothing_is_searched_for_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="everywhere"):
        scan([tmp_path], [b"x", b""])


def test_every_file_below_a_folder_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("a", "deep/b", "deep/er/.hidden"):
        (tmp_path / name).write_bytes(b"x")
    assert [path.name for path in files_below(tmp_path)] == ["a", "b", ".hidden"]


@pytest.mark.parametrize("length", [1, PIECE_BYTES, PIECE_BYTES + 1, 100, 4096])
def test_pieces_come_from_the_whole_length(length: int) -> None:
    content = bytes(number % 251 for number in range(length))
    found = pieces(content)
    assert all(piece in content and 0 < len(piece) <= PIECE_BYTES for piece in found)
    assert content.startswith(found[0])
    assert content.endswith(found[-1])
