"""What is refused in the life of a breach, each with the sentence that helps."""

from __future__ import annotations

from ledger.errors import Invalid, Refused
from ledger.translation import mark


class OccurrenceUnclear(Invalid):
    """The instants of an occurrence contradict each other."""

    sentence = mark("When it occurred can't be read: give from and to, or from only while it goes on, or unknown.")
    advice = mark("Its end comes after its beginning, and neither lies in the future. Unknown has no instants.")


class AwareBeforeOccurrence(Refused):
    """An awareness before what it is aware of."""

    sentence = mark("Nobody can be aware of a breach before it occurred.")
    advice = mark("Check both instants; if you don't know when it occurred, say so.")


class SignalBeforeOccurrence(Refused):
    """A first signal before what it signals."""

    sentence = mark("The first signal can't come before the breach occurred.")
    advice = mark("Check both instants; if you don't know when it occurred, say so.")


class AwareBeforeSignal(Refused):
    """An awareness before the first signal."""

    sentence = mark("The awareness can't come before the first signal.")
    advice = mark(
        "Give the first signal as it was; the awareness is the moment from which there was reasonable certainty."
    )


class AwareAfterTold(Refused):
    """An awareness after the processor told."""

    sentence = mark("The processor told on {told_at}: the house is aware from then on at the latest.")
    advice = mark("Give that instant, or an earlier one, as the awareness; correct it with `ledger breach correct`.")


class ToldBeforeItKnew(Refused):
    """A processor that told before it was aware itself."""

    sentence = mark("A processor can't tell the house before it is aware of the breach itself.")
    advice = mark("Check both instants; where the processor does not say since when it was aware, leave that out.")


class NewFactsTooEarly(Refused):
    """New facts known before the old ones."""

    sentence = mark("New facts are known after what was known before.")
    advice = mark("Check when they became known; to correct the awareness itself, use `ledger breach correct`.")


class AlreadyAware(Refused):
    """The awareness is on record."""

    sentence = mark("Since when the house is aware of this breach is recorded already.")
    advice = mark("For new facts that change the risk, use `ledger breach reopen`.")


class NotAwareYet(Refused):
    """Nothing runs before there is an awareness."""

    sentence = mark("Nobody recorded since when the house is aware of this breach.")
    advice = mark("Record it first with `ledger breach aware`; the clock runs from there.")


class BreachIsClosed(Refused):
    """Something was done on a breach that is closed."""

    sentence = mark("This breach is closed.")
    advice = mark("For new facts, use `ledger breach reopen`: a new clock runs from when they were known.")


class SentBeforeAware(Refused):
    """A notification before the awareness that it follows."""

    sentence = mark("This notification was sent before the house was aware of the breach.")
    advice = mark("Check when it was sent.")


class InitialAlreadySent(Refused):
    """Another first notification."""

    sentence = mark("A first notification was sent already.")
    advice = mark("What follows it is a complementary notification, which gives its number.")


class CompleteAlreadySent(Refused):
    """A complete notification after a complete one."""

    sentence = mark("A complete notification was sent already.")
    advice = mark("For new facts use `ledger breach reopen`; to correct it, send a complementary notification.")


class InitialNumberMissing(Refused):
    """A complementary notification without the number of the initial one."""

    sentence = mark("A complementary notification gives the number of the initial one, and none is known.")
    advice = mark("Give it with --initial; it stands on the receipt of the initial notification.")


class InitialNumberDiffers(Refused):
    """Another number than the one on record."""

    sentence = mark("This is not the number of the initial notification on record.")
    advice = mark("Leave --initial out to take the number on record, or correct what you typed.")


class LateWithoutReasons(Refused):
    """A late notification without its reasons (GDPR 33(1))."""

    sentence = mark("The legal term ended on {legal_end}: a notification sent from then on says why it is late.")
    advice = mark("Give the reasons for the delay (GDPR 33(1)); they are asked for, or read with --from: reasons.")


class LineAlreadyOpen(Refused):
    """The line runs already."""

    sentence = mark("This line runs already: {line}.")
    advice = mark("There is nothing to do.")


class LineNotOpen(Refused):
    """The line does not run."""

    sentence = mark("This line does not run: {line}.")
    advice = mark("See with `ledger breach show` which lines do.")


class LineNotInUse(Refused):
    """A line that is switched off."""

    sentence = mark("This line is not in use here: {line}.")
    advice = mark("The rule pack says so; it is switched on there, by whoever keeps the law files.")


class LineOpensItself(Refused):
    """A line that the awareness opens."""

    sentence = mark("This line runs from the awareness, without being opened: {line}.")
    advice = mark("Record the awareness with `ledger breach aware`.")


class EndingNotOfLine(Refused):
    """A reason that this line does not have."""

    sentence = mark("The line {line} is not closed for this reason.")
    advice = mark("It is closed for one of these: {endings}.")


class ReasonNeeded(Refused):
    """A decision without a reason."""

    sentence = mark("This decision needs a reason in words.")
    advice = mark("Give the reason: it is sealed, and stands in the register (GDPR 33(5)).")


class OpinionNeeded(Refused):
    """A decision without the opinion of the data protection officer on record."""

    sentence = mark("The opinion of the data protection officer on this is not on record.")
    advice = mark("Record it with `ledger breach opinion`; if the officer can't be reached, record that.")


class NothingNotified(Refused):
    """A line closed as notified although the CNIL was not told of everything."""

    sentence = mark("The CNIL has not been told of everything: no complete or complementary notification is on record.")
    advice = mark("Record what was sent with `ledger breach sent`.")


class RiskNotUnlikely(Refused):
    """A line closed for want of a risk that the assessment does not rule out."""

    sentence = mark("The assessment on record does not say that a risk is unlikely.")
    advice = mark("Assess the breach with `ledger breach assess`, or notify the CNIL.")


class ControllerNotTold(Refused):
    """A processor's line closed before the controller was told."""

    sentence = mark("That the controller was told is not on record.")
    advice = mark("Open that line with `ledger breach open-line controller`, then record that it was done.")


class AssessmentMissing(Refused):
    """A breach that nobody assessed."""

    sentence = mark("This breach has not been assessed.")
    advice = mark("Assess it with `ledger breach assess`.")


class HighRiskUntold(Refused):
    """People who are not told although the risk is high, for want of a high risk."""

    sentence = mark("The risk is assessed as high: that it is not can't be the reason not to tell the people.")
    advice = mark("Tell them, or give one of the reasons of GDPR 34(3).")


class LinesOpen(Refused):
    """A breach closed with an open line."""

    sentence = mark("This breach can't be closed: these lines are open: {lines}.")
    advice = mark("Close each of them for its own reason with `ledger breach close-line`.")


class PeopleUnsettled(Refused):
    """A breach closed before it is settled whether the people are told."""

    sentence = mark("Whether the people are told is not settled.")
    advice = mark("Record that they were, or why they are not, with `ledger breach inform`.")


class RemedyMissing(Refused):
    """A breach closed without a word on what was done against it."""

    sentence = mark("What was done against this breach is not on record.")
    advice = mark("Record it with `ledger breach remedy`: the register must say so (GDPR 33(5)).")


class ReminderGiven(Refused):
    """The same reminder again."""

    sentence = mark("This reminder was given already.")
    advice = mark("There is nothing to do.")


class ReminderSettled(Refused):
    """How a reminder ended, said again or before it was to be given."""

    sentence = mark("How this reminder ended is on record already.")
    advice = mark("There is nothing to do.")


class LinkedToItself(Invalid):
    """A breach linked to itself."""

    sentence = mark("A breach is not linked to itself.")
    advice = mark("Give the reference of another breach.")
