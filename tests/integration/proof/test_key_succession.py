"""The signing key changes on record, named by the key before where that is there; nothing old becomes uncheckable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.bootstrap.proving import change_signing_key, keys_of
from ledger.errors import Conflict
from ledger.policies.refusals import OtherRole
from ledger.proof.notes import Note, check_note_by
from ledger.proof.signing import SigningKeyAbsent
from ledger.usecases.proof.origins import DecisionUnexplained
from tests.integration.proof.desk import DEMAND, grow, issue, reopened
from tests.integration.proof.followers import Follower
from tests.integration.usecases.workbench import Workbench


def test_the_key_before_names_the_new_one_and_both_sign(bench: Workbench) -> None:
    ledger, name = bench.ledger, bench.ledger.settings.ledger_id.hex
    issue(bench)
    old = ledger.signer.verifier_key()
    change, repeated = change_signing_key(ledger, bench.command(bench.delegate), is_lost=False, why="annuel")
    assert not repeated
    assert change.note.text == f"ledger/1 key succession\n{name}\n{old}\n{ledger.signer.verifier_key()}\n"
    assert change.old is not None
    assert change.note.signed_by(change.old) is not None
    assert change.note.signed_by(change.new) is not None
    [recorded] = ledger.log.at([ledger.log.size()])
    assert (recorded.header.topic, recorded.header.decision) == ("origin.signing-key-rotated.1", "SIGNED")
    assert [key.succession for key in ledger.archive.signing_keys()] == [None, change.note]


def test_checkpoints_go_on_under_the_same_origin_with_the_new_key(bench: Workbench) -> None:
    follower = Follower()
    for _ in range(3):
        follower.follow(bench.ledger, bench.ledger.issuer.issue(DEMAND, at=bench.clock.now()))
        change_signing_key(bench.ledger, bench.command(bench.delegate), is_lost=False, why="essai")
        reopened(bench)
    signed = bench.ledger.issuer.issue(DEMAND, at=bench.clock.now())
    follower.follow(bench.ledger, signed)
    assert [signed.note.signed_by(key) is None for key in bench.ledger.archive.verifier_keys()] == [True] * 3 + [False]
    assert len(bench.ledger.archive.key_uses()) == 4


def test_a_lost_key_is_followed_by_one_that_nothing_but_the_record_leads_to(bench: Workbench) -> None:
    issue(bench)
    receipt = bench.ledger.signer.sign("a receipt\n")
    (bench.ledger.locations.keys_folder / "signing.key").unlink()
    with pytest.raises(SigningKeyAbsent):
        change_signing_key(bench.ledger, bench.command(bench.delegate), is_lost=False, why="essai")
    change, _ = change_signing_key(bench.ledger, bench.command(bench.delegate), is_lost=True, why="disque perdu")
    assert not change.is_signed_by_old
    assert change.old is not None
    assert change.note.signed_by(change.old) is None
    [recorded] = bench.ledger.log.at([bench.ledger.log.size()])
    assert recorded.header.decision == "UNSIGNED"
    assert check_note_by(receipt, keys_of(bench.ledger)) == "a receipt\n", "its public half is in the archive"
    grow(bench)
    assert issue(bench) == bench.ledger.log.size()


def test_a_key_that_was_put_in_place_by_somebody_does_not_sign_the_succession(bench: Workbench) -> None:
    issue(bench)
    (bench.ledger.locations.keys_folder / "signing.key").unlink()
    bench.ledger.signer.create(bench.ledger.settings.ledger_id.hex)
    change, _ = change_signing_key(bench.ledger, bench.command(bench.delegate), is_lost=False, why="essai")
    assert not change.is_signed_by_old
    assert len(Note.parse(str(change.note)).signatures) == 1


def test_who_decides_changes_it_once_and_says_why(bench: Workbench) -> None:
    issue(bench)
    with pytest.raises(OtherRole):
        change_signing_key(bench.ledger, bench.command(bench.agent), is_lost=False, why="essai")
    with pytest.raises(DecisionUnexplained):
        change_signing_key(bench.ledger, bench.command(bench.delegate), is_lost=False, why=" ")
    command = bench.command(bench.delegate, request=b"rotate")
    first, _ = change_signing_key(bench.ledger, command, is_lost=False, why="essai")
    again, repeated = change_signing_key(bench.ledger, command, is_lost=False, why="essai")
    assert (again, repeated) == (first, True)
    with pytest.raises(Conflict):
        change_signing_key(bench.ledger, replace(command, request=b"other"), is_lost=False, why="essai")
    assert len(bench.ledger.archive.signing_keys()) == 2


def test_a_key_that_never_signed_can_be_changed_too(bench: Workbench) -> None:
    change, _ = change_signing_key(bench.ledger, bench.command(bench.delegate), is_lost=False, why="essai")
    assert change.is_signed_by_old
    assert issue(bench) == bench.ledger.log.size()
