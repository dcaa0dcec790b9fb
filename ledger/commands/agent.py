"""`ledger agent`: who is enrolled, in which roles, sworn to secrecy, trained, gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ledger.commands._choices import Word
from ledger.commands._context import Session, account_of
from ledger.commands._moments import Day
from ledger.commands._shared import effective_option, from_option
from ledger.commands._words import Noun, argument, option
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.usecases.agent.show import AgentShown

command = Noun("agent", help=mark("Enrol agents, record their undertaking of secrecy, trainings, roles and departure."))

UNDERTAKING = "engagement-confidentialite-1"
"""The version of the undertaking of secrecy that is signed unless another is named."""
_ROLE = Word("ledger.policies.vocabulary:Role")
_AGENT = mark("AGENT")
_AGENT_HELP = mark("The reference of the agent.")


@command.verb(
    "enrol",
    writes=True,
    help=mark(
        "Enrol somebody: an agent of a house, or somebody who serves the controller.\n\n"
        "The name and the login are asked for, or read with --from: name, account. "
        "The login is the one the person uses on this machine."
    ),
    examples=(
        "ledger agent enrol --role agent --house 1a2b3c4d",
        "ledger agent enrol --role dpo --from agent.json",
    ),
)
@option("--role", "roles", type=_ROLE, multiple=True, required=True, help=mark("A role; one option for each."))
@option("--house", metavar=mark("HOUSE"), help=mark("The house, for whoever serves in one."))
@from_option()
@effective_option(mark("From when the agent serves, if not from now."))
def enrol_(
    session: Session, roles: Sequence[Any], house: str | None, source: str | None, effective_at: datetime | None
) -> None:
    """Enrol somebody."""
    from ledger.aggregates.house import House
    from ledger.commands._input import Question, answers
    from ledger.usecases.agent.enrol import enrol

    typed = answers(
        session, (Question("name", mark("Name")), Question("account", mark("Login on this machine"))), source=source
    )
    recorded = enrol(
        session.desk,
        session.command,
        name=typed["name"],
        account=account_of(typed["account"], sandbox=session.ledger.settings.sandbox),
        roles=frozenset(roles),
        house=session.reference(House, house, name="house") if house else None,
        effective_at=effective_at,
    )
    session.output.done(mark("Agent enrolled: {agent}."), agent=recorded.streams[0], repeated=recorded.repeated)
    if "agent" in roles:
        session.output.say(mark("Next: `ledger agent undertake` and `ledger agent train`, before any access."))


@command.verb(
    "undertake",
    writes=True,
    help=mark("Record that an agent signed the undertaking of professional secrecy, without which nothing is opened."),
    examples=("ledger agent undertake 1a2b3c4d",),
)
@argument("agent", metavar=_AGENT, help=_AGENT_HELP)
@option(
    "--text", default=UNDERTAKING, show_default=True, metavar=mark("VERSION"), help=mark("The version that was signed.")
)
@effective_option()
def undertake(session: Session, agent: str, text: str, effective_at: datetime | None) -> None:
    """Record an undertaking of secrecy."""
    from ledger.aggregates.agent import Agent
    from ledger.usecases.agent.undertake import sign_undertaking

    recorded = sign_undertaking(
        session.desk,
        session.command,
        session.reference(Agent, agent, name="agent"),
        text=text,
        effective_at=effective_at,
    )
    session.output.done(
        mark("Undertaking of secrecy recorded for the agent {agent}."),
        agent=recorded.streams[0], repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "train",
    writes=True,
    help=mark("Record that an agent was trained on a partner's procedures, and until when that is valid."),
    examples=("ledger agent train 1a2b3c4d cnaf --until 31/12/2027",),
)
@argument("agent", metavar=_AGENT, help=_AGENT_HELP)
@argument(
    "partner", metavar=mark("PARTNER"), help=mark("The id of the partner, as in `ledger catalogue show --partners`.")
)
@option("--until", type=Day(), required=True, help=mark("The last day on which the training is valid."))
@effective_option(mark("When the training took place, if not now."))
def train_(session: Session, agent: str, partner: str, until: date, effective_at: datetime | None) -> None:
    """Record a training."""
    from ledger.aggregates.agent import Agent
    from ledger.usecases.agent.train import train

    recorded = train(
        session.desk,
        session.command,
        session.reference(Agent, agent, name="agent"),
        partner=partner,
        until=until,
        effective_at=effective_at,
    )
    session.output.done(
        mark("Training recorded for the agent {agent}."), agent=recorded.streams[0], repeated=recorded.repeated
    )


@command.verb(
    "roles",
    writes=True,
    help=mark("Give an agent these roles and no others."),
    examples=("ledger agent roles 1a2b3c4d --role agent --role manager",),
)
@argument("agent", metavar=_AGENT, help=_AGENT_HELP)
@option("--role", "roles", type=_ROLE, multiple=True, required=True, help=mark("A role; one option for each."))
def roles_(session: Session, agent: str, roles: Sequence[Any]) -> None:
    """Replace an agent's roles."""
    from ledger.aggregates.agent import Agent
    from ledger.usecases.agent.change_roles import change_roles

    recorded = change_roles(
        session.desk, session.command, session.reference(Agent, agent, name="agent"), roles=frozenset(roles)
    )
    session.output.done(
        mark("Roles changed for the agent {agent}."), agent=recorded.streams[0], repeated=recorded.repeated
    )


@command.verb(
    "depart",
    writes=True,
    help=mark("Record that an agent left: nothing is opened for them from then on."),
    examples=("ledger agent depart 1a2b3c4d",),
)
@argument("agent", metavar=_AGENT, help=_AGENT_HELP)
@effective_option(mark("When the agent left, if not now."))
def depart_(session: Session, agent: str, effective_at: datetime | None) -> None:
    """Record a departure."""
    from ledger.aggregates.agent import Agent
    from ledger.usecases.agent.depart import depart

    recorded = depart(
        session.desk, session.command, session.reference(Agent, agent, name="agent"), effective_at=effective_at
    )
    session.output.done(mark("Departure recorded: {agent}."), agent=recorded.streams[0], repeated=recorded.repeated)


@command.verb("list", help=mark("List who is enrolled; the reading is recorded."), examples=("ledger agent list",))
def list_(session: Session) -> None:
    """List the agents."""
    from ledger.commands._output import Column
    from ledger.usecases.agent.show import show

    agents = show(session.desk, session.reading())
    columns = [
        Column("agent", mark("Reference")), Column("name", mark("Name")), Column("roles", mark("Roles")),
        Column("house", mark("House")), Column("undertaking_at", mark("Undertaking of secrecy")),
        Column("partners", mark("Trained for")), Column("departed_at", mark("Departed")),
    ]  # fmt: skip
    session.output.listing(columns, [_row(agent) for agent in agents], empty=mark("Nobody is enrolled."))


@command.verb(
    "show",
    help=mark("Show an agent: roles, undertaking, trainings. Without a reference: yourself. The reading is recorded."),
    examples=("ledger agent show", "ledger agent show 1a2b3c4d"),
)
@argument("agent", metavar=_AGENT, required=False, help=_AGENT_HELP)
def show_(session: Session, agent: str | None) -> None:
    """Show one agent."""
    from ledger.aggregates.agent import Agent
    from ledger.commands._output import Column
    from ledger.usecases.agent.show import show

    asked = session.reading()
    reference = session.reference(Agent, agent, name="agent") if agent else asked.actor
    (found,) = show(session.desk, asked, [reference])
    columns = [
        Column("agent", mark("Reference")), Column("name", mark("Name")), Column("account", mark("Login")),
        Column("roles", mark("Roles")), Column("house", mark("House")), Column("enrolled_at", mark("Enrolled")),
        Column("undertaking_at", mark("Undertaking of secrecy")), Column("trainings", mark("Trainings")),
        Column("departed_at", mark("Departed")),
    ]  # fmt: skip
    session.output.record(columns, _row(found))


def _row(agent: AgentShown) -> dict[str, Any]:
    from ledger.commands._output import shown

    return {
        "agent": agent.reference,
        "name": shown(agent.name),
        "account": agent.account,
        "roles": list(agent.roles),
        "house": agent.house,
        "enrolled_at": agent.enrolled_at,
        "undertaking_at": agent.undertaking_at,
        "departed_at": agent.departed_at,
        "partners": [training.partner for training in agent.trainings if training.valid],
        "trainings": [
            {"partner": training.partner, "until": training.until, "valid": training.valid}
            for training in agent.trainings
        ],
    }
