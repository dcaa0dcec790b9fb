"""What `ledger.toml` may say of the holders of the root key, and of reminders; commands try the rest of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from ledger.errors import ExitCode
from ledger.settings import (
    FileSettings,
    HolderSettings,
    Locations,
    MailSettings,
    ProgramSettings,
    ReminderSettings,
    Settings,
    SettingsInvalid,
    change_holders,
    read_settings,
    write_settings,
)

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


MAIL = """
by = "mail"
host = "smtp.exemple.fr"
port = 587
from = "registre@exemple.fr"
to = ["dpo@exemple.fr", "astreinte@exemple.fr"]
"""
TO = ("dpo@exemple.fr", "astreinte@exemple.fr")
WAYS: dict[str, tuple[str, ReminderSettings]] = {
    "mail": (MAIL, MailSettings("smtp.exemple.fr", 587, "registre@exemple.fr", TO)),
    "mail with an account": (
        MAIL + 'security = "tls"\nuser = "registre"\npassword_file = "/etc/mot-de-passe"\n',
        MailSettings("smtp.exemple.fr", 587, "registre@exemple.fr", TO, "tls", "registre", "/etc/mot-de-passe"),
    ),
    "mail through this machine": (
        MAIL.replace("smtp.exemple.fr", "localhost") + 'security = "none"\n',
        MailSettings("localhost", 587, "registre@exemple.fr", TO, "none"),
    ),
    "a program": ('by = "command"\ncommand = ["/usr/local/bin/prevenir", "--vite"]',
                  ProgramSettings(("/usr/local/bin/prevenir", "--vite"))),
    "a file": ('by = "file"\nfile = "rappels.jsonl"', FileSettings("rappels.jsonl")),
}  # fmt: skip


def reminded(locations: Locations, table: str) -> None:
    """Write a table at the end, where a person would: after the holders."""
    with locations.settings_file.open("a", encoding="utf-8") as settings:
        settings.write(f"\n[reminders]\n{table}\n")


@pytest.mark.parametrize(("table", "meant"), WAYS.values(), ids=WAYS)
def test_the_way_of_reminding_is_read(locations: Locations, table: str, meant: ReminderSettings) -> None:
    reminded(locations, table)
    assert read_settings(locations).reminders == meant


@pytest.mark.parametrize(
    "table",
    [
        "", 'by = "pigeon"', 'by = "mail"', 'by = "file"', 'by = "file"\nfile = ""', 'by = "file"\nfile = 3',
        'by = "file"\nfile = "a"\nmode = "x"', 'by = "command"\ncommand = "/bin/true"', 'by = "command"\ncommand = []',
        'by = "command"\ncommand = [""]', "by = []", MAIL.replace("587", "0"), MAIL.replace("587", "true"),
        MAIL.replace("587", '"587"'), MAIL.replace("smtp.exemple.fr", "smtp exemple"), MAIL.replace("@", " "),
        MAIL.replace('"registre@exemple.fr"', '"registre@exemple.fr\\nBcc: autre@exemple.fr"'),
        MAIL + 'to_all = "x"', MAIL + 'security = "ssl"', MAIL + 'security = "none"\nuser = "registre"',
        MAIL + "user = 3", MAIL + 'security = "none"', MAIL.replace("astreinte@", "équipe@"),
        MAIL.replace('["dpo@exemple.fr", "astreinte@exemple.fr"]', "[]"),
        MAIL.replace('["dpo@exemple.fr", "astreinte@exemple.fr"]', '"dpo@exemple.fr"'),
    ],
)  # fmt: skip
def test_a_way_of_reminding_that_is_not_described_as_it_must_be_is_refused(locations: Locations, table: str) -> None:
    reminded(locations, table)
    with pytest.raises(SettingsInvalid):
        read_settings(locations)


def test_holders_change_and_what_a_person_wrote_after_them_stays(locations: Locations) -> None:
    reminded(locations, MAIL)
    before = read_settings(locations)
    for holders in (HOLDERS[:2], HOLDERS[:1], HOLDERS):
        changed = change_holders(locations, read_settings(locations), holders)
        assert read_settings(locations) == changed
        assert (changed.reminders, changed.holders) == (before.reminders, holders)
