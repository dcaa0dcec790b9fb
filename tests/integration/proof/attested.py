"""A ledger with everything that a verification looks at, for tests that change it behind its back."""

from __future__ import annotations

from pathlib import Path

from ledger.bootstrap.proving import change_signing_key, go_on_under_new_origin
from ledger.bootstrap.timestamping import attach_timestamp, pin_authority, request_timestamp
from ledger.bootstrap.witnessing import keep_policy
from ledger.proof.archive import SignedCheckpoint
from tests.integration.proof.authorities import LocalAuthority
from tests.integration.proof.desk import grow, issue
from tests.integration.usecases.workbench import Workbench, make_workbench
from tests.unit.proof.made_packs import MadeWitness

WITNESS = MadeWitness("temoin.example")


def make_attested(folder: Path) -> Workbench:
    """
    Make a ledger in a file with more than a tile of records, of which one person's data were destroyed.

    It signed two checkpoints, changed its key, signed again, and goes on under a second origin. A witness of its policy
    cosigned one checkpoint under each origin, and an authority stamped them.
    """
    bench = make_workbench(folder / "ledger")
    bench.authority()
    person = bench.person()
    done = bench.procedure(person)
    issue(bench)
    bench.resolve(done)
    grow(bench, 300)
    retention = bench.ledger.retention.run(bench.command(bench.job)).done
    assert retention is not None
    assert retention.destroyed == 1
    log = bench.ledger.archive.verifier_keys()[0]
    policy = f"log {log}\nwitness temoin {WITNESS.key}\nquorum temoin\n"
    keep_policy(bench.ledger, bench.command(bench.delegate), policy)
    authority = LocalAuthority(folder / "authority")
    pin_authority(bench.ledger, bench.command(bench.delegate), authority.root)
    issue(bench)
    _attest(bench, authority)
    change_signing_key(bench.ledger, bench.command(bench.delegate), is_lost=False, why="essai")
    bench.procedure(person)
    issue(bench)
    go_on_under_new_origin(bench.ledger, bench.command(bench.delegate), why="essai")
    _attest(bench, authority)
    return bench


def _attest(bench: Workbench, authority: LocalAuthority) -> None:
    """Have the last checkpoint cosigned and stamped."""
    last = bench.ledger.archive.latest()
    assert isinstance(last, SignedCheckpoint)
    line = WITNESS.cosign(last.note.text)
    bench.ledger.archive.attach_cosignature(last.checkpoint.origin, last.checkpoint.size, line)
    attach_timestamp(bench.ledger, authority.answer(request_timestamp(bench.ledger, size=None).content))
