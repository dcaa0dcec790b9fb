"""`ledger proof`: what witnesses are asked, what they answered, and the policy on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.commands._context import Session
from ledger.commands._proof_noun import command
from ledger.commands._words import argument, option
from ledger.errors import NotFound
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.proof.policy import Policy


class PolicyAbsent(NotFound):
    """No policy is kept with the ledger."""

    sentence = mark("No policy on witnesses is kept with this ledger.")
    advice = mark("Write one, then `ledger proof policy FILE --keep`.")


@command.verb(
    "request-cosignature",
    help=mark(
        "Write the request by which a witness signs the last checkpoint: it goes by stick or mail, as an "
        "attachment.\n\n"
        "It holds the checkpoint and the proof that it goes on from the one that the witness holds. Which one that is "
        "is known from the last answer; where the witness answered with another size, give it with --since."
    ),
    examples=(
        "ledger proof request-cosignature --to demande.txt",
        "ledger proof request-cosignature --witness prefecture-53.example/temoin --to demande.txt",
        "ledger proof request-cosignature --since 4711 --to demande.txt",
    ),
)
@option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    metavar=mark("FILE"),
    help=mark("Write the request into this file."),
)
@option(
    "--since",
    type=click.IntRange(min=0),
    metavar=mark("SIZE"),
    help=mark("Over how many records the witness signed last."),
)
@option(
    "--witness", "witness_name", metavar=mark("NAME"), help=mark("The name in the key of the witness that is asked.")
)
def request_cosignature(session: Session, target: Path | None, since: int | None, witness_name: str | None) -> None:
    """Ask for a cosignature."""
    from ledger.bootstrap.witnessing import request_cosignature as ask
    from ledger.proof.carried import write_carried

    request = ask(session.ledger, since=since, witness=witness_name)
    asked = {"origin": request.checkpoint.origin, "size": request.checkpoint.size, "old": request.old}
    if target is None and session.output.for_people:
        session.output.verbatim(str(request).removesuffix("\n"))
        return
    if target is not None:
        write_carried(target, str(request))
    session.output.done(
        mark("Asked for: {size} records, from {old} on; give the file to the witness."), **asked, request=str(request)
    )


@command.verb(
    "attach-cosignature",
    help=mark(
        "Keep the answers of witnesses with the checkpoints that they signed, each checked.\n\n"
        "Witnesses are those of the policy that is kept with the ledger, and those of --witness-key. What fits no "
        "checkpoint and no witness is refused with code 7. Where a witness answered with a size, it says what to ask."
    ),
    examples=(
        "ledger proof attach-cosignature demande.txt.cosignature",
        "ledger proof attach-cosignature reponse.txt --witness-key prefecture-53.example/temoin+3b1c9f0a+BPq...",
    ),
)
@argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar=mark("FILE..."))
@option("--witness-key", "witnesses", multiple=True, metavar=mark("KEY"), help=mark("The key of a witness."))
def attach_cosignature(session: Session, files: tuple[Path, ...], witnesses: tuple[str, ...]) -> None:
    """Attach cosignatures."""
    from ledger.bootstrap.witnessing import attach_cosignatures
    from ledger.proof.carried import read_carried
    from ledger.proof.cosigning import WitnessAnswer
    from ledger.proof.notes import VerifierKey

    keys = [VerifierKey.parse(key) for key in witnesses]
    for answer in [WitnessAnswer.parse(read_carried(file)) for file in files]:
        for kept in attach_cosignatures(session.ledger, answer, keys):
            session.output.done(
                mark("{witness} signed the checkpoint over {size} records ({at})."),
                witness=kept.witness, size=kept.size, origin=kept.origin, at=kept.at,
            )  # fmt: skip


@command.verb(
    "policy",
    help=mark(
        "Check a policy on witnesses: which logs, which witnesses, and how many of them must sign; show what it "
        "says.\n\n"
        "Without a file, the one that is kept with the ledger. With --keep, the file takes its place. A line is: "
        "log KEY, witness NAME KEY, group NAME any|all|NUMBER MEMBERS, or quorum NAME|none."
    ),
    examples=("ledger proof policy politique.txt", "ledger proof policy politique.txt --keep", "ledger proof policy"),
)
@argument("file", required=False, type=click.Path(path_type=Path), metavar=mark("FILE"))
@option("--keep", is_flag=True, help=mark("Keep it with the ledger."))
def policy(session: Session, file: Path | None, keep: bool) -> None:
    """Check, show or keep a policy."""
    found = _policy(session, file, keep=keep)
    met = _met(session, found) if session.home_or_none is not None else None
    session.output.done(
        mark("The policy is well written: {witnesses} witnesses, quorum {quorum}. Met up to {met_size} records."),
        logs=[str(key) for key in found.logs], witnesses=len(found.witnesses),
        names={name: str(key) for name, key in found.witnesses.items()} if not session.output.for_people else None,
        quorum=found.quorum, met_size=met if met is not None else 0,
    )  # fmt: skip


def _policy(session: Session, file: Path | None, *, keep: bool) -> Policy:
    from ledger.proof.carried import CarriedFileUnreadable, read_carried
    from ledger.proof.policy import Policy

    if file is None:
        from ledger.bootstrap.witnessing import policy_of

        kept = policy_of(session.ledger)
        if kept is None:
            raise PolicyAbsent
        return kept
    try:
        text = read_carried(file).decode()
    except UnicodeDecodeError as fault:
        raise CarriedFileUnreadable from fault
    if keep:
        from ledger.bootstrap.witnessing import keep_policy

        return keep_policy(session.ledger, session.reading(), text)
    return Policy.parse(text)


def _met(session: Session, policy: Policy) -> int:
    """Give the size of the last checkpoint that enough witnesses signed; 0 where there is none."""
    archive = session.ledger.archive
    for signed in reversed(archive.all() if archive.exists else []):
        found = signed.checkpoint
        if policy.is_met(archive.note(found.origin, found.size)):
            return found.size
    return 0
