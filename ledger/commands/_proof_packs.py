"""`ledger proof`: receipts for people, and packs for auditors."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.commands._context import Session
from ledger.commands._moments import Day
from ledger.commands._proof_noun import command
from ledger.commands._words import argument, option
from ledger.errors import Invalid, NotFound
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from ledger.proof.notes import VerifierKey
    from ledger.proof.receipt import Receipt
    from ledger.store.header import Header


class ReceiptUnread(NotFound):
    """There is no receipt to read."""

    sentence = mark("The receipt can't be read.")
    advice = mark("Check the name of the file; a receipt ends with .tlog-proof.")


class KeyNotGiven(Invalid):
    """Nobody said whose signature is to be trusted."""

    sentence = mark("With which key was this to be signed? None was given.")
    advice = mark("Give the key that the ledger publishes with --log-key; `ledger proof log-key` prints it there.")


class PackPeriodReversed(Invalid):
    """The period ends before it begins."""

    sentence = mark("The period ends before it begins.")
    advice = mark("Give the first day, then the last one.")


_FOR_PEOPLE = mark(
    """WHAT THIS IS

Beside this page is a receipt ({file}): a proof that this record is in the ledger of the France Services house, and
that it can't be changed or taken out unseen any more.

    Position: {position}, among {size} records
    Recorded: {recorded_at}
    What: {what}

It holds no name and nothing of your case: these are sealed. Keep the file as it is; you need nobody to check it:

    python3 verify.py {file} --log-key KEY

KEY is the public key that the ledger publishes; ask the house, or the data protection officer, for it. verify.py is
part of the program of the ledger, which anybody may have; any other that reads https://c2sp.org/tlog-proof will do.

It proves what was recorded and when in the order of the ledger. It does not prove that what was typed was true.
"""
)


@command.verb(
    "receipt",
    help=mark(
        "Prove that one record is in the log: a receipt that one can hand to the person whose mandate it is.\n\n"
        "It is a text that needs nothing else to be checked (C2SP tlog-proof): the record, the way from it to the root "
        "of the tree, and the checkpoint with the signatures of witnesses. With --to, a page that explains it is made "
        "beside it. There is no name in it; `ledger audit trail` shows the positions."
    ),
    examples=("ledger proof receipt 42", "ledger proof receipt 42 --to mandate.tlog-proof"),
)
@argument("position", type=click.IntRange(min=1), metavar=mark("POSITION"), help=mark("The position of the record."))
@option(
    "--to", "-o", "target", type=click.Path(path_type=Path), metavar=mark("FILE"),
    help=mark("Write the receipt into this new file, and what it is beside it."),
)  # fmt: skip
def receipt(session: Session, position: int, target: Path | None) -> None:
    """Make a receipt."""
    from ledger.bootstrap.packing import receipt_at

    made, header = receipt_at(session.ledger, position, at=session.at)
    if target is not None:
        _write(target, made, _page(session, made, header, target.name))
    if session.output.for_people and target is None:
        session.output.verbatim(str(made).removesuffix("\n"))  # what writes it ends the line
    else:
        session.output.done(mark("Receipt made for position {position}."), position=position, receipt=str(made))


def _page(session: Session, made: Receipt, header: Header, file: str) -> str:
    from ledger.commands._counts import WORDS

    what = WORDS.get(header.topic.rpartition(".")[0])
    return translate(_FOR_PEOPLE).format(
        file=file,
        position=made.index + 1,
        size=made.checkpoint.size,
        recorded_at=session.output.words(header.recorded),
        what=header.topic if what is None else translate(what),
    )


def _write(target: Path, made: Receipt, page: str) -> None:
    from ledger.proof.carried import CarriedFileThere, is_taken, write_new

    explanation = target.with_suffix(".txt")
    if explanation == target or is_taken(explanation):
        raise CarriedFileThere
    write_new(target, str(made))
    write_new(explanation, page)


@command.verb(
    "check",
    help=mark(
        "Check a receipt, offline, with the key that you know.\n\n"
        "Without --log-key, the keys of the ledger at hand are taken. The code is 7 where it is not genuine."
    ),
    examples=("ledger proof check mandate.tlog-proof --log-key KEY",),
)
@argument("file", type=click.Path(path_type=Path), metavar=mark("FILE"), help=mark("The receipt."))
@option("--log-key", "log_keys", multiple=True, metavar=mark("KEY"), help=mark("A public key of the log."))
def check(session: Session, file: Path, log_keys: tuple[str, ...]) -> None:
    """Check a receipt."""
    from ledger.bootstrap.packing import check_receipt
    from ledger.limits import NOTE_BYTES
    from ledger.proof.receipt import Receipt

    try:
        with file.open("rb") as source:
            found = Receipt.parse(source.read(NOTE_BYTES + 1))
    except OSError:
        raise ReceiptUnread from None
    key = check_receipt(found, _keys(session, log_keys))
    session.output.done(
        mark("Genuine: position {position} of {size}, under the origin {origin}; signed with {log_key}."),
        position=found.index + 1, size=found.checkpoint.size, origin=found.checkpoint.origin, log_key=str(key),
        record=found.entry.decode("ascii", "replace"),
    )  # fmt: skip


def _keys(session: Session, given: tuple[str, ...]) -> list[VerifierKey]:
    from ledger.proof.notes import VerifierKey

    if given:
        return [VerifierKey.parse(each) for each in given]
    if session.home_or_none is None or not session.ledger.archive.exists:
        raise KeyNotGiven
    return session.ledger.archive.verifier_keys()


@command.verb(
    "pack",
    help=mark(
        "Write everything that an auditor needs to check the log offline into a new folder.\n\n"
        "The tree and the records, every checkpoint with what witnesses and time-stampers added, the certificates of "
        "destruction, an explanation in French and English, and a program that checks it all with Python alone. Give "
        "the auditor the public key (`ledger proof log-key`) by another way. With --period or --house, the other "
        "records stand as hashes. There is no name in it: what is sealed stays here. It is recorded that it was made."
    ),
    examples=(
        "ledger proof pack /media/audit",
        "ledger proof pack june --period 01/06/2026 30/06/2026",
        "ledger proof pack june-loiron --period 01/06/2026 30/06/2026 --house 1a2b3c4d",
    ),
)
@argument("folder", type=click.Path(path_type=Path), metavar=mark("FOLDER"), help=mark("The folder to make."))
@option(
    "--period", nargs=2, type=Day(), metavar=mark("FIRST LAST"), help=mark("Only what was recorded on these days.")
)  # fmt: skip
@option("--house", metavar=mark("HOUSE"), help=mark("Only this house."))
def pack(session: Session, folder: Path, period: tuple[date, date] | None, house: str | None) -> None:
    """Make a pack."""
    from ledger.aggregates.house import House
    from ledger.bootstrap.packing import Wanted, pack_of
    from ledger.rules.periods import midnight

    wanted = Wanted(house=session.reference(House, house, name="--house") if house else None)
    if period is not None:
        first, last = period
        if last < first:
            raise PackPeriodReversed
        until = midnight(last + timedelta(days=1), session.zone)
        wanted = Wanted(midnight(first, session.zone), until, wanted.house)
    packed = pack_of(
        session.ledger, session.reading(), folder, wanted=wanted,
        progress=lambda done, of: session.output.progress("packed", done, of),
    )  # fmt: skip
    session.output.done(
        mark(
            "Pack made: {shown} of {records} records, {checkpoints} checkpoints, {certificates} certificates of "
            "destruction. Check it with: python3 {program} --log-key KEY"
        ),
        records=packed.records, shown=packed.shown, checkpoints=packed.checkpoints, certificates=packed.certificates,
        program=str(folder / "verify.py"), folder=str(folder),
    )  # fmt: skip
