"""The paper of a mandate: where it goes, and where it does not."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.integration.commands.shell import FILE, Shell, mandated, opened


@pytest.fixture
def mandate(office: Shell) -> str:
    return mandated(office, opened(office))


def test_a_mandate_is_printed_to_a_new_file_for_its_owner_only(office: Shell, mandate: str, tmp_path: Path) -> None:
    file = tmp_path / "mandat.pdf"
    said = office.run("--as", "bob", "mandate", "print", mandate, "--to", str(file))
    assert said.code == 0
    assert said.out == ""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    pages = PdfReader(io.BytesIO(file.read_bytes())).pages
    assert len(pages) == 2
    for number, page in enumerate(pages, start=1):
        text = page.extract_text().replace("\N{NO-BREAK SPACE}", " ")
        assert f"Exemplaire n° {number} sur 2" in text
        assert "Aline" in text
        assert "31/12/1980" in text


def test_a_file_that_is_there_is_left_as_it_is(office: Shell, mandate: str, tmp_path: Path) -> None:
    file, link = tmp_path / "letter.txt", tmp_path / "link.pdf"
    file.write_text("mine")
    link.symlink_to(tmp_path / "nowhere")
    for place in (file, link, office.home / "events.sqlite3"):
        assert office.refused(2, "mandate", "print", mandate, "--to", str(place), who="bob") == "FILE_THERE"
    assert file.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_mandate_is_printed_as_text(office: Shell, mandate: str) -> None:
    said = office.run("--as", "bob", "mandate", "print", mandate, "--text")
    assert said.code == 0
    assert said.out.count("MANDAT\n") == 2
    assert "Aline" in said.out


def test_a_paper_printed_before_the_identity_check_leaves_its_means_to_tick(office: Shell) -> None:
    case = opened(office)
    drafted = office.ok("mandate", "draft", "--person", case.subject, "--act", FILE, "--days", "31", who="bob")
    reference = drafted.row["mandate"]

    before = office.run("--as", "bob", "mandate", "print", reference, "--text").out
    assert "[ ] passeport" in before
    office.ok("mandate", "verify-identity", reference, "--person", case.subject, "--method", "passport", who="bob")
    after = office.run("--as", "bob", "mandate", "print", reference, "--text").out
    assert ") : passeport." in after.replace("\N{NO-BREAK SPACE}", " ")
    assert "[ ] passeport" not in after


def test_the_paper_of_a_mandate_that_ended_says_so(office: Shell, mandate: str) -> None:
    live = " ".join(office.run("--as", "bob", "mandate", "print", mandate, "--text").out.split())
    assert "MANDAT TERMINÉ" not in live
    assert "Dernier jour de validité" in live
    office.ok("mandate", "revoke", mandate, who="bob")
    ended = " ".join(office.run("--as", "bob", "mandate", "print", mandate, "--text").out.split())
    assert ended.count("MANDAT TERMINÉ le ") == 2
    assert "Dernier jour de validité" not in ended


def test_the_paper_of_a_void_mandate_says_so(office: Shell) -> None:
    case = opened(office)
    drafted = office.ok("mandate", "draft", "--person", case.subject, "--act", FILE, "--days", "31", who="bob")
    office.ok("mandate", "void", drafted.row["mandate"], "--reason", "wrong-content", who="bob")
    said = office.run("--as", "bob", "mandate", "print", drafted.row["mandate"], "--text").out
    assert said.count("MANDAT NUL") == 2


def test_printing_is_in_the_journal_of_the_person(office: Shell, mandate: str) -> None:
    subject = office.ok("mandate", "show", mandate, who="bob").row["persons"][0]
    office.run("--as", "bob", "mandate", "print", mandate, "--text")
    looks = [row["look"] for row in office.ok("audit", "subject", subject, who="dora").rows]
    assert looks.count("identity") == 1
