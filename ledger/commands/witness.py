"""`ledger witness`: for another body, which signs what a ledger says of itself; no ledger is needed here."""

from __future__ import annotations

from pathlib import Path

import click

from ledger.commands._context import Session
from ledger.commands._words import Noun, argument, option
from ledger.translation import mark

command = Noun(
    "witness",
    help=mark(
        "Be a witness of ledgers that others run: sign their checkpoints, once each is seen to go on from the last.\n\n"
        "It is for a body that does not run the ledger: a prefecture, a data protection officer on a machine of their "
        "own. It needs no ledger and no network, only the files that it is given."
    ),
)
_FOLDER = argument("folder", type=click.Path(path_type=Path), metavar=mark("FOLDER"))
_SUFFIX = ".cosignature"
_GIVE = mark("Give this key to whoever checks the ledgers, by a way that they trust.")


@command.verb(
    "init",
    help=mark(
        "Make a witness in a folder, with a key of its own, and print the key that checks its signatures.\n\n"
        "The folder is the witness: keep it on a machine that the ledger's administrators don't have. A copy that is "
        "put back makes it forget what it signed."
    ),
    examples=("ledger witness init ~/temoin --name prefecture-53.example/temoin",),
)
@_FOLDER
@option("--name", "key_name", required=True, metavar=mark("NAME"), help=mark("The name in its key; no blanks."))
def init(session: Session, folder: Path, key_name: str) -> None:
    """Make a witness."""
    from ledger.proof.witness import Witness
    from ledger.rules.personal_numbers import screen_note

    screen_note(key_name)  # it stands on every note that the witness signs
    key = Witness(folder).create(key_name)
    session.output.done("{verifier_key}", verifier_key=str(key))
    session.output.say(_GIVE)


@command.verb(
    "trust",
    help=mark(
        "Follow a ledger, by a key that `ledger proof log-key` prints there; or take another key of one that is "
        "followed.\n\nTake a key only from somebody who can answer for it: whoever has it can sign in the ledger's "
        "name. One key holds for all origins of its ledger."
    ),
    examples=("ledger witness trust ~/temoin 8f14e45fceea167a5a36dedd4bea2543/e1+1c8b6d2f+ARq...",),
)
@_FOLDER
@argument("keys", nargs=-1, required=True, metavar=mark("KEY..."))
def trust(session: Session, folder: Path, keys: tuple[str, ...]) -> None:
    """Follow a log."""
    from ledger.proof.notes import VerifierKey, ledger_of
    from ledger.proof.witness import Witness

    read = [VerifierKey.parse(key) for key in keys]
    for key in read:
        new = Witness(folder).trust(key)
        session.output.done(
            mark("The ledger {ledger} is followed with this key."), ledger=ledger_of(key.name),
            verifier_key=str(key), repeated=not new,
        )  # fmt: skip


@command.verb(
    "cosign",
    help=mark(
        "Sign the checkpoints of requests, each once it is seen to go on from the last one of its ledger.\n\n"
        "Each answer is written beside its request, in a file with the same name and .cosignature. Where the ledger "
        "put its record back, or shows two histories, nothing is signed, both are kept in the folder evidence, and the "
        "code is 7. Where records may be lost under a new origin, a person decides: code 3, then --accept-loss. It "
        "stops at the first request that is refused."
    ),
    examples=(
        "ledger witness cosign ~/temoin /media/usb/demande.txt",
        "ledger witness cosign ~/temoin /media/usb/demande.txt --accept-loss",
    ),
)
@_FOLDER
@argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar=mark("FILE..."))
@option("--accept-loss", is_flag=True, help=mark("Take it that records were lost, as the controller answers for."))
def cosign(session: Session, folder: Path, files: tuple[Path, ...], accept_loss: bool) -> None:
    """Cosign checkpoints."""
    from ledger.proof.carried import read_carried, write_carried
    from ledger.proof.cosigning import CosignatureRequest, WitnessAnswer
    from ledger.proof.following import OtherSizeHeld
    from ledger.proof.witness import Witness

    witness = Witness(folder)
    for file in files:
        request = CosignatureRequest.parse(read_carried(file))
        target = file.with_name(file.name + _SUFFIX)
        try:
            done = witness.cosign(request, at=session.now(), accepts_loss=accept_loss)
        except OtherSizeHeld as other:
            write_carried(target, str(WitnessAnswer(size=int(str(other.details["size"])))))
            raise
        write_carried(target, str(WitnessAnswer((done.signature,))))
        session.output.done(
            mark("Signed: {size} records, under the origin {origin} ({continuity}); the answer is {answer}."),
            size=done.checkpoint.size, origin=done.checkpoint.origin, continuity=done.continuity, answer=str(target),
        )  # fmt: skip


@command.verb(
    "show",
    help=mark(
        "Show the key of a witness, and the ledgers that it follows, with the checkpoint that it holds of each.\n\n"
        "The key is what whoever checks the ledgers needs."
    ),
    examples=("ledger witness show ~/temoin",),
)
@_FOLDER
def show(session: Session, folder: Path) -> None:
    """Show a witness."""
    from ledger.commands._output import Column
    from ledger.proof.witness import Witness

    witness = Witness(folder)
    key, followed = witness.key(), witness.followed()
    columns = [
        Column("verifier_key", mark("Key that checks"), for_people=False), Column("ledger", mark("Ledger")),
        Column("origin", mark("Origin"), for_people=False), Column("size", mark("Over")),
        Column("cosigned_at", mark("Signed")), Column("keys", mark("Its keys"), for_people=False),
    ]  # fmt: skip
    rows = []
    for each in followed:
        held = each.checkpoint
        rows.append(
            {
                "verifier_key": str(key),
                "ledger": each.ledger,
                "origin": held.origin if held else None,
                "size": held.size if held else None,
                "cosigned_at": each.cosigned_at,
                "keys": [str(one) for one in each.keys],
            }
        )
    if session.output.for_people:
        session.output.verbatim(str(key))
    session.output.listing(columns, rows or ([] if session.output.for_people else [{"verifier_key": str(key)}]))
