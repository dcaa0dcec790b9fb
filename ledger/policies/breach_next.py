"""What comes next in a breach, the most pressing first: so that whoever opens it knows what to do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ledger.policies.breach_vocabulary import DUTY_LINES, Line, Risk
from ledger.rules.cnil import FormType, InformationOfPeople


class NextStep(StrEnum):
    """One thing to do."""

    BECOME_AWARE = "become-aware"
    RECORD_AWARENESS = "record-awareness"
    """A processor told: the house is aware from then on at the latest, and no clock shows it yet."""
    NOTIFY = "notify"
    COMPLAIN = "complain"
    TELL_CONTROLLER = "tell-controller"
    TELL_PREFECT = "tell-prefect"
    WARN_NIS2 = "warn-nis2"
    DESCRIBE = "describe"
    MEASURE = "measure"
    ASSESS = "assess"
    ASK_OFFICER = "ask-officer"
    DECIDE_ON_PEOPLE = "decide-on-people"
    TELL_PEOPLE = "tell-people"
    COMPLEMENT = "complement"
    REMEDY = "remedy"
    CLOSE_LINES = "close-lines"
    CLOSE = "close"
    LEARN = "learn"
    """Nothing is left but to learn from it."""


_OF_LINE = {
    Line.INSURANCE: NextStep.COMPLAIN, Line.CONTROLLER: NextStep.TELL_CONTROLLER, Line.PREFECT: NextStep.TELL_PREFECT,
    Line.NIS2: NextStep.WARN_NIS2,
}  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """How far a breach is, since its latest awareness."""

    aware: bool = False
    told: bool = False
    """Whether a processor told the house."""
    closed: bool = False
    sent: Sequence[FormType] = ()
    unanswered: bool = False
    """Whether a clock runs for which nothing was sent."""
    described: bool = False
    measured: bool = False
    risk: Risk | None = None
    advised: bool = False
    """Whether there is an opinion, or that there is none, on both duty lines."""
    information: InformationOfPeople | None = None
    people_told: bool = False
    remedied: bool = False
    open_lines: Collection[Line] = ()


def next_steps(progress: Progress) -> tuple[NextStep, ...]:
    """Give what is to be done, the most pressing first; one step at least."""
    if progress.closed:
        return (NextStep.LEARN,)
    lines = [step for line, step in _OF_LINE.items() if line in progress.open_lines]
    if not progress.aware:
        return (NextStep.RECORD_AWARENESS if progress.told else NextStep.BECOME_AWARE, *lines)
    duty_open = any(line in progress.open_lines for line in DUTY_LINES)
    wanted = {
        NextStep.NOTIFY: progress.unanswered and duty_open,
        **dict.fromkeys(lines, True),
        NextStep.DESCRIBE: not progress.described,
        NextStep.MEASURE: not progress.measured,
        NextStep.ASSESS: progress.risk is None,
        NextStep.ASK_OFFICER: not progress.advised and duty_open,
        NextStep.DECIDE_ON_PEOPLE: not progress.people_told and not _is_decided(progress.information),
        NextStep.TELL_PEOPLE: not progress.people_told and _are_to_be_told(progress.information),
        NextStep.COMPLEMENT: duty_open and _waits_for_complement(progress.sent),
        NextStep.REMEDY: not progress.remedied,
    }
    left = tuple(step for step, is_wanted in wanted.items() if is_wanted)
    if left:
        return left
    return (NextStep.CLOSE_LINES,) if progress.open_lines else (NextStep.CLOSE,)


def _is_decided(information: InformationOfPeople | None) -> bool:
    return information not in (None, InformationOfPeople.UNDETERMINED)


def _are_to_be_told(information: InformationOfPeople | None) -> bool:
    return information in (InformationOfPeople.YES, InformationOfPeople.WILL_BE)


def _waits_for_complement(sent: Sequence[FormType]) -> bool:
    return FormType.INITIAL in sent and FormType.COMPLEMENTARY not in sent
