"""The options of whatever is done in a procedure: who does it, is the person here, under which act or request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._shared import Decorator, note_of
from ledger.commands._words import option
from ledger.translation import mark

if TYPE_CHECKING:
    from uuid import UUID

    from ledger.usecases.procedure.doing import Doing

MODE = Word("ledger.policies.vocabulary:Mode")


def urgent_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option of what completes, after a death, an act that was begun."""
    decorator = option(
        "--urgent",
        is_flag=True,
        help=mark("Complete, after a death, an act begun that could not wait; a reason is asked."),
    )
    return decorator(function)


def reason_of(session: Session, source: str | None, *, urgent: bool) -> str:
    """Get the reason why an act could not wait; empty where it is not said to be urgent."""
    return note_of(session, source, ask=mark("Why could it not wait?"), required=True) if urgent else ""


def doing_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of something done in a procedure."""
    decorators: tuple[Decorator, ...] = (
        option("--mode", type=MODE, default="assist", show_default=True, help=mark("Who does it.")),
        option("--absent", is_flag=True, help=mark("The person is not here.")),
        option("--informed", is_flag=True, help=mark("The person was informed of the use of their data.")),
        option("--act", default="", metavar=mark("CODE"), help=mark("The act that the mandate must list.")),
        option("--data-request", default="", metavar=mark("CODE"), help=mark("The data request that it must list.")),
        option(
            "--reference", default="", metavar=mark("TEXT"),
            help=mark("The text or annex, where no mandate is needed (legal exchange, back office)."),
        ),
        option(
            "--consented", multiple=True, metavar=mark("FIELD"),
            help=mark("A field whose use the person expressly agreed to; one option for each."),
        ),
        option("--supervisor", metavar=mark("AGENT"), help=mark("The trained agent who supervises.")),
    )  # fmt: skip
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


def doing_of(session: Session, procedure: UUID, options: dict[str, Any], **more: Any) -> Doing:
    """Put the options together."""
    from ledger.usecases.procedure.doing import Doing

    return Doing(
        procedure=procedure,
        mode=options["mode"],
        present=not options["absent"],
        informed=options["informed"],
        act=options["act"],
        data_request=options["data_request"],
        reference=options["reference"],
        consented=tuple(options["consented"]),
        supervisor=agent_of(session, options["supervisor"], name="--supervisor"),
        **more,
    )


def agent_of(session: Session, typed: str | None, *, name: str) -> UUID | None:
    """Give the agent named in an option, or None."""
    from ledger.aggregates.agent import Agent

    return session.reference(Agent, typed, name=name) if typed else None
