"""`ledger init`: a new ledger, with the controller's delegate as its first agent."""

from __future__ import annotations

from ledger.commands._context import Session, account
from ledger.commands._shared import from_option
from ledger.commands._words import option, verb
from ledger.translation import mark


@verb(
    "init",
    help=mark(
        "Make a new ledger in an empty folder; you become its first agent, the controller's delegate.\n\n"
        "Your name is asked for, or read with --from: name. The folder is the one of --ledger or LEDGER_HOME; with "
        "LEDGER_DATABASE_URL the events go to PostgreSQL. A sandbox is for invented people only: there, --as lets "
        "you act as anybody.\n\n"
        "An erasure holds against old backups only where every holder of the root key is a TPM: --holder tpm2. A file "
        "can be copied. With one holder only, what happens to it happens to all."
    ),
    examples=(
        "ledger init --ledger ~/essai --sandbox",
        "sudo -u ledger LEDGER_HOME=/var/lib/ledger ledger init",
        "ledger init --holder tpm2 --holder file:/media/coffre/ledger",
    ),
)
@option(
    "--profile",
    default="mayenne",
    show_default=True,
    metavar=mark("CODE"),
    help=mark("The profile of the département."),
)
@option("--sandbox", is_flag=True, help=mark("Make a sandbox: invented people only, and --as."))
@option(
    "--holder",
    "holders",
    multiple=True,
    metavar=mark("KIND[:PLACE]"),
    help=mark("Who holds the root key: file, file:FOLDER or tpm2; several may be given. By default, a file."),
)
@option("--tpm-device", default="", metavar="TCTI", help=mark("How the TPM is reached, if it is not the machine's."))
@option("--receiving", is_flag=True, help=mark("You also receive people, as an agent."))
@from_option()
def command(
    session: Session,
    profile: str,
    sandbox: bool,
    holders: tuple[str, ...],
    tpm_device: str,
    receiving: bool,
    source: str | None,
) -> None:
    """Make a new ledger."""
    from ledger.bootstrap.holding import first_holders
    from ledger.bootstrap.making import Founder, create_ledger
    from ledger.commands._input import Question, answers
    from ledger.policies.vocabulary import Role
    from ledger.rules.law import load_law

    home = session.home
    law = load_law(profile=profile)
    _ = law.profile, law.digests  # a profile that is not there, or is wrong, is told before anything is made
    kept_by = first_holders(holders, device=tpm_device)
    name = answers(session, (Question("name", mark("Your name")),), source=source)["name"]
    roles = {Role.DELEGATE, Role.AGENT} if receiving else {Role.DELEGATE}
    founder = Founder(name=name, account=account(), roles=frozenset(roles))
    ledger, agent = create_ledger(home, founder=founder, profile=profile, sandbox=sandbox, holders=kept_by)
    try:
        session.output.done(
            mark("Ledger made in {folder}; you are its agent {agent}."),
            folder=str(home), agent=agent, ledger=ledger.settings.ledger_id, sandbox=sandbox,
        )  # fmt: skip
    finally:
        ledger.close()
    session.output.say(mark("Next: `ledger house register`, `ledger agent enrol`, then `ledger doctor`."))
