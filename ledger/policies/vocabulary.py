"""
The closed lists of words that decisions, events and catalogues are written in.

Their values are stored for ever in headers and boxes: a word is never renamed or removed; new ones go at the end.
Whatever is not in a list does not exist: there is no purpose "other" (convention 4.6) and no outcome "redirected"
(preamble of the convention).
"""

from __future__ import annotations

from enum import StrEnum

from ledger.rules.catalogue import Mission
from ledger.rules.profile import Capacity


class Gateway(StrEnum):
    """What opens personal data to a look (convention 4.6); the GDPR basis of an entry is not one of them."""

    PRESENCE = "PRESENCE"
    """The person is here and shows or types; the person was informed (GDPR 13)."""
    MANDATE = "MANDATE"
    """A live mandate names this act, or this data request, for this mandatary."""
    LEGAL_EXCHANGE = "LEGAL_EXCHANGE"
    """A text provides for this exchange between administrations; the entry names it."""
    BACK_OFFICE = "BACK_OFFICE"
    """The agent stands for the partner's back office under an agreement; the entry names it."""

    @property
    def shown(self) -> GatewayShown:
        """What a header tells of it."""
        return GatewayShown.MANDATE if self is Gateway.MANDATE else GatewayShown.OTHER


class GatewayShown(StrEnum):
    """
    What a header tells of a gateway: whether it was a mandate.

    A legal exchange or a back office would name the few entries that have one, so they look like the person's presence;
    which it was is sealed with the trail.
    """

    MANDATE = "MANDATE"
    OTHER = "OTHER"


class Mode(StrEnum):
    """Who does it (convention 4.6): the person, helped; or the house, in the person's name."""

    ASSIST = "ASSIST"
    ACT_FOR = "ACT_FOR"


class Asked(StrEnum):
    """What was asked of the gate: to look, or to do something that takes a look."""

    LOOK = "look"
    KEEP = "keep"
    """To store a value here."""
    ACT = "act"
    TRANSMIT = "transmit"
    DISCLOSE = "disclose"
    """To give data on a legal ground outside the catalogue."""


class Place(StrEnum):
    """Where a value is seen."""

    SHOWN = "shown"
    """By the person: on paper, on a screen, said aloud."""
    PORTAL = "portal"
    """In a partner's site, where it passes without being kept here."""
    STORED = "stored"
    """In this ledger: the exception."""


class Role(StrEnum):
    """What an enrolled agent may be; several at once. What each may do is the profile's to say."""

    AGENT = "agent"
    DPO = "dpo"
    MANAGER = "manager"
    DELEGATE = "delegate"
    """The controller's delegate, who decides (GDPR 38(6): the data protection officer only advises)."""
    JOB = "job"
    """The retention job, no person."""


class Signatory(StrEnum):
    """Who can sign a mandate."""

    PERSON = "person"
    REPRESENTATIVE = "representative"
    CURATOR = "curator"
    MANDATARY = "mandatary"


class Mandatary(StrEnum):
    """To whom the power is given."""

    HOUSE = "house"
    NAMED_AGENTS = "named-agents"


class EndKind(StrEnum):
    """How a mandate ends (Code civil 2003 and following)."""

    REVOKED = "revoked"
    """By the person, at any moment, without a reason (convention 4.6, Code civil 2004)."""
    RENOUNCED = "renounced"
    """By the house (Code civil 2007)."""
    EXPIRED = "expired"
    DEATH = "death"
    GUARDIANSHIP = "guardianship"
    EXHAUSTED = "exhausted"
    """Every listed act is done or struck."""
    SUPERSEDED = "superseded"
    """A new mandate for the same procedure was given to another house, and this one was told (Code civil 2006)."""


class IdentityMethod(StrEnum):
    """How an identity was checked; never a copy and never a number of the document. The profile says which it takes."""

    IDENTITY_CARD = "identity_card"
    PASSPORT = "passport"
    RESIDENCE_PERMIT = "residence_permit"
    DRIVING_LICENCE = "driving_licence"
    FRANCE_IDENTITE = "france_identite"
    """The state's application, shown by the person."""
    ASYLUM_CERTIFICATE = "asylum_certificate"
    FAMILY_BOOKLET_AND_WITNESS = "family_booklet_and_witness"


class InformationTopic(StrEnum):
    """What a person is told before signing; all three (convention 4.6)."""

    USE_OF_DATA = "use_of_data"
    RIGHTS = "rights"
    PROCEDURES = "procedures"


class SignatureMeans(StrEnum):
    """By what means somebody signed; the profile says which it takes."""

    ON_SITE_PAPER = "on_site_paper"
    ON_SITE_TABLET = "on_site_tablet"
    SMS = "sms"
    REMOTE = "remote"


class SigningPlace(StrEnum):
    """Where somebody signed; only on site is valid (convention 4.6)."""

    HOUSE = "house"
    OUTREACH = "outreach"
    """A round or a desk that the house holds elsewhere, both parties together."""
    ELSEWHERE = "elsewhere"


class PaperPlace(StrEnum):
    """Where the house keeps its paper original."""

    LOCKED_CABINET = "locked-cabinet"
    SAFE = "safe"
    MANAGER_ARCHIVES = "manager-archives"


class VoidReason(StrEnum):
    """Why a paper has no effect and is signed again."""

    WRONG_ORDER = "wrong-order"
    NOT_INFORMED = "not-informed"
    ORIGINALS_MISSING = "originals-missing"
    SIGNATURE_MISSING = "signature-missing"
    WRONG_CONTENT = "wrong-content"
    PERSON_DECLINED = "person-declined"
    WRONG_PERSON = "wrong-person"


class OutcomeCode(StrEnum):
    """How a procedure came to its end. Being submitted is not an end, and nobody is "redirected"."""

    RIGHT_OPENED = "right-opened"
    FORMALITY_DONE = "formality-done"
    PROBLEM_SOLVED = "problem-solved"
    UNFAVOURABLE_DECISION = "unfavourable-decision"
    INFORMATION_GIVEN = "information-given"
    CONTACT_ESTABLISHED = "contact-established"
    """The operator has taken the case up with the person; only for the missions that consist in this."""
    WITHDRAWN_BY_PERSON = "withdrawn-by-person"
    NO_NEWS = "no-news"
    MANDATE_ENDED = "mandate-ended"
    PERSON_DIED = "person-died"
    NOT_ENTITLED = "not-entitled"
    DUPLICATE = "duplicate"
    OPENED_BY_MISTAKE = "opened-by-mistake"


RESOLUTIONS = frozenset(
    {
        OutcomeCode.RIGHT_OPENED,
        OutcomeCode.FORMALITY_DONE,
        OutcomeCode.PROBLEM_SOLVED,
        OutcomeCode.UNFAVOURABLE_DECISION,
        OutcomeCode.INFORMATION_GIVEN,
        OutcomeCode.CONTACT_ESTABLISHED,
    }
)
"""The outcomes of a procedure that was carried through."""
ABANDONMENTS = frozenset(OutcomeCode) - RESOLUTIONS
"""The outcomes of a procedure that was not."""


class ContactMeans(StrEnum):
    """How the person came into contact: what keeps a dormant procedure awake is only the person's own contact."""

    COUNTER = "counter"
    PHONE = "phone"
    MAIL = "mail"
    EMAIL = "email"
    FORM = "form"


class DisclosureGround(StrEnum):
    """Which text requires or allows a disclosure outside the catalogue."""

    JUDICIAL_REQUISITION = "judicial-requisition"
    """Code de procedure penale 60-1, 77-1-1, 99-3."""
    COURT_ORDER = "court-order"
    TAX_RIGHT_OF_COMMUNICATION = "tax-right-of-communication"
    """Livre des procedures fiscales L81 and following."""
    SOCIAL_RIGHT_OF_COMMUNICATION = "social-right-of-communication"
    """Code de la securite sociale L114-19 and following."""
    DANGER = "danger"
    """A child or a vulnerable person in danger: Code penal 226-14."""
    CRIME_OR_OFFENCE = "crime-or-offence"
    """Code de procedure penale 40."""


class DisclosureMoment(StrEnum):
    """Whether the controller decided before, or the danger did not wait."""

    DECIDED_BEFORE = "decided-before"
    """As whoever gives it says: the controller's delegate, who is named, reviews after."""
    URGENT_DANGER = "urgent-danger"
    """Act first; the controller's delegate reviews after."""
    DECIDED_BY_WHO_GIVES = "decided-by-who-gives"
    """The controller's delegate decided and gave it themself: nothing is left to review."""

    @property
    def review(self) -> DisclosureReview:
        """What a header tells of it."""
        decided = self is DisclosureMoment.DECIDED_BY_WHO_GIVES
        return DisclosureReview.NONE if decided else DisclosureReview.DUE


class DisclosureReview(StrEnum):
    """What a header tells of a disclosure: whether it is reviewed. That a danger did not wait would tell the ground."""

    DUE = "review-due"
    NONE = "no-review"


class AfterEnd(StrEnum):
    """On what ground an act was done after its mandate had ended."""

    GOOD_FAITH = "good-faith"
    """Nobody of the mandatary knew yet: the act stands (Code civil 2008, 2009)."""
    URGENT_COMPLETION = "urgent-completion"
    """After a death, an act begun was completed because waiting was dangerous (Code civil 1991)."""
    IRREGULAR = "irregular"
    """The end was known, and not yet written down: it is entered late, for review, and may be a breach."""


class EndDuty(StrEnum):
    """What the end of a mandate leaves to do beside its account; stands in clear, so that it is found unopened."""

    TELL_PARTNERS = "TELL_PARTNERS"
    """A partner is bound by the end only once told (Code civil 2005)."""
    REVIEW_ACTS = "REVIEW_ACTS"
    """Acts were done between the moment the end was known and its recording: irregular."""
    TELL_AND_REVIEW = "TELL_AND_REVIEW"


class MandateStep(StrEnum):
    """One thing that was written down of a mandate."""

    DRAFTED = "drafted"
    IDENTITY_VERIFIED = "identity-verified"
    INFORMED = "informed"
    SIGNED = "signed"
    ORIGINALS_COUNTED = "originals-counted"
    VOIDED = "voided"
    ENDED = "ended"
    ACT_DONE = "act-done"
    ACT_STRUCK = "act-struck"
    PARTNER_TOLD = "partner-told"
    ACCOUNTED = "accounted"


class Telling(StrEnum):
    """Whether every partner dealt with under an ended mandate has been told; stands in clear."""

    SOME_LEFT = "SOME_LEFT"
    ALL_TOLD = "ALL_TOLD"


class ReviewResult(StrEnum):
    """What the reviewer of an access or an act concluded."""

    CLEARED = "cleared"
    FLAGGED = "flagged"
    """To be dealt with: an irregular act may be a breach."""


class AccessDecision(StrEnum):
    """The decision that a granted access carries in its header; a refused one carries its refusal code."""

    GRANTED = "GRANTED"


class RefusalCode(StrEnum):
    """
    Why a rule says no; closed, each with its article and sentences in `refusals.REFUSALS`.

    The header of a refusal shows the code that `shown` gives for it: one that would tell which field, partner or
    procedure a case is about stays sealed.
    """

    # the agent
    AGENT_DEPARTED = "AGENT_DEPARTED"
    NO_UNDERTAKING = "NO_UNDERTAKING"
    ROLE_NOT_ALLOWED = "ROLE_NOT_ALLOWED"
    NO_TITLE = "NO_TITLE"
    OTHER_HOUSE = "OTHER_HOUSE"
    NOT_TRAINED = "NOT_TRAINED"
    # the procedure
    PROCEDURE_CLOSED = "PROCEDURE_CLOSED"
    RESTRICTED = "RESTRICTED"
    ANONYMOUS_VISIT = "ANONYMOUS_VISIT"
    MODE_NOT_OFFERED = "MODE_NOT_OFFERED"
    OUTCOME_DOES_NOT_FIT = "OUTCOME_DOES_NOT_FIT"
    NOT_RESOLVED = "NOT_RESOLVED"
    # the data
    NOT_NECESSARY = "NOT_NECESSARY"
    NOT_KEPT = "NOT_KEPT"
    NEVER_STORED = "NEVER_STORED"
    # the gateway
    NO_GATEWAY = "NO_GATEWAY"
    NOT_INFORMED = "NOT_INFORMED"
    NO_REFERENCE = "NO_REFERENCE"
    NO_MANDATE = "NO_MANDATE"
    MANDATE_NOT_LIVE = "MANDATE_NOT_LIVE"
    MANDATE_ENDED = "MANDATE_ENDED"
    NOT_THE_MANDATARY = "NOT_THE_MANDATARY"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    NO_DATA_REQUEST_SCOPE = "NO_DATA_REQUEST_SCOPE"
    FORBIDDEN_ACT = "FORBIDDEN_ACT"
    # where it goes
    NOT_A_RECIPIENT = "NOT_A_RECIPIENT"
    CONSENT_MISSING = "CONSENT_MISSING"
    NO_DECISION = "NO_DECISION"
    SOLE_BENEFIT = "SOLE_BENEFIT"
    # the making of a mandate
    WRONG_ORDER = "WRONG_ORDER"
    BACKDATED = "BACKDATED"
    IN_THE_FUTURE = "IN_THE_FUTURE"
    IDENTITY_METHOD_REFUSED = "IDENTITY_METHOD_REFUSED"
    INFORMATION_INCOMPLETE = "INFORMATION_INCOMPLETE"
    SIGNATURE_NOT_ON_SITE = "SIGNATURE_NOT_ON_SITE"
    SIGNATURE_MEANS_REFUSED = "SIGNATURE_MEANS_REFUSED"
    SIGNATURE_MISSING = "SIGNATURE_MISSING"
    NOT_A_PARTY = "NOT_A_PARTY"
    ORIGINALS_MISSING = "ORIGINALS_MISSING"
    TERM_NOT_OFFERED = "TERM_NOT_OFFERED"
    NOT_A_SPECIAL_MANDATE = "NOT_A_SPECIAL_MANDATE"
    REPRESENTATIVE_NEEDED = "REPRESENTATIVE_NEEDED"
    CURATOR_NEEDED = "CURATOR_NEEDED"
    CAPACITY_CHECK_NEEDED = "CAPACITY_CHECK_NEEDED"
    CAPACITY_REFUSED = "CAPACITY_REFUSED"
    MANDATE_ALREADY_ENDED = "MANDATE_ALREADY_ENDED"
    MANDATE_ALREADY_LIVE = "MANDATE_ALREADY_LIVE"
    MANDATE_VOID = "MANDATE_VOID"
    NOT_ENDED = "NOT_ENDED"
    MANDATE_OF_ANOTHER_PERSON = "MANDATE_OF_ANOTHER_PERSON"
    MANDATE_OF_ANOTHER_PROCEDURE = "MANDATE_OF_ANOTHER_PROCEDURE"

    @property
    def shown(self) -> RefusalCode:
        """
        The code that a header shows in clear in the place of this one.

        Few entries bar an act, ask for express consent or touch data that are never stored (GDPR 9): in clear, such a
        code would name the procedure.
        """
        return _SHOWN.get(self, self)


_SHOWN = {
    RefusalCode.FORBIDDEN_ACT: RefusalCode.OUT_OF_SCOPE,
    RefusalCode.NO_DATA_REQUEST_SCOPE: RefusalCode.OUT_OF_SCOPE,
    RefusalCode.CONSENT_MISSING: RefusalCode.NOT_INFORMED,
    RefusalCode.NEVER_STORED: RefusalCode.NOT_KEPT,
    RefusalCode.MODE_NOT_OFFERED: RefusalCode.NO_GATEWAY,
    RefusalCode.NO_REFERENCE: RefusalCode.NO_GATEWAY,
    RefusalCode.SOLE_BENEFIT: RefusalCode.NO_TITLE,
}

__all__ = [
    "ABANDONMENTS", "RESOLUTIONS", "AccessDecision", "AfterEnd", "Capacity", "ContactMeans", "DisclosureGround",
    "DisclosureMoment", "EndDuty", "EndKind", "Gateway", "IdentityMethod", "InformationTopic", "Mandatary", "Mission",
    "Mode", "OutcomeCode", "PaperPlace", "Place", "RefusalCode", "ReviewResult", "Role", "Signatory", "SignatureMeans",
    "SigningPlace", "Telling", "VoidReason",
]  # fmt: skip
