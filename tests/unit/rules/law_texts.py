"""The smallest law files that are right, to be spoiled one line at a time."""

from __future__ import annotations

from ledger.rules.assessment import AssessmentRules
from ledger.rules.assessment_file import read_assessment
from ledger.rules.catalogue import Catalogue
from ledger.rules.catalogue_file import read_catalogue
from ledger.rules.clock_packs import RulePacks
from ledger.rules.clock_packs_file import NUMBERS, read_clock_packs
from ledger.rules.cnil import DataCategory
from ledger.rules.houses import HouseFile
from ledger.rules.houses_file import read_house
from ledger.rules.partners import Partners
from ledger.rules.partners_file import read_partners
from ledger.rules.problems import LawInvalid, Problem
from ledger.rules.profile import Profile
from ledger.rules.profile_file import RULES, read_profile

PARTNERS = """\
kind = "partners"
format = 1
label = "Partenaires d'essai"

[[partner]]
id = "caisse"
kind = "national"
valid_from = 2020-01-01
referent_required = true
training_required = true
[[partner.name]]
name = "Ancienne Caisse"
valid_from = 2020-01-01
valid_until = 2024-01-01  # first name
[[partner.name]]
name = "Nouvelle Caisse"
valid_from = 2024-01-01  # second name
source = "Loi d'essai"
[[partner.role]]
partner = "controller"
house = "joint"
source = "Accord d'essai"
mark = "DEF"
valid_from = 2020-01-01  # role

[[recipient]]
id = "guichet"
partner = "caisse"
[[recipient.name]]
name = "Guichet de la Caisse"
valid_from = 2020-01-01  # recipient
"""

CATALOGUE = """\
kind = "catalogue"
format = 1
label = "Catalogue d'essai"
house_basis = { text = "Mission", reference = "RGPD 6(1)(e)" }

[[field]]
code = "ct.mail"
label = "Adresse"
format = "email"
protection = "normal"
cnil = "contact"

[[field]]
code = "ct.phone"
label = "Téléphone"
format = "phone"
protection = "normal"
cnil = "contact"

[[field]]
code = "no.file"
label = "Numéro de dossier"
format = "reference"
protection = "normal"
cnil = "identifiers"

[[field]]
code = "nir"
label = "Numéro de sécurité sociale"
nature = "nir"
format = "nir"
protection = "strict"
cnil = "nir"

[[field]]
code = "hlth.sheet"
label = "Feuille de soins"
nature = "art9"
protection = "strict"
cnil = "health"

[[field]]
code = "jus.record"
label = "Relevé"
nature = "art10"
protection = "strict"
cnil = "offences"

[[field]]
code = "secret"
label = "Code secret"
protection = "strict"
cnil = "identifiers"
never_kept = true

[[act]]
id = "file"
label = "Déposer"

[[act]]
id = "follow-up"
label = "Suivre"
recurring = true

[[procedure]]
code = "P01-aide"
partner = "caisse"
name = "Demande d'aide"
purpose = "Demander l'aide"
mission = "administrative-help"
modes = ["ASSIST", "ACT_FOR"]
words = ["aide", "coup de pouce"]
fields = [
    "ct.*",
    "no.file",
    "nir",
    "hlth.sheet?",
    "jus.record?",
    "secret",
]
view_only = ["hlth.sheet"]
express_consent = ["jus.record"]
acts = ["file", "follow-up"]
recipients = ["guichet"]
basis = { text = "Aide", reference = "Code d'essai L1" }
art9 = "Lue, jamais gardée."
art10 = "Jamais gardé."
source = "S"
valid_from = 2020-01-24
[[procedure.act]]
id = "renew"
label = "Renouveler"
recurring = true
[[procedure.kept]]
field = "no.file"
because = "Demandé à chaque appel."
[[procedure.data_request]]
id = "statement"
label = "Relevé de situation"
fields = ["no.file"]
[[procedure.exchange]]
reference = "Accord d'essai art. 1"
kind = "BACK_OFFICE"
fields = ["ct.phone"]
[[procedure.forbidden]]
id = "account"
label = "Créer le compte"
"""

HOUSE = """\
kind = "house"
format = 1
code = "essai"
name = "Maison d'essai"
manager = "Communauté d'essai"
department = "53"
territory = "metropole"
zone = "Europe/Paris"
profile = "mayenne"
local_partners = ["caisse"]
source = "Essai"
mark = "DEF"

[schedule]
monday = ["09:00-12:00", "13:30-17:30"]
saturday = ["9:00 - 12:00"]

[channels]
email = "maison@exemple.fr"
phone = "02 99 00 00 00"
"""

PROFILE_HEAD = """\
kind = "profile"
format = 1
code = "essai"
label = "Profil d'essai"
valid_from = 2020-01-24
"""

_VALUES = {
    "mandate.durations_days": "[1, 31]",
    "reminder.hours_left": "[48, 3]",
    "mandate.default_days": "31",
    "mandate.max_days": "365",
    "mandate.signature_means": '["on_site_paper"]',
    "mandate.identity_methods": '["passport"]',
    "mandate.information_topics": '["use_of_data", "rights", "procedures"]',
    "mandate.representative_is_party": "false",
    "access.supervision_allowed": "true",
    "response.reading": '"A"',
}
_DATED = 'source = "Essai"\nmark = "DEF"\nvalid_from = 2020-01-24\n'


def profile_text() -> str:
    """Write the smallest profile that states every rule."""
    rules = [f'[[rule]]\nname = "{name}"\nvalue = {_VALUES.get(name, "7")}\n{_DATED}' for name in RULES]
    capacities = [
        f'[[capacity]]\ncapacity = "{code}"\nlabel = "{code}"\nallowed = true\nsigner = "person"\n{_DATED}'
        for code in ("adult", "minor", "guardianship", "curatorship", "family-habilitation", "safeguard")
    ]
    roles = [
        f'[[role]]\nrole = "{code}"\nlabel = "{code}"\npowers = ["receive"]\n{_DATED}'
        for code in ("agent", "dpo", "manager", "delegate", "job")
    ]
    retention = [
        f'[[retention]]\nclass = "{code}"\ncounting = "from-day"\nyears = 1\nruns_from = "fin"\n{_DATED}'
        for code in (
            "working-data", "dormant-procedure", "mandate-proof", "logs", "breach-register", "request-file", "identity",
            "actor-name", "stream-headers", "elimination-slips", "hold-file", "agent", "house-contact",
        )
    ]  # fmt: skip
    labels = [
        "[labels]\n",
        *(
            f'{code} = "{code}"\n'
            for code in (
                "on_site_paper", "on_site_tablet", "sms", "remote", "identity_card", "passport", "residence_permit",
                "driving_licence", "france_identite", "asylum_certificate", "family_booklet_and_witness", "use_of_data",
                "rights", "procedures",
            )
        ),
    ]  # fmt: skip
    signatory = '[[signatory]]\npartner = "caisse"\nbody = "La Caisse"\n'
    return "\n".join([PROFILE_HEAD, *rules, *capacities, *roles, *retention, signatory, "".join(labels)])


CLOCKS_HEAD = """\
kind = "clocks"
format = 1
"""
LAST_HOLIDAY = 'name = "Jour d\'essai"\nmonth = 2\nday = 28\nterritories = ["mayotte"]\n'


def clocks_text() -> str:
    """Write the smallest file that states every number of every clock."""
    packs = [
        f'[[pack]]\nclock = "{clock}"\nid = "essai-{clock}"\nlabel = "Essai"\nvalid_from = 2020-01-24\n'
        + "".join(
            f'[[pack.number]]\nname = "{name}"\nvalue = {"false" if kind is bool else 7}\n'
            'source = "Essai"\nmark = "DEF"\n'
            for name, kind in numbers.items()
        )
        for clock, numbers in NUMBERS.items()
    ]
    moving = f'[[holiday]]\nname = "Lundi d\'essai"\nafter_easter = 1\n{_DATED}'
    territories = [
        f'[[territory]]\ncode = "{code}"\nzones = ["Europe/Paris"]\nnational_only = true\n'
        for code in (
            "metropole", "alsace-moselle", "guadeloupe", "guyane", "martinique", "mayotte", "la-reunion",
            "saint-barthelemy", "saint-martin", "saint-pierre-et-miquelon", "polynesie", "nouvelle-caledonie",
        )
    ]  # fmt: skip
    return "\n".join([CLOCKS_HEAD, *packs, moving, f"[[holiday]]\n{LAST_HOLIDAY}{_DATED}", *territories])


def clocks(text: str | None = None) -> RulePacks:
    """Read a file of clocks."""
    return read_clock_packs((text or clocks_text()).encode(), file="clocks.toml")


ASSESSMENT_HEAD = """\
kind = "assessment"
format = 1
valid_from = 2020-01-24
"""
SCALE = """\
[[scale]]
dpc = ["1", "2"]
ei = ["0.5", "1"]
confidentiality = ["0", "0.25", "0.5"]
integrity = ["0", "0.25", "0.5"]
availability = ["0", "0.25", "0.5"]
malicious = "0.5"
bands = ["2", "3", "4"]
many_people = 7
"""


def assessment_text() -> str:
    """Write the smallest measure of breaches, with every category."""
    proposal = f'[[proposal]]\nauthority_from = "medium"\npeople_from = "high"\n{_DATED}'
    content = f'[[content]]\nby_name = "health"\nothers = []\n{_DATED}'
    categories = [f'[[category]]\ncategory = "{each}"\ndpc = "1"\nei = "1"\n{_DATED}' for each in DataCategory]
    return "\n".join([ASSESSMENT_HEAD, f"{SCALE}{_DATED}", proposal, content, *categories])


def assessment(text: str | None = None) -> AssessmentRules:
    """Read a measure of breaches."""
    return read_assessment((text or assessment_text()).encode(), file="assessment.toml")


def partners(text: str = PARTNERS) -> Partners:
    """Read a partners file."""
    return read_partners(text.encode(), file="partners.toml")


def catalogue(text: str = CATALOGUE) -> Catalogue:
    """Read a catalogue against the partners of the trial."""
    return read_catalogue(text.encode(), file="catalogue.toml", partners=partners())


def house(text: str = HOUSE) -> HouseFile:
    """Read a house file against the partners of the trial."""
    return read_house(text.encode(), file="house.toml", partners=partners(), profiles=frozenset({"mayenne"}))


def profile(text: str | None = None) -> Profile:
    """Read a profile against the partners of the trial."""
    return read_profile((text or profile_text()).encode(), file="profile.toml", partners=partners())


READERS = {
    "partners": (PARTNERS, partners),
    "catalogue": (CATALOGUE, catalogue),
    "house": (HOUSE, house),
    "profile": (profile_text(), profile),
    "clocks": (clocks_text(), clocks),
    "assessment": (assessment_text(), assessment),
}
"""For each kind of file: its right text, and what reads it."""


def spoiled(kind: str, old: str, new: str) -> str:
    """Give the right text of a kind with one place changed."""
    text = READERS[kind][0]
    assert text.count(old) >= 1, f"{old!r} is not in the {kind} file"
    return text.replace(old, new, 1)


def problems_of(kind: str, text: str) -> list[Problem]:
    """Give what the reading of a text of this kind finds wrong."""
    try:
        READERS[kind][1](text)
    except LawInvalid as invalid:
        return list(invalid.problems)
    return []
