"""
The words of the CNIL's form for the notification of a breach, as closed lists.

They are the form's own choices, in its order; whatever is notified, registered or counted uses them and no others, so
that nobody has to choose again while keying the form in. The codes are stored: a word that the form drops stays here.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class BreachNature(StrEnum):
    """What was violated; several may be (GDPR 4(12))."""

    CONFIDENTIALITY = "confidentiality"
    """Somebody saw or got data who must not."""
    INTEGRITY = "integrity"
    """Data were altered."""
    AVAILABILITY = "availability"
    """Data are lost, destroyed or out of reach."""


class BreachOrigin(StrEnum):
    """How the breach came about."""

    EQUIPMENT_LOST_OR_STOLEN = "equipment-lost-or-stolen"
    PAPER_LOST_STOLEN_OR_ACCESSIBLE = "paper-lost-stolen-or-accessible"
    MAIL_LOST_OR_OPENED = "mail-lost-or-opened"
    HACKING = "hacking"
    """Hacking, malware, phishing."""
    PAPER_NOT_SHREDDED = "paper-not-shredded"
    """Paper discarded without being destroyed."""
    DEVICE_NOT_WIPED = "device-not-wiped"
    """Equipment discarded without being wiped."""
    UNINTENDED_PUBLICATION = "unintended-publication"
    WRONG_PERSON_SHOWN = "wrong-person-shown"
    """The data of another person were shown."""
    WRONG_RECIPIENT = "wrong-recipient"
    SAID_ALOUD = "said-aloud"
    OTHER = "other"

    def is_attack(self) -> bool:
        """
        Say whether it is an attack on a system (C. penal 323-1 to 323-3-1).

        A complaint within the delay of Code des assurances L12-10-1 then conditions a cyber-insurance.
        """
        return self is BreachOrigin.HACKING


class BreachCause(StrEnum):
    """Who caused it, and whether on purpose."""

    INTERNAL_MALICIOUS = "internal-malicious"
    INTERNAL_ACCIDENTAL = "internal-accidental"
    EXTERNAL_MALICIOUS = "external-malicious"
    EXTERNAL_ACCIDENTAL = "external-accidental"
    UNKNOWN = "unknown"
    OTHER = "other"

    def is_malicious(self) -> bool:
        """Say whether somebody meant harm."""
        return self in (BreachCause.INTERNAL_MALICIOUS, BreachCause.EXTERNAL_MALICIOUS)


class PeopleBand(StrEnum):
    """How many people are concerned, as the form groups them; the code says from and to."""

    TO_5 = "0-5"
    TO_50 = "6-50"
    TO_300 = "51-300"
    TO_5000 = "301-5000"
    OVER_5000 = "over-5000"

    @classmethod
    def of(cls, count: int) -> PeopleBand:
        """
        Give the band of a number of people.

        :raises ValueError: if the number is negative
        """
        if count < 0:
            raise ValueError("a number of people is never negative")
        return next(band for band in cls if band.holds_up_to(count))

    def holds_up_to(self, count: int) -> bool:
        """Say whether the band ends at this number or beyond; the open one has no end."""
        first, _, last = self.partition("-")
        return not first.isdecimal() or count <= int(last)


class Gravity(StrEnum):
    """How grave the consequences for the people are, as the form asks; least first."""

    NEGLIGIBLE = "negligible"
    LIMITED = "limited"
    SIGNIFICANT = "significant"
    MAXIMAL = "maximal"


class Consequence(StrEnum):
    """What may follow for the people."""

    LOSS_OF_CONTROL = "loss-of-control"
    LIMITATION_OF_RIGHTS = "limitation-of-rights"
    DISCRIMINATION = "discrimination"
    IDENTITY_THEFT = "identity-theft"
    FRAUD = "fraud"
    REVERSAL_OF_PSEUDONYMISATION = "reversal-of-pseudonymisation"
    FINANCIAL = "financial"
    REPUTATION = "reputation"
    LOSS_OF_SECRECY = "loss-of-secrecy"
    """Loss of professional secrecy: always, here (convention 4.6)."""
    OTHER = "other"


class DataCategory(StrEnum):
    """Which data are concerned; the sensitive ones are GDPR article 9."""

    CIVIL_STATUS = "civil-status"
    NIR = "nir"
    CONTACT = "contact"
    IDENTIFIERS = "identifiers"
    FINANCIAL = "financial"
    OFFICIAL_DOCUMENTS = "official-documents"
    LOCATION = "location"
    OFFENCES = "offences"
    """GDPR 10."""
    UNKNOWN = "unknown"
    OTHER = "other"
    ORIGIN = "origin"
    """Racial or ethnic origin."""
    POLITICAL = "political"
    RELIGIOUS = "religious"
    """Religious or philosophical."""
    UNION = "union"
    SEXUAL_ORIENTATION = "sexual-orientation"
    """Sex life or sexual orientation."""
    HEALTH = "health"
    BIOMETRIC = "biometric"
    GENETIC = "genetic"

    def is_sensitive(self) -> bool:
        """Say whether it is a special category (GDPR 9)."""
        return self in SENSITIVE


SENSITIVE = frozenset(
    {
        DataCategory.ORIGIN, DataCategory.POLITICAL, DataCategory.RELIGIOUS, DataCategory.UNION,
        DataCategory.SEXUAL_ORIENTATION, DataCategory.HEALTH, DataCategory.BIOMETRIC, DataCategory.GENETIC,
    }
)  # fmt: skip
"""The special categories of GDPR article 9."""


class FormType(StrEnum):
    """Which notification it is."""

    INITIAL = "initial"
    COMPLEMENTARY = "complementary"
    """Adds to an initial one, whose number it gives."""
    COMPLETE = "complete"
    """Initial and final in one: nothing follows."""


class InformationOfPeople(StrEnum):
    """Whether the people concerned are told (GDPR 34)."""

    YES = "yes"
    WILL_BE = "will-be"
    NO = "no"
    UNDETERMINED = "undetermined"


def always(consequences: Iterable[Consequence]) -> tuple[Consequence, ...]:
    """Give the consequences in the form's order, with the loss of professional secrecy, which always is one here."""
    named = {*consequences, Consequence.LOSS_OF_SECRECY}
    return tuple(each for each in Consequence if each in named)
