"""What one gets by installing the product: the command, and every file that the code reads."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = {".toml", ".mo", ".typ", ".typed"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def _content(wheel: zipfile.ZipFile, ending: str) -> str:
    return wheel.read(next(name for name in wheel.namelist() if name.endswith(ending))).decode()


def test_the_package_holds_every_file_that_the_code_reads(wheel: zipfile.ZipFile) -> None:
    wanted = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "ledger").rglob("*") if path.suffix in DATA | {".py"}
    }
    assert "ledger/locale/fr/LC_MESSAGES/ledger.mo" in wanted
    assert wanted - set(wheel.namelist()) == set()


def test_the_package_holds_nothing_but_the_product(wheel: zipfile.ZipFile) -> None:
    assert {name.split("/")[0].split("-")[0] for name in wheel.namelist()} == {"ledger", "france_services_ledger"}


def test_installing_gives_the_command(wheel: zipfile.ZipFile) -> None:
    assert "ledger = ledger.commands:main" in _content(wheel, "entry_points.txt")


def test_the_package_says_its_licence(wheel: zipfile.ZipFile) -> None:
    assert message_from_string(_content(wheel, "METADATA"))["License-Expression"] == "EUPL-1.2"
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in _content(wheel, "licenses/LICENSE")


def test_the_program_at_the_root_is_the_same_command() -> None:
    asked = [
        subprocess.run([sys.executable, *way], check=False, cwd=ROOT, capture_output=True, text=True)
        for way in (
            ["cli.py", "--help"],
            ["-c", "from ledger.commands import main; main()", "--help"],
        )
    ]
    assert [done.returncode for done in asked] == [0, 0]
    assert asked[0].stdout.splitlines()[2:] == asked[1].stdout.splitlines()[2:]
