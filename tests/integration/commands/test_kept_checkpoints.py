"""`ledger proof checkpoints` and `show`: what was signed, who else signed it, when it is said to have existed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.proof.notes import check_note
from tests.integration.commands.shell import Shell, staffed
from tests.integration.commands.test_witnesses import asked, witness
from tests.integration.proof.authorities import LocalAuthority


def test_where_nothing_was_signed_that_is_said(anywhere: Shell) -> None:
    staffed(anywhere)
    assert anywhere.ok("proof", "checkpoints").rows == []
    assert "Rien n’a jamais été signé." in anywhere.run("proof", "checkpoints").err
    assert anywhere.refused(4, "proof", "show", "3") == "NOTHING_SIGNED"


def test_each_checkpoint_is_listed_as_it_was_signed(anywhere: Shell) -> None:
    staffed(anywhere)
    signed = []
    for _ in range(3):
        anywhere.ok("agent", "list")
        signed.append(anywhere.ok("proof", "checkpoint").row)
    rows = anywhere.ok("proof", "checkpoints").rows
    told = ("origin", "size", "root", "issued_at", "why")
    assert [[row[name] for name in told] for row in rows] == [[row[name] for name in told] for row in signed]
    assert [(row["cosigned"], row["timestamps"]) for row in rows] == [([], [])] * 3
    assert anywhere.ok("proof", "checkpoints", "--last", "2").rows == rows[1:]
    for row in signed:
        shown = anywhere.ok("proof", "show", str(row["size"])).row
        assert {name: shown[name] for name in row if name in shown} == row


def test_what_is_shown_is_the_note_and_nothing_else(office: Shell, tmp_path: Path) -> None:
    note, size = (office.ok("proof", "checkpoint").row[name] for name in ("note", "size"))
    target = tmp_path / "checkpoint.txt"
    assert office.run("proof", "show", str(size)).out == note
    office.ok("proof", "show", str(size), "--to", str(target))
    assert target.read_text(encoding="utf-8") == note
    key = office.ok("proof", "log-key").row["verifier_key"]
    assert office.ok("proof", "verify", "--from", str(target), "--log-key", key).row["since"] == size


def test_witnesses_and_timestamps_are_named_with_the_checkpoint_that_they_are_over(
    office: Shell, tmp_path: Path
) -> None:
    key = witness(office, tmp_path / "temoin")
    size = office.ok("proof", "checkpoint").row["size"]
    office.ok("witness", "cosign", str(tmp_path / "temoin"), str(asked(office, tmp_path)))
    answer = str(tmp_path / "demande.txt.cosignature")
    kept = office.ok("proof", "attach-cosignature", answer, "--witness-key", key).row
    authority = LocalAuthority(tmp_path / "authority")
    (tmp_path / "root.pem").write_bytes(authority.root)
    office.ok("proof", "timestamp", "authority", str(tmp_path / "root.pem"))
    office.ok("proof", "timestamp", "request", str(tmp_path / "asked.tsq"))
    (tmp_path / "answer.tsr").write_bytes(authority.answer((tmp_path / "asked.tsq").read_bytes()))
    stamped = office.ok("proof", "timestamp", "attach", str(tmp_path / "answer.tsr")).row
    office.ok("proof", "checkpoint")
    first, last = office.ok("proof", "checkpoints").rows
    assert first["size"] == size
    assert first["cosigned"] == [{"witness": "prefecture.example/temoin", "at": kept["at"]}]
    assert first["timestamps"] == [{"authority": "CN=Horodatage essai", "at": stamped["at"]}]
    assert (last["cosigned"], last["timestamps"]) == ([], [])
    table = office.run("proof", "checkpoints").out
    assert "prefecture.example/temoin" in table
    assert "Horodatage essai" in table
    note = office.ok("proof", "show", str(size)).row["note"]
    assert check_note(note, verifier_key=key), "the witness's signature goes with it"
    assert check_note(note, verifier_key=office.ok("proof", "log-key").row["verifier_key"])


def test_an_origin_is_named_by_the_end_of_its_name(office: Shell) -> None:
    before = office.ok("proof", "checkpoint").row
    after = office.ok("proof", "new-origin", "--reason", "essai").row
    assert after["origin"] != before["origin"]
    sizes = {
        name: [row["size"] for row in office.ok("proof", "checkpoints", "--origin", name).rows]
        for name in ("e1", "e2", before["origin"])
    }
    assert sizes == {"e1": [before["size"]], "e2": [after["size"]], before["origin"]: [before["size"]]}
    assert [row["size"] for row in office.ok("proof", "checkpoints").rows] == [before["size"], after["size"]]
    assert office.refused(4, "proof", "checkpoints", "--origin", "e7") == "ORIGIN_UNKNOWN"
    assert office.refused(4, "proof", "show", str(before["size"])) == "CHECKPOINT_UNKNOWN", "it is under e1"
    assert office.ok("proof", "show", str(before["size"]), "--origin", "e1").row["note"] == before["note"]


def test_an_archive_that_is_lost_is_not_taken_for_an_empty_one(office: Shell) -> None:
    size = office.ok("proof", "checkpoint").row["size"]
    (office.home / "keys" / "proof.sqlite3").unlink()
    assert office.refused(7, "proof", "checkpoints") == "ARCHIVE_ABSENT"
    assert office.refused(7, "proof", "show", str(size)) == "ARCHIVE_ABSENT"


@pytest.mark.parametrize(("table", "flaw"), [("cosignatures", "NOTE_FORGED"), ("tokens", "TIMESTAMP_MALFORMED")])
def test_what_is_neither_a_cosignature_nor_a_timestamp_is_told(office: Shell, table: str, flaw: str) -> None:
    size = office.ok("proof", "checkpoint").row["size"]
    rows = {
        "cosignatures": (1, size, "temoin.example", b"abcd", b"altered"),
        "tokens": (1, size, b"digest", b"altered"),
    }
    with closing(sqlite3.connect(office.home / "keys" / "proof.sqlite3")) as archive, archive:
        marks = ", ".join("?" * len(rows[table]))
        archive.execute(f"INSERT INTO {table} VALUES ({marks})", rows[table])
    assert office.refused(7, "proof", "checkpoints") == flaw
