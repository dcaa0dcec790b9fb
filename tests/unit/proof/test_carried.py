"""Files that are handed over: new ones are whole, or not there."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.proof.carried import CarriedFileThere, CarriedFileUnwritable, is_taken, write_new
from ledger.proof.pack_folder import PackFolder, PackUnwritten


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    """Have the operating system refuse larger files, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_could_not_be_written_whole_is_not_left_there(tmp_path: Path) -> None:
    with _files_of_at_most(4), pytest.raises(CarriedFileUnwritable):
        write_new(tmp_path / "checkpoint.txt", "more than four")
    assert list(tmp_path.iterdir()) == []
    write_new(tmp_path / "checkpoint.txt", "more than four")
    assert (tmp_path / "checkpoint.txt").read_text(encoding="utf-8") == "more than four"


def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CarriedFileThere):
        write_new(tmp_path / "checkpoint.txt", "another")
    assert (tmp_path / "checkpoint.txt").read_text(encoding="utf-8") == "mine"


def test_a_name_that_can_not_even_be_looked_up_is_told_when_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 300)
    assert not is_taken(path)
    with pytest.raises(CarriedFileUnwritable):
        write_new(path, "text")
    with pytest.raises(PackUnwritten):
        PackFolder(path)
