"""A file that remembers what was given."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from ledger.notifying.failures import ReminderFileUnwritable
from ledger.notifying.file import FileChannel
from tests.unit.notifying.letters import LETTER, ending

OTHER = replace(LETTER, reference=UUID(int=11))


def test_each_letter_is_one_line_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "rappels.jsonl"
    channel = FileChannel(path)
    assert [ending(channel), ending(channel, OTHER)] == ["given", "given"]
    told = [json.loads(line) for line in path.read_text().splitlines()]
    assert [each["reference"] for each in told] == [LETTER.reference.hex, OTHER.reference.hex]
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_tells_what_was_given_and_a_line_that_was_cut_short_was_not(tmp_path: Path) -> None:
    path = tmp_path / "rappels.jsonl"
    channel = FileChannel(path)
    assert channel.was_given(LETTER.reference) is None
    ending(channel)
    whole = path.read_bytes()
    assert (channel.was_given(LETTER.reference), channel.was_given(OTHER.reference)) == (True, False)
    path.write_bytes(whole[:-1])
    assert channel.was_given(LETTER.reference) is False
    ending(channel, OTHER)
    assert [line for line in path.read_bytes().split(b"\n") if line][-1].startswith(
        f'{{"reference": "{OTHER.reference.hex}"'.encode()
    )
    assert channel.was_given(OTHER.reference) is True


def test_a_full_disk_takes_back_what_was_written_of_the_line() -> None:
    assert ending(FileChannel(Path("/dev/full"))) != "given"


@pytest.mark.parametrize("name", ["absent/rappels.jsonl", "dossier", "lien"])
def test_a_place_that_can_not_be_written_is_said_before_anything_is_claimed(tmp_path: Path, name: str) -> None:
    (tmp_path / "dossier").mkdir()
    (tmp_path / "lien").symlink_to(tmp_path / "ailleurs")
    with pytest.raises(ReminderFileUnwritable):
        ending(FileChannel(tmp_path / name))
    assert not (tmp_path / "ailleurs").exists()
