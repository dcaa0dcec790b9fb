"""What `ledger.toml` may say of the holders of the root key; the rest of it is tried through the commands."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from ledger.errors import ExitCode
from ledger.settings import HolderSettings, Locations, Settings, SettingsInvalid, read_settings, write_settings

HOLDERS = (
    HolderSettings("poste"),
    HolderSettings("cle-usb", place='/media/a "quoted" \\ place'),
    HolderSettings("puce", kind="tpm2", place="tpm", device="device:/dev/tpmrm0", counter="0x01800001"),
)
MADE = Settings(UUID(int=1), datetime(2026, 6, 9, 12, 0, tzinfo=UTC), "mayenne", sandbox=True, holders=HOLDERS)


@pytest.fixture
def locations(tmp_path: Path) -> Locations:
    made = Locations.of(tmp_path, {})
    write_settings(made, MADE)
    return made


def test_what_is_written_is_read_again(locations: Locations) -> None:
    assert read_settings(locations) == MADE


BROKEN = {
    "an unknown kind": ('kind = "file"', 'kind = "cloud"'),
    "no kind": ('kind = "file"\n', ""),
    "a key too many": ('place = "keys"', 'place = "keys"\nmode = "x"'),
    "a key that belongs to another kind": ('place = "keys"', 'place = "keys"\ndevice = ""'),
    "a number for a place": ('place = "keys"', "place = 7"),
    "a list for a kind": ('kind = "file"', "kind = []"),
    "a name with a space": ('name = "poste"', 'name = "mon poste"'),
    "a capital": ('name = "poste"', 'name = "Poste"'),
    "a name twice": ('name = "poste"', 'name = "cle-usb"'),
    "a counter that is none": ("0x01800001", "1800001"),
    "a table that is none": ("[[holder]]", "[holder]"),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_a_holder_that_is_not_described_as_it_must_be_is_refused(locations: Locations, change: tuple[str, str]) -> None:
    text = locations.settings_file.read_text(encoding="utf-8")
    assert change[0] in text
    locations.settings_file.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(locations)
    assert caught.value.exit_code is ExitCode.MISCONFIGURED


def test_a_ledger_without_a_holder_is_refused(locations: Locations) -> None:
    text = locations.settings_file.read_text(encoding="utf-8")
    locations.settings_file.write_text(text[: text.index("[[holder]]")] + "holder = []\n", encoding="utf-8")
    with pytest.raises(SettingsInvalid):
        read_settings(locations)
