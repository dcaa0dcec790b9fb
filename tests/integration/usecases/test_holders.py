"""Holders of the root key come and go by commands: never an untracked copy, and never a promise that isn't kept."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from ledger.aggregates.epoch import Revival
from ledger.aggregates.holder import HolderRecord, Retirement
from ledger.bootstrap import open_ledger
from ledger.bootstrap.holding import HolderKindUnknown, first_holders
from ledger.bootstrap.making import Founder, create_ledger
from ledger.bootstrap.retaining import destruction_of, root_holders_of
from ledger.errors import LedgerError
from ledger.policies.refusals import RefusedByRule
from ledger.sealing.custody.file import FileHolder
from ledger.sealing.failures import (
    HolderNameInvalid,
    HolderNameTaken,
    HolderPlaceInside,
    HolderPlaceTaken,
    HolderUnknown,
    LastHolder,
    RootKeyAbsent,
    RootKeyExposed,
)
from ledger.sealing.holding import RootHolders
from ledger.sealing.keyring import RootState
from ledger.sealing.status import HolderStatus, key_status
from ledger.settings import SettingsInvalid, read_settings
from ledger.usecases.keys.holders import RetirementUnexplained, export, retire
from ledger.usecases.keys.turning import rotate, settle
from tests.integration.usecases.workbench import Workbench

LOST, DESTROYED = Retirement.LOST, Retirement.DESTROYED
FOUNDER = Founder("Dominique Décideur", "uid:1000")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick" / "ledger"


def exported(bench: Workbench, place: Path, name: str = "cle-usb") -> bool:
    keeper = root_holders_of(bench.ledger)
    return export(bench.desk, bench.command(bench.delegate), keeper, name=name, place=place)[1]


def retired(bench: Workbench, name: str, how: Retirement, reason: str = "perdue au marché") -> Revival:
    keeper = root_holders_of(bench.ledger)
    gone, _ = retire(bench.desk, bench.command(bench.delegate), keeper, name, how=how, reason=reason)
    return gone.revives


def rotated(bench: Workbench) -> tuple[int, tuple[str, ...]]:
    batch, _ = rotate(bench.desk, bench.command(bench.delegate), destruction_of(bench.ledger))
    return batch.epoch, batch.pending


def named(bench: Workbench) -> list[str]:
    return [each.name for each in read_settings(bench.ledger.locations).holders]


def topics(bench: Workbench) -> list[str]:
    return [entry.header.topic for entry in bench.ledger.log.each()]


def status(bench: Workbench, name: str) -> HolderStatus:
    (found,) = (each for each in key_status(bench.ledger.keyring).holders if each.name == name)
    return found


def test_an_exported_root_is_a_holder_that_every_later_turn_has_to_do_with(bench: Workbench, place: Path) -> None:
    repeated = exported(bench, place)
    assert (repeated, named(bench)) == (False, ["poste", "cle-usb"])
    assert (place.stat().st_mode & 0o777, (place / "root-1.key").stat().st_mode & 0o777) == (0o700, 0o600)
    root = bench.ledger.holders.load_at("poste", 1)
    assert FileHolder(place, name="x").load(1) == root
    assert rotated(bench) == (2, ())
    assert FileHolder(place, name="x").epochs() == (2,)
    away = place.with_name("away")
    place.rename(away)
    assert rotated(bench) == (3, ("cle-usb",))
    away.rename(place)
    settle(bench.desk, bench.command(bench.delegate), destruction_of(bench.ledger))
    assert FileHolder(place, name="x").epochs() == (3,)


def test_another_process_knows_the_new_holder(bench: Workbench, place: Path) -> None:
    exported(bench, place)
    other = open_ledger(bench.ledger.locations.home, clock=bench.clock)
    try:
        assert other.holders.names == ("poste", "cle-usb")
    finally:
        other.close()


def test_it_is_on_record_once_however_often_it_is_asked(bench: Workbench, place: Path) -> None:
    command = bench.command(bench.delegate)
    keeper = root_holders_of(bench.ledger)
    answers = [export(bench.desk, command, keeper, name="cle-usb", place=place)[1] for _ in range(2)]
    assert [*answers, exported(bench, place)] == [False, True, True]
    assert topics(bench).count("holder.enrolled.1") == 1
    bench.ledger.streams.load(HolderRecord, keeper.enrol("cle-usb", place).stream)


def test_what_a_person_wrote_into_the_settings_stays(bench: Workbench, place: Path) -> None:
    file = bench.ledger.locations.settings_file
    file.write_text(file.read_text() + "# dans l'armoire de la mairie\n")
    exported(bench, place)
    retired(bench, "cle-usb", DESTROYED)
    assert "# dans l'armoire de la mairie" in file.read_text()


def test_settings_that_cannot_be_changed_safely_are_left_as_they_are(bench: Workbench, place: Path) -> None:
    file = bench.ledger.locations.settings_file
    text = file.read_text().replace("[[holder]]", "[[ holder ]]")
    file.write_text(text)
    with pytest.raises(SettingsInvalid):
        exported(bench, place)
    assert (file.read_text(), place.exists()) == (text, False)


@pytest.mark.parametrize("name", ["", "Clé", "-x", "a" * 40, "../x"])
def test_a_name_that_is_none_is_refused(bench: Workbench, place: Path, name: str) -> None:
    with pytest.raises(HolderNameInvalid):
        exported(bench, place, name)


def test_a_name_or_a_place_that_is_taken_is_refused_and_left_as_it_is(bench: Workbench, place: Path) -> None:
    with pytest.raises(HolderNameTaken):
        exported(bench, place, "poste")
    with pytest.raises(HolderPlaceInside):
        exported(bench, bench.ledger.locations.home / "copy")
    with pytest.raises(RootKeyAbsent):
        exported(bench, place / "not" / "mounted")
    place.mkdir(mode=0o755)
    with pytest.raises(RootKeyExposed):
        exported(bench, place)
    place.chmod(0o700)
    (place / "letter.odt").touch()
    with pytest.raises(HolderPlaceTaken):
        exported(bench, place)
    (place / "letter.odt").unlink()
    FileHolder(place, name="other").keep(1, b"o" * 32)
    with pytest.raises(HolderPlaceTaken):
        exported(bench, place)
    assert FileHolder(place, name="other").load(1) == b"o" * 32
    assert named(bench) == ["poste"]
    assert [each.name for each in key_status(bench.ledger.keyring).holders] == ["poste"]


def test_a_holder_that_lost_its_root_is_not_given_it_again_by_an_export(bench: Workbench, place: Path) -> None:
    exported(bench, place)
    (place / "root-1.key").unlink()
    with pytest.raises(RootKeyAbsent):
        exported(bench, place)


def test_only_who_decides_exports_or_retires(bench: Workbench, place: Path) -> None:
    keeper = root_holders_of(bench.ledger)
    for actor in (bench.agent, bench.job):
        with pytest.raises(RefusedByRule):
            export(bench.desk, bench.command(actor), keeper, name="cle-usb", place=place)
        with pytest.raises(RefusedByRule):
            retire(bench.desk, bench.command(actor), keeper, "poste", how=LOST, reason="x")
        assert topics(bench)[-1] == "reading.refused.1"
    assert (named(bench), place.exists()) == (["poste"], False)


class Killed(BaseException):
    """The process died here."""


@pytest.mark.parametrize("fatal", range(1, 9))
def test_killed_between_any_two_steps_the_same_command_ends_it(
    bench: Workbench, place: Path, fatal: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = fatal

    def step() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed

    database = bench.ledger.keyring.database
    writing, naming, keeping = database.writing, RootHolders._name, FileHolder.keep

    def dying_write() -> object:
        step()
        return writing()

    def dying_name(self: RootHolders, holders: object) -> None:
        step()
        naming(self, holders)  # type: ignore[arg-type]

    def dying_keep(self: FileHolder, epoch: int, key: bytes) -> None:
        step()
        keeping(self, epoch, key)

    exporting, retiring = bench.command(bench.delegate), bench.command(bench.delegate)
    keeper = root_holders_of(bench.ledger)

    def work() -> None:
        export(bench.desk, exporting, keeper, name="cle-usb", place=place)
        retire(bench.desk, retiring, keeper, "cle-usb", how=DESTROYED, reason="broyée")

    with monkeypatch.context() as patched:
        patched.setattr(database, "writing", dying_write)
        patched.setattr(RootHolders, "_name", dying_name)
        patched.setattr(FileHolder, "keep", dying_keep)
        with suppress(Killed):
            work()
    tracked = {each.name for each in key_status(bench.ledger.keyring).holders} | set(named(bench))
    assert "cle-usb" in tracked or not place.exists(), "no copy that nobody tracks"
    if "holder.enrolled.1" not in topics(bench):
        exported(bench, place)
    if "holder.retired.1" not in topics(bench):
        retired(bench, "cle-usb", DESTROYED, "broyée")
    assert named(bench) == ["poste"]
    assert status(bench, "cle-usb").retired is DESTROYED
    assert rotated(bench) == (2, ())
    assert [topics(bench).count(topic) for topic in ("holder.enrolled.1", "holder.retired.1")] == [1, 1]


@pytest.mark.parametrize("how", [LOST, DESTROYED])
def test_what_waited_for_a_holder_is_completed_once_it_is_retired(
    bench: Workbench, place: Path, how: Retirement
) -> None:
    exported(bench, place)
    place.rename(place.with_name("gone"))
    assert rotated(bench) == (2, ("cle-usb",))
    assert status(bench, "cle-usb").owes == (1,)
    retired(bench, "cle-usb", how)
    found = status(bench, "cle-usb")
    assert (found.retired, found.owes, found.reachable) == (how, (), False)
    batch, _ = settle(bench.desk, bench.command(bench.delegate), destruction_of(bench.ledger))
    assert (batch.pending, batch.backup_proof, [each.holder for each in batch.receipts]) == ((), False, ["poste"])
    assert topics(bench).count("epoch.roots-destroyed.1") == 1
    assert rotated(bench) == (3, ())


def test_what_is_said_to_be_destroyed_and_is_there_all_the_same_is_destroyed_first(
    bench: Workbench, place: Path
) -> None:
    exported(bench, place)
    retired(bench, "cle-usb", DESTROYED, "remplacée")
    assert list(place.iterdir()) == []


def test_what_was_lost_is_left_as_it_is_found(bench: Workbench, place: Path) -> None:
    exported(bench, place)
    retired(bench, "cle-usb", LOST)
    assert [path.name for path in place.iterdir()] == ["root-1.key"]


class ChipLike(FileHolder):
    """A holder whose copies revive nothing, as a TPM's; what it would take a chip for is not what is tried here."""

    revives_from_backup = Revival.NO


@pytest.mark.parametrize(("how", "proof"), [(LOST, False), (DESTROYED, True)])
def test_nothing_is_called_backup_proof_once_a_holder_was_lost(
    bench: Workbench, tmp_path: Path, how: Retirement, proof: bool
) -> None:
    ledger = bench.ledger
    ledger.holders._holders["poste"] = ChipLike(ledger.locations.home / "keys", name="poste")
    chip = ChipLike(tmp_path / "chip", name="puce")
    file = ledger.locations.settings_file
    file.write_text(file.read_text() + f'\n[[holder]]\nname = "puce"\nkind = "file"\nplace = "{tmp_path / "chip"}"\n')
    ledger.holders.add(chip)
    settle(bench.desk, bench.command(bench.delegate), destruction_of(ledger))
    batch, _ = rotate(bench.desk, bench.command(bench.delegate), destruction_of(ledger))
    assert batch.backup_proof, "the control: with both holders there, it is"
    assert retired(bench, "puce", how) is (Revival.NO if proof else Revival.YES)
    for _ in range(2):
        batch, _ = rotate(bench.desk, bench.command(bench.delegate), destruction_of(ledger))
        assert (batch.pending, batch.backup_proof) == ((), proof)
    assert key_status(ledger.keyring).revives_from_backup is (Revival.NO if proof else Revival.YES)


def test_the_last_holder_of_the_living_root_stays(bench: Workbench, place: Path) -> None:
    with pytest.raises(LastHolder):
        retired(bench, "poste", LOST)
    exported(bench, place)
    place.rename(place.with_name("away"))
    with pytest.raises(LastHolder):
        retired(bench, "poste", DESTROYED)
    place.with_name("away").rename(place)
    retired(bench, "poste", DESTROYED)
    assert named(bench) == ["cle-usb"]
    bench.person()
    other = open_ledger(bench.ledger.locations.home, clock=bench.clock)
    try:
        other.keyring.reserve()
    finally:
        other.close()


def test_a_name_is_never_used_again(bench: Workbench, place: Path) -> None:
    exported(bench, place)
    retired(bench, "cle-usb", LOST)
    with pytest.raises(HolderNameTaken):
        exported(bench, place.with_name("other"))


def test_an_unknown_holder_or_no_reason_is_refused(bench: Workbench, place: Path) -> None:
    with pytest.raises(HolderUnknown):
        retired(bench, "coffre", LOST)
    exported(bench, place)
    with pytest.raises(RetirementUnexplained):
        retired(bench, "cle-usb", LOST, " ")
    assert named(bench) == ["poste", "cle-usb"]


def test_a_ledger_is_made_with_two_holders_from_its_first_root_on(tmp_path: Path, place: Path) -> None:
    holders = first_holders(["file", f"file:{place}"])
    ledger, _ = create_ledger(tmp_path / "home", founder=FOUNDER, sandbox=True, holders=holders)
    try:
        assert ledger.holders.names == ("poste", "file-2")
        assert ledger.holders.load_at("poste", 1) == ledger.holders.load_at("file-2", 1)
        assert read_settings(ledger.locations).holders == holders
        rows = {each.name: (each.holds_living, each.owes) for each in key_status(ledger.keyring).holders}
        assert rows == {"poste": (True, ()), "file-2": (True, ())}
    finally:
        ledger.close()


@pytest.mark.parametrize("wrong", ["hsm", "", "tpm:", "file:"])
def test_a_holder_of_no_known_kind_is_refused(wrong: str) -> None:
    if wrong == "file:":
        assert first_holders([wrong]) == first_holders(["file"]), "a file in the ledger's folder"
        return
    with pytest.raises(HolderKindUnknown):
        first_holders([wrong])
    with pytest.raises(HolderKindUnknown):
        first_holders(["file", "file"])


@pytest.mark.parametrize("asked", ["tpm2", "file:{folder}/no/such/ledger", "file:{folder}/home/x"])
def test_nothing_is_made_where_a_holder_is_not_there(tmp_path: Path, asked: str) -> None:
    holders = first_holders([asked.format(folder=tmp_path)], device=f"swtpm:path={tmp_path / 'no-socket'}")
    with pytest.raises(LedgerError):
        create_ledger(tmp_path / "home", founder=FOUNDER, holders=holders)
    assert not (tmp_path / "home").exists()


def test_the_states_of_a_root_that_are_awaited_are_these() -> None:
    assert {state for state in RootState if state.owed()} == {RootState.GIVEN, RootState.HELD}


def test_a_process_that_still_names_a_retired_holder_gives_it_no_root_and_awaits_nothing(
    bench: Workbench, place: Path
) -> None:
    exported(bench, place)
    other = open_ledger(bench.ledger.locations.home, clock=bench.clock)
    try:
        assert {"cle-usb"} < {*other.holders.names}
        retired(bench, "cle-usb", Retirement.LOST)
        batch, _ = rotate(other.desk, bench.command(bench.delegate), destruction_of(other))
        assert (batch.pending, {receipt.holder for receipt in batch.receipts}) == ((), {bench.ledger.holders.names[0]})
        assert [path.name for path in place.iterdir()] == ["root-1.key"], "what was lost is left as it is"
    finally:
        other.close()
