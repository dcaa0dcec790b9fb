"""Witnesses by files, from the request to the policy that is met; and what they are told when something is wrong."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.commands.shell import Shell, staffed
from tests.integration.proof.authorities import LocalAuthority


def witness(shell: Shell, folder: Path, *, name: str = "prefecture.example/temoin") -> str:
    """Make a witness that follows the ledger, and give its key."""
    key: str = shell.ok("witness", "init", str(folder), "--name", name).row["verifier_key"]
    for row in shell.ok("proof", "log-key").rows:
        shell.ok("witness", "trust", str(folder), row["verifier_key"])
    return key


def asked(shell: Shell, folder: Path, *more: str) -> Path:
    file = folder / "demande.txt"
    shell.ok("proof", "request-cosignature", "--to", str(file), *more)
    return file


def test_a_checkpoint_goes_to_a_witness_and_back(office: Shell, tmp_path: Path) -> None:
    key = witness(office, tmp_path / "temoin")
    first = office.ok("proof", "checkpoint").row
    file = asked(office, tmp_path)
    signed = office.ok("witness", "cosign", str(tmp_path / "temoin"), str(file)).row
    assert (signed["size"], signed["origin"], signed["continuity"]) == (first["size"], first["origin"], "first")
    answer = signed["answer"]
    assert office.refused(9, "proof", "attach-cosignature", answer) == "NO_WITNESS_KNOWN"
    kept = office.ok("proof", "attach-cosignature", answer, "--witness-key", key).row
    assert (kept["witness"], kept["size"]) == ("prefecture.example/temoin", first["size"])
    office.ok("agent", "list")
    office.ok("proof", "checkpoint")
    row = office.ok("proof", "request-cosignature", "--witness", "prefecture.example/temoin").row
    assert row["old"] == first["size"], "where this witness stands is known from its answer"
    assert office.ok("proof", "request-cosignature", "--witness", "somebody.example").row["old"] == 0
    file = asked(office, tmp_path)
    assert office.ok("witness", "cosign", str(tmp_path / "temoin"), str(file)).row["continuity"] == "grown"
    [shown] = office.ok("witness", "show", str(tmp_path / "temoin")).rows
    assert (shown["verifier_key"], shown["size"]) == (key, row["size"])


def test_a_policy_is_kept_and_says_how_far_it_is_met(office: Shell, tmp_path: Path) -> None:
    assert office.refused(4, "proof", "policy") == "POLICY_ABSENT"
    keys = [witness(office, tmp_path / name, name=f"{name}.example") for name in ("a", "b")]
    log = office.ok("proof", "log-key").row["verifier_key"]
    file = tmp_path / "politique.txt"
    file.write_text(f"log {log}\nwitness a {keys[0]}\nwitness b {keys[1]}\ngroup both all a b\nquorum both\n")
    size = office.ok("proof", "checkpoint").row["size"]
    assert office.refused(3, "proof", "policy", str(file), "--keep", who="bob") == "ROLE_NOT_ALLOWED"
    assert office.ok("proof", "policy", str(file), "--keep").row["met_size"] == 0
    for number, name in enumerate(("a", "b")):
        request = asked(office, tmp_path, "--since", "0")
        office.ok("witness", "cosign", str(tmp_path / name), str(request))
        office.ok("proof", "attach-cosignature", f"{request}.cosignature")
        assert office.ok("proof", "policy").row["met_size"] == (size if number else 0)
    file.write_text("quorum c\n")
    assert office.refused(2, "proof", "policy", str(file), "--keep") == "POLICY_NAME_UNKNOWN"
    assert office.ok("proof", "policy").row["quorum"] == "both"


def test_a_witness_that_holds_another_size_says_so_in_its_answer(office: Shell, tmp_path: Path) -> None:
    key = witness(office, tmp_path / "temoin")
    size = office.ok("proof", "checkpoint").row["size"]
    office.ok("witness", "cosign", str(tmp_path / "temoin"), str(asked(office, tmp_path)))
    office.ok("agent", "list")
    office.ok("proof", "checkpoint")
    file = asked(office, tmp_path)  # the answer never came back
    assert office.refused(5, "witness", "cosign", str(tmp_path / "temoin"), str(file)) == "OTHER_SIZE_HELD"
    answer = f"{file}.cosignature"
    assert Path(answer).read_text(encoding="utf-8") == f"{size}\n"
    assert office.refused(5, "proof", "attach-cosignature", answer, "--witness-key", key) == "OTHER_SIZE_HELD"
    file = asked(office, tmp_path, "--since", str(size))
    office.ok("witness", "cosign", str(tmp_path / "temoin"), str(file))
    office.ok("proof", "attach-cosignature", answer, "--witness-key", key)
    assert office.refused(4, "proof", "request-cosignature", "--since", "9999") == "SIZE_NOT_IN_LOG"


def test_a_ledger_that_came_back_is_cosigned_once_a_person_accepts_the_loss(office: Shell, tmp_path: Path) -> None:
    key = witness(office, tmp_path / "temoin")
    office.ok("proof", "checkpoint")
    office.ok("backup", str(tmp_path / "backup"))
    office.ok("agent", "list")
    held = office.ok("proof", "checkpoint").row["size"]
    file = asked(office, tmp_path)
    office.ok("witness", "cosign", str(tmp_path / "temoin"), str(file))
    office.ok("proof", "attach-cosignature", f"{file}.cosignature", "--witness-key", key)
    office.ok("restore", str(tmp_path / "backup"), "--accept-loss")
    file = asked(office, tmp_path)
    given = ("witness", "cosign", str(tmp_path / "temoin"), str(file))
    assert office.refused(3, *given) == "RECORDS_MAY_BE_LOST"
    assert office.ok(*given, "--accept-loss").row["continuity"] == "records-lost"
    office.ok("proof", "attach-cosignature", f"{file}.cosignature", "--witness-key", key)
    assert len(list((tmp_path / "temoin" / "evidence").iterdir())) == 2
    size = office.ok("proof", "new-origin", "--reason", "essai").row["size"]
    row = office.ok("witness", "cosign", str(tmp_path / "temoin"), str(asked(office, tmp_path))).row
    assert (row["continuity"], row["size"]) == ("new-origin", size)
    assert held > 0


def test_a_log_that_was_put_back_unseen_is_refused_with_evidence(office: Shell, tmp_path: Path) -> None:
    witness(office, tmp_path / "temoin")
    shutil.copytree(office.home, tmp_path / "copy")
    for home, word in ((office.home, "un"), (tmp_path / "copy", "deux")):
        office.home = home
        office.ok("proof", "checkpoint")
        office.ok("agent", "list")
        if word == "deux":
            office.ok("agent", "list")
        office.ok("proof", "checkpoint")
        file = tmp_path / f"{word}.txt"
        office.ok("proof", "request-cosignature", "--to", str(file), "--since", "0")
    office.ok("witness", "cosign", str(tmp_path / "temoin"), str(tmp_path / "un.txt"))
    code = office.refused(5, "witness", "cosign", str(tmp_path / "temoin"), str(tmp_path / "deux.txt"))
    assert code == "OTHER_SIZE_HELD", "it can't show where it goes on from"
    held = office.ok("witness", "show", str(tmp_path / "temoin")).row["size"]
    office.ok("proof", "request-cosignature", "--to", str(tmp_path / "deux.txt"), "--since", str(held))
    code = office.refused(7, "witness", "cosign", str(tmp_path / "temoin"), str(tmp_path / "deux.txt"))
    assert code == "GROWTH_NOT_SHOWN"
    [kept] = (tmp_path / "temoin" / "evidence").iterdir()
    assert "GROWTH_NOT_SHOWN" in kept.read_text(encoding="utf-8")


def test_an_answer_of_somebody_else_or_for_another_ledger_is_not_kept(office: Shell, tmp_path: Path) -> None:
    key = witness(office, tmp_path / "temoin")
    stranger = witness(office, tmp_path / "autre", name="autre.example")
    office.ok("proof", "checkpoint")
    file = asked(office, tmp_path)
    office.ok("witness", "cosign", str(tmp_path / "autre"), str(file))
    given = ("proof", "attach-cosignature", f"{file}.cosignature", "--witness-key")
    assert office.refused(7, *given, key) == "COSIGNATURE_FITS_NOTHING"
    office.ok(*given, stranger)
    Path(f"{file}.cosignature").write_bytes(Path(f"{file}.cosignature").read_bytes().replace(b"\n", b"\r\n"))
    assert office.refused(2, *given, stranger) == "HAS_OTHER_LINE_ENDS"
    assert office.refused(2, "proof", "attach-cosignature", str(tmp_path / "absent")) == "CARRIED_FILE_UNREADABLE"


@pytest.mark.parametrize("words", [("cosign", "demande.txt"), ("show",), ("trust", "x")])
def test_a_folder_without_a_witness_is_said_to_have_none(office: Shell, tmp_path: Path, words: tuple[str, ...]) -> None:
    office.ok("proof", "checkpoint")
    file = asked(office, tmp_path)
    key = office.ok("proof", "log-key").row["verifier_key"]
    word, *rest = words
    more = [{"demande.txt": str(file), "x": key}[each] for each in rest]
    assert office.refused(4, "witness", word, str(tmp_path / "nowhere"), *more) == "WITNESS_ABSENT"


def test_a_timestamp_goes_by_files(office: Shell, tmp_path: Path) -> None:
    authority = LocalAuthority(tmp_path / "authority")
    pem, query, answer = (tmp_path / name for name in ("autorite.pem", "demande.tsq", "reponse.tsr"))
    pem.write_bytes(authority.root)
    assert office.refused(4, "proof", "timestamp", "request", str(query)) == "NOTHING_SIGNED"
    size = office.ok("proof", "checkpoint").row["size"]
    assert office.refused(2, "proof", "timestamp", "request") == "TIMESTAMP_FILE_NEEDED"
    office.ok("proof", "timestamp", "request", str(query))
    answer.write_bytes(authority.answer(query.read_bytes()))
    assert office.refused(9, "proof", "timestamp", "attach", str(answer)) == "AUTHORITY_ABSENT"
    assert office.refused(3, "proof", "timestamp", "authority", str(pem), who="bob") == "ROLE_NOT_ALLOWED"
    office.ok("proof", "timestamp", "authority", str(pem))
    row = office.ok("proof", "timestamp", "attach", str(answer)).row
    assert (row["size"], row["authority"]) == (size, "CN=Horodatage essai")
    assert office.refused(7, "proof", "timestamp", "attach", str(answer)) == "TIMESTAMP_UNASKED"
    assert office.refused(9, "proof", "timestamp", "online") == "ADDRESS_ABSENT"


@pytest.mark.parametrize("url", ["ftp://example.org/", "file:///etc/passwd", "http://", "7"])
def test_an_address_that_is_none_is_refused(office: Shell, url: str) -> None:
    settings = office.home / "ledger.toml"
    settings.write_text(f'timestamp_url = "{url}"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")
    assert office.refused(9, "proof", "timestamp", "online") == "SETTINGS_INVALID"


def test_staff_that_sign_nothing_see_no_witness(anywhere: Shell, tmp_path: Path) -> None:
    staffed(anywhere)
    witness(anywhere, tmp_path / "temoin")
    assert anywhere.refused(4, "proof", "request-cosignature") == "NOTHING_SIGNED"
    [row] = anywhere.ok("witness", "show", str(tmp_path / "temoin")).rows
    assert row["size"] is None


def test_what_was_attached_is_verified_with_the_policy_and_the_authority_of_the_ledger(
    office: Shell, tmp_path: Path
) -> None:
    key = witness(office, tmp_path / "temoin")
    policy, pem, query, answer = (tmp_path / name for name in ("politique.txt", "a.pem", "q.tsq", "r.tsr"))
    policy.write_text(f"witness t {key}\nquorum t\n")
    office.ok("proof", "policy", str(policy), "--keep")
    authority = LocalAuthority(tmp_path / "authority")
    pem.write_bytes(authority.root)
    office.ok("proof", "timestamp", "authority", str(pem))
    office.ok("proof", "checkpoint")
    office.ok("witness", "cosign", str(tmp_path / "temoin"), str(asked(office, tmp_path)))
    office.ok("proof", "attach-cosignature", str(tmp_path / "demande.txt.cosignature"))
    office.ok("proof", "timestamp", "request", str(query))
    answer.write_bytes(authority.answer(query.read_bytes()))
    office.ok("proof", "timestamp", "attach", str(answer))
    row = office.ok("proof", "verify").row
    assert (row["cosignatures"], row["cosignatures_unchecked"]) == (1, 0)
    assert (row["timestamps"], row["timestamps_unchecked"]) == (1, 0)
    _nobody_here_can_check(office)
    with closing(sqlite3.connect(office.home / "keys" / "proof.sqlite3")) as archive, archive:
        archive.execute("UPDATE cosignatures SET signature = zeroblob(72)")
    assert office.refused(7, "proof", "verify") == "SIGNED_OTHERWISE"
    with closing(sqlite3.connect(office.home / "keys" / "proof.sqlite3")) as archive, archive:
        archive.execute("DELETE FROM cosignatures")
    office.ok("proof", "verify")
    pem.write_bytes(LocalAuthority(tmp_path / "another", name="autre").root)
    office.ok("proof", "timestamp", "authority", str(pem))
    assert office.refused(7, "proof", "verify") == "SIGNED_OTHERWISE"


def _nobody_here_can_check(office: Shell) -> None:
    """See that what was counted only is said, where the files are away that say who signed."""
    files = [office.home / name for name in ("policy.txt", "timestamp-authority.pem")]
    for file in files:
        file.rename(file.with_suffix(".away"))
    row = office.ok("proof", "verify").row
    assert (row["cosignatures_unchecked"], row["timestamps_unchecked"]) == (1, 1)
    said = office.run("proof", "verify").err
    assert "1 signatures de témoins n’ont pas été vérifiées" in said
    assert "1 horodatages n’ont pas été vérifiés" in said
    for file in files:
        file.with_suffix(".away").rename(file)
