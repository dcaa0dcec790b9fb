"""The register of breaches: facts, effects, remedies, and the reasons for not notifying (GDPR 33(5))."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ledger.aggregates.breach import Breach
from ledger.personal import Personal
from ledger.policies.breach_vocabulary import BreachText
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting
from ledger.usecases.breach.case import all_breaches
from ledger.usecases.breach.show import BreachShown, shown
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.ports import Command, Desk
from ledger.usecases.subject.opening import Opened, opened_after


@dataclass(frozen=True, repr=False)
class RegisterEntry:
    """One breach with its narratives, each of them opened, or gone with its term."""

    breach: BreachShown
    account: tuple[Opened, ...]
    """What happened, what is certain, and the new facts."""
    effects: tuple[Opened, ...]
    """What it may lead to, and why the risk is what it is."""
    remedies: tuple[Opened, ...]
    reasons: tuple[Opened, ...]
    """Why it was notified late, or a line closed without notification, or the people not told."""


def read_register(desk: Desk, command: Command, breach_id: UUID | None = None) -> list[RegisterEntry]:
    """
    Give every breach, or one, with its narratives; they are opened under one recorded look.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither audits nor decides
    :raises NotFound: if there is no such breach
    :raises ShownOnce: if the command was used before
    """
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        if Power.READ_JOURNAL not in actor.powers:
            actor.need(Power.DECIDE)
        breaches = all_breaches(desk) if breach_id is None else [desk.streams.load(Breach, breach_id)]
        found = [(shown(desk, judgement, breach), _texts(judgement, breach)) for breach in breaches]
        recorded = judgement.read("breach.register", rows=len(found), told=[breach.id for breach in breaches])
    wanted = [text for _, parts in found for part in parts for text in part]
    opened = iter(opened_after(desk, command, recorded, wanted))
    return [RegisterEntry(breach, *(tuple(next(opened) for _ in part) for part in parts)) for breach, parts in found]


_EFFECTS = frozenset({BreachText.CONSEQUENCES})


def _texts(
    opener: FactOpener, breach: Breach
) -> tuple[list[Personal[str]], list[Personal[str]], list[Personal[str]], list[Personal[str]]]:
    """Sort the narratives by what the register asks for; they stay sealed."""
    narrated = [(opener.known(each.part), each.text) for each in breach.narratives]
    account = [breach.account, *(clock.grounds for clock in breach.clocks)]
    account += [text for part, text in narrated if part not in _EFFECTS]
    effects = [text for part, text in narrated if part in _EFFECTS] + [each.reason for each in breach.assessments]
    reasons = [each.reasons for each in breach.notifications]
    reasons += list({id(run.reason): run.reason for run in breach.lines if run.reason is not None}.values())
    reasons += [each.reason for each in breach.people_decisions]
    return account, effects, [each.measures for each in breach.remedies], reasons
