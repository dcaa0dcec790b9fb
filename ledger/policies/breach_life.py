"""
What may follow what in the life of a breach, as pure functions.

Invariants:

1. Four instants are told apart and none stands in for another: occurred, first signal, aware, recorded.
2. A clock runs from each awareness; what is decided for one clock decides nothing for the next.
3. A notification is never made dependent on an opinion, an assessment or a scope: the first need is little.
4. A duty line is closed by a decision, for a reason of its own, with the officer's opinion on record (GDPR 38(6), 39).
5. A breach is closed only when every line is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from ledger.policies.breach_refusals import (
    AssessmentMissing,
    AwareAfterTold,
    AwareBeforeOccurrence,
    AwareBeforeSignal,
    CompleteAlreadySent,
    ControllerNotTold,
    EndingNotOfLine,
    HighRiskUntold,
    InitialAlreadySent,
    InitialNumberDiffers,
    InitialNumberMissing,
    LateWithoutReasons,
    LinesOpen,
    NothingNotified,
    OccurrenceUnclear,
    PeopleUnsettled,
    ReasonNeeded,
    RemedyMissing,
    RiskNotUnlikely,
    SignalBeforeOccurrence,
)
from ledger.policies.breach_vocabulary import Line, LineEnding, Occurrence, OccurrenceKind, Risk, WhyNotTold
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode
from ledger.rules.cnil import FormType, InformationOfPeople

_ENDINGS: dict[Line, tuple[LineEnding, ...]] = {
    Line.GDPR_33: (
        LineEnding.NOTIFIED, LineEnding.RISK_UNLIKELY, LineEnding.CONTROLLER_NOTIFIES, LineEnding.NOT_A_BREACH
    ),
    Line.CONVENTION: (LineEnding.NOTIFIED, LineEnding.NOT_APPLIED, LineEnding.NOT_A_BREACH),
}  # fmt: skip
_OTHER_ENDINGS = (LineEnding.DONE, LineEnding.NOT_APPLIED, LineEnding.NOT_A_BREACH)
_SELF_EVIDENT = frozenset({LineEnding.NOTIFIED, LineEnding.DONE})
"""Endings that what is on record explains."""


def check_occurrence(occurrence: Occurrence, *, at: datetime) -> None:
    """
    Take an occurrence whose instants fit each other and have come.

    :raises OccurrenceUnclear: if they don't
    """
    began_at, ended_at = occurrence.began_at, occurrence.ended_at
    fits = {
        OccurrenceKind.OVER: began_at is not None and ended_at is not None and began_at <= ended_at,
        OccurrenceKind.ONGOING: ended_at is None,
        OccurrenceKind.UNKNOWN: began_at is None and ended_at is None,
    }
    if not fits[occurrence.kind] or any(each is not None and each > at for each in (began_at, ended_at)):
        raise OccurrenceUnclear


def check_signal(signalled_at: datetime, *, occurrence: Occurrence, at: datetime) -> None:
    """
    Take a first signal that has come, and not before what it signals.

    :raises RefusedByRule: IN_THE_FUTURE
    :raises SignalBeforeOccurrence: if it did
    """
    _not_future(signalled_at, at)
    if occurrence.began_at is not None and signalled_at < occurrence.began_at:
        raise SignalBeforeOccurrence


def check_awareness(
    aware_at: datetime, *, occurrence: Occurrence, signalled_at: datetime, told_at: datetime | None, at: datetime
) -> None:
    """
    Take an awareness that has come, after the occurrence and the first signal, and not after the processor told.

    Aware is who has reasonable certainty that personal data are compromised (EDPB 9/2022); a house that its processor
    told has it from then on. None of the instants is made from another.

    :raises RefusedByRule: IN_THE_FUTURE
    :raises AwareBeforeOccurrence: if it precedes the occurrence
    :raises AwareBeforeSignal: if it precedes the first signal
    :raises AwareAfterTold: if the processor told before it
    """
    _not_future(aware_at, at)
    if occurrence.began_at is not None and aware_at < occurrence.began_at:
        raise AwareBeforeOccurrence
    if aware_at < signalled_at:
        raise AwareBeforeSignal
    if told_at is not None and aware_at > told_at:
        raise AwareAfterTold(told_at=shown_instant(told_at))


def check_type(form_type: FormType, *, sent: Sequence[FormType]) -> None:
    """
    Take a notification of a type that may follow what was sent since the same awareness.

    :raises CompleteAlreadySent: for a complete or initial one after a complete one
    :raises InitialAlreadySent: for a complete or initial one after an initial one
    """
    if form_type is FormType.COMPLEMENTARY:
        return
    if FormType.COMPLETE in sent:
        raise CompleteAlreadySent
    if FormType.INITIAL in sent:
        raise InitialAlreadySent


def initial_number(form_type: FormType, *, given: str, on_record: str | None) -> str:
    """
    Give the number of the initial notification that a complementary one must name; nothing for the other types.

    :raises InitialNumberMissing: if neither what was given nor the record has one
    :raises InitialNumberDiffers: if both have one, and they differ
    """
    if form_type is not FormType.COMPLEMENTARY:
        return ""
    if given and on_record and given != on_record:
        raise InitialNumberDiffers
    if not (given or on_record):
        raise InitialNumberMissing
    return given or on_record or ""


def check_reasons(sent_at: datetime, *, legal_end: datetime, reasons: str) -> None:
    """
    Take a first notification in time, or with the reasons for its delay (GDPR 33(1)).

    :raises LateWithoutReasons: if it was sent at or after the legal end without any
    """
    if sent_at >= legal_end and not reasons.strip():
        raise LateWithoutReasons(legal_end=shown_instant(legal_end))


def check_ending(
    line: Line,
    ending: LineEnding,
    *,
    reason: str,
    sent: Sequence[FormType],
    risk: Risk | None,
    controller_told: bool,
) -> None:
    """
    Take a reason for which this line may be closed, once what it rests on is on record.

    :raises EndingNotOfLine: if it is never closed so
    :raises ReasonNeeded: if words are missing
    :raises NothingNotified: if no complete or complementary notification was sent
    :raises RiskNotUnlikely: if the assessment does not say so
    :raises ControllerNotTold: if the house has not told the controller
    """
    endings = _ENDINGS.get(line, _OTHER_ENDINGS)
    if ending not in endings:
        raise EndingNotOfLine(line=str(line), endings=", ".join(endings))
    if ending not in _SELF_EVIDENT and not reason.strip():
        raise ReasonNeeded
    if ending is LineEnding.NOTIFIED and not {FormType.COMPLETE, FormType.COMPLEMENTARY} & set(sent):
        raise NothingNotified
    if ending is LineEnding.RISK_UNLIKELY and risk is not Risk.UNLIKELY:
        raise RiskNotUnlikely
    if ending is LineEnding.CONTROLLER_NOTIFIES and not controller_told:
        raise ControllerNotTold


def check_not_told(why: WhyNotTold | None, *, risk: Risk | None, reason: str) -> None:
    """
    Take the decision not to tell the people, for a reason of GDPR 34 that the assessment does not contradict.

    :raises ReasonNeeded: without one, or without words
    :raises HighRiskUntold: if a high risk is denied that was assessed
    """
    if why is None or not reason.strip():
        raise ReasonNeeded
    if why is WhyNotTold.NO_HIGH_RISK and risk is Risk.HIGH:
        raise HighRiskUntold


def check_closable(
    *, risk: Risk | None, people: InformationOfPeople | None, told: bool, remedied: bool, open_lines: Collection[Line]
) -> None:
    """
    Take the closing of a breach that was handled to its end.

    `told` says whether the people were told; otherwise `people` must be the decision that they are not.

    :raises LinesOpen: if a line is open
    :raises AssessmentMissing: if nobody assessed it
    :raises PeopleUnsettled: if they were not told, and nobody decided that they won't be
    :raises RemedyMissing: if nothing says what was done against it
    """
    check_lines(open_lines)
    if risk is None:
        raise AssessmentMissing
    if not told and people is not InformationOfPeople.NO:
        raise PeopleUnsettled
    if not remedied:
        raise RemedyMissing


def check_lines(open_lines: Collection[Line]) -> None:
    """
    Take a breach none of whose lines is open.

    :raises LinesOpen: with the names of those that are
    """
    if open_lines:
        raise LinesOpen(lines=", ".join(line for line in Line if line in open_lines))


def shown_instant(instant: datetime) -> str:
    """Write an instant for a sentence, with its zone."""
    return f"{instant:%d/%m/%Y %H:%M %Z}"


def _not_future(instant: datetime, at: datetime) -> None:
    if instant > at:
        raise RefusedByRule(RefusalCode.IN_THE_FUTURE)
