"""Each way to spoil a file of law gives its own finding, on the line where a person would look."""

from __future__ import annotations

import pytest

from ledger.rules.messages import MESSAGES
from ledger.rules.problems import LawInvalid
from tests.unit.rules.law_texts import READERS, problems_of, spoiled

WEEK = 'monday = ["09:00-12:00", "13:30-17:30"]'
MEANS = 'value = ["on_site_paper"]'
DEFAULT = 'name = "mandate.default_days"\nvalue = 31'
MAX = 'name = "mandate.max_days"\nvalue = 365'
GRACE = 'name = "mandate.grace_days"\nvalue = 7'
DATED = '\nsource = "Essai"\nmark = "DEF"\nvalid_from = '
EARLIER_GRACE = f'[[rule]]\nname = "mandate.grace_days"\nvalue = 1{DATED}2019-01-01\n'
RECIPIENT = 'id = "guichet"\npartner = "caisse"\n[[recipient.name]]\nname = "Guichet de la Caisse"\n'
SECOND_RECIPIENT = (
    'valid_from = 2020-01-01\n[[recipient]]\nid = "guichet"  # again\n[[recipient.name]]\nname = "Autre"\n'
)
SECOND_ENTRY = """
[[procedure]]
code = "{code}"  # again
partner = "caisse"
name = "Autre"
purpose = "Autre"
mission = "inform"
modes = ["ASSIST"]
words = ["autre"]
fields = ["ct.mail"]
recipients = ["guichet"]
basis = {{ text = "T", reference = "R" }}
source = "D"
valid_from = {day}  # again
"""
OTHER = SECOND_ENTRY.format(code="P02-autre", day="2020-01-24")
LAST = 'label = "Créer le compte"\n'
PACK = (
    '[[pack]]\nclock = "complementary"\nid = "essai-complementary"\nlabel = "Essai"\nvalid_from = 2020-01-24\n'
    '[[pack.number]]\nname = "complete_hours"\nvalue = 7\nsource = "Essai"\nmark = "DEF"\n'
)

# (rule, kind of file, what is replaced, by what, words on the line that must be named)
CASES = [
    ("UNKNOWN_KEY", "catalogue", 'mission = "administrative-help"', 'mission = "inform"\ncolour = "blue"', "colour"),
    ("UNKNOWN_KEY", "partners", 'label = "Partenaires d\'essai"', 'label = "L"\nlabell = "M"', "labell"),
    ("UNKNOWN_KEY", "house", WEEK, WEEK + '\nmardi = ["09:00-12:00"]', "mardi"),
    ("UNKNOWN_KEY", "profile", MAX, MAX + "\nunit = 'days'", "unit"),
    ("UNKNOWN_KEY", "catalogue", 'text = "Aide", ', 'text = "Aide", colour = "blue", ', "colour"),
    ("MISSING_KEY", "catalogue", 'purpose = "Demander l\'aide"\n', "", "[[procedure]]"),
    ("MISSING_KEY", "catalogue", 'basis = { text = "Aide", reference = "Code d\'essai L1" }\n', "", "[[procedure]]"),
    ("MISSING_KEY", "catalogue", 'words = ["aide", "coup de pouce"]\n', "", "[[procedure]]"),
    ("MISSING_KEY", "partners", 'source = "Accord d\'essai"\n', "", "[[partner.role]]"),
    ("MISSING_KEY", "house", 'manager = "Communauté d\'essai"\n', "", 'kind = "house"'),
    ("WRONG_TYPE", "catalogue", 'name = "Demande d\'aide"', "name = 12", "name = 12"),
    ("WRONG_TYPE", "catalogue", "valid_from = 2020-01-24", 'valid_from = "24 janvier"', "24 janvier"),
    ("WRONG_TYPE", "catalogue", "valid_from = 2020-01-24", "valid_from = 2020-01-24T10:00:00Z", "T10:00:00Z"),
    ("WRONG_TYPE", "catalogue", 'label = "Suivre"\nrecurring = true', 'label = "Suivre"\nrecurring = 1', "= 1"),
    ("WRONG_TYPE", "catalogue", '    "no.file",', "    12,", "    12,"),
    ("WRONG_TYPE", "profile", MAX, 'name = "mandate.max_days"\nvalue = true', "value = true"),
    ("WRONG_TYPE", "catalogue", LAST, LAST + OTHER + "kept = [3]\n", "kept = [3]"),
    ("BLANK", "catalogue", 'name = "Demande d\'aide"', 'name = "  "', 'name = "  "'),
    ("TEXT_TOO_LONG", "catalogue", 'name = "Demande d\'aide"', f'name = "{"long " * 101}"', "long long"),
    ("NOT_PRINTABLE", "catalogue", 'name = "Demande d\'aide"', 'name = "A\\u001b[31m"', "u001b"),
    ("NOT_PRINTABLE", "catalogue", '"coup de pouce"', '"coup\\u0007"', "u0007"),
    ("BAD_CODE", "catalogue", 'code = "P01-aide"', 'code = "P01 aide"', "P01 aide"),
    ("NOT_IN_LIST", "profile", DEFAULT, 'name = "mandate.default_days"\nvalue = 30  # not offered', "# not offered"),
    ("TOO_SMALL", "profile", MAX, 'name = "mandate.max_days"\nvalue = 0  # none', "# none"),
    ("TOO_SMALL", "profile", "value = [1, 31]", "value = [0, 31]  # none", "# none"),
    ("TOO_GREAT", "profile", GRACE, 'name = "mandate.grace_days"\nvalue = 100001', "100001"),
    ("TOO_GREAT", "profile", "years = 1", "years = 151", "151"),
    ("TOO_LONG", "profile", "value = [1, 31]", "value = [1, 366]", "366"),
    ("TOO_FEW", "catalogue", 'recipients = ["guichet"]', "recipients = []", "recipients"),
    ("TOO_FEW", "profile", "value = [1, 31]", "value = []  # none", "# none"),
    ("DOUBLE", "catalogue", '    "ct.*",\n', '    "ct.*",\n    "ct.mail",  # twice\n', "# twice"),
    ("DOUBLE", "catalogue", '"coup de pouce"', '"aide"', "words"),
    ("DOUBLE", "profile", "value = [1, 31]", "value = [1, 31, 1]", "31, 1"),
    ("NOT_IN_LIST", "catalogue", '"ASSIST", "ACT_FOR"', '"ASSIST", "INSTEAD"', "INSTEAD"),
    ("NOT_IN_LIST", "catalogue", 'mission = "administrative-help"', 'mission = "other"', '"other"'),
    ("NOT_IN_LIST", "catalogue", 'kind = "BACK_OFFICE"', 'kind = "CONSENT"', "CONSENT"),
    ("NOT_IN_LIST", "profile", MEANS, 'value = ["pigeon"]', "pigeon"),
    ("NOT_IN_LIST", "profile", 'value = "A"', 'value = "D"', '"D"'),
    ("NOT_IN_LIST", "profile", 'powers = ["receive"]', 'powers = ["everything"]', "everything"),
    ("NOT_IN_LIST", "partners", 'house = "joint"', 'house = "boss"', "boss"),
    ("NOT_IN_LIST", "house", '"metropole"', '"corse"', "corse"),
    ("DUPLICATE", "catalogue", 'code = "ct.phone"', 'code = "ct.mail"  # again', "# again"),
    ("DUPLICATE", "catalogue", 'id = "follow-up"', 'id = "file"  # again', "# again"),
    ("DUPLICATE", "partners", RECIPIENT, RECIPIENT + SECOND_RECIPIENT, "# again"),
    ("NUMBER_TAKEN", "catalogue", LAST, LAST + SECOND_ENTRY.format(code="p01-autre", day="2020-01-24"), 'p01-autre"'),
    ("PERIOD_REVERSED", "catalogue", "valid_from = 2020-01-24", "valid_from = 2020-01-24\nvalid_until = 2020-01-24",
     "valid_until"),
    ("OVERLAP", "catalogue", LAST, LAST + SECOND_ENTRY.format(code="P01-aide", day="2025-01-01"), "2025-01-01"),
    ("OVERLAP", "catalogue", LAST, LAST + SECOND_ENTRY.format(code="P01-aide", day="2020-01-24"), "24  # again"),
    ("OVERLAP", "partners", "valid_from = 2024-01-01  # second", "valid_from = 2023-12-31  # second", "# second"),
    ("OVERLAP", "profile", "[[rule]]\n" + MAX, EARLIER_GRACE + "[[rule]]\n" + MAX, "valid_from = 2020"),
    ("GAP", "profile", MAX + DATED + "2020-01-24", MAX + DATED + "2021-01-24", "2021-01-24"),
    ("UNKNOWN_FIELD", "catalogue", '    "no.file",', '    "no.fille",', "no.fille"),
    ("UNKNOWN_FIELD", "catalogue", '    "no.file",', '    "zz.*",', "zz.*"),
    ("UNKNOWN_FIELD", "catalogue", '"hlth.sheet"]', '"hlth.shett"]', "hlth.shett"),
    ("FIELD_NOT_LISTED", "catalogue", '    "ct.*",\n', '    "ct.mail",\n', 'fields = ["ct.phone"]'),
    ("FIELD_NOT_LISTED", "catalogue", 'field = "no.file"', 'field = "no.fille"', "no.fille"),
    ("UNKNOWN_ACT", "catalogue", 'acts = ["file", "follow-up"]', 'acts = ["file", "fly"]', "fly"),
    ("ACT_FORBIDDEN", "catalogue", 'id = "account"', 'id = "renew"  # barred', "# barred"),
    ("UNKNOWN_PARTNER", "catalogue", 'partner = "caisse"', 'partner = "caise"', '"caise"'),
    ("UNKNOWN_PARTNER", "partners", RECIPIENT, RECIPIENT.replace('"caisse"', '"caise"'), '"caise"'),
    ("UNKNOWN_PARTNER", "house", '["caisse"]', '["caise"]', '"caise"'),
    ("UNKNOWN_PARTNER", "profile", 'partner = "caisse"', 'partner = "caise"', '"caise"'),
    ("UNKNOWN_RECIPIENT", "catalogue", '["guichet"]', '["gichet"]', "gichet"),
    ("UNKNOWN_PROFILE", "house", '"mayenne"', '"sarthe"', "sarthe"),
    ("NAME_MISSING", "catalogue", "valid_from = 2020-01-24", "valid_from = 2019-12-31", 'partner = "caisse"'),
    ("NAME_MISSING", "partners", "valid_from = 2024-01-01  # second", "valid_from = 2024-01-02  # second",
     "[[partner.name]]"),
    ("ROLE_MISSING", "partners", "valid_from = 2020-01-01  # role", "valid_from = 2021-01-01  # role",
     "[[partner.role]]"),
    ("KEPT_WITHOUT_REASON", "catalogue", 'because = "Demandé à chaque appel."\n', "", "[[procedure.kept]]"),
    ("KEPT_ART9", "catalogue", 'field = "no.file"', 'field = "hlth.sheet"', 'field = "hlth.sheet"'),
    ("KEPT_ART10", "catalogue", 'field = "no.file"', 'field = "jus.record"', 'field = "jus.record"'),
    ("KEPT_NIR", "catalogue", 'field = "no.file"', 'field = "nir"', 'field = "nir"'),
    ("KEPT_NEVER", "catalogue", 'field = "no.file"', 'field = "secret"', 'field = "secret"'),
    ("KEPT_AND_VIEWED", "catalogue", 'view_only = ["hlth.sheet"]', 'view_only = ["no.file"]', "view_only"),
    ("SPECIAL_UNSAID", "catalogue", 'art9 = "Lue, jamais gardée."\n', "", "fields = ["),
    ("SPECIAL_UNSAID", "catalogue", 'art10 = "Jamais gardé."\n', "", "fields = ["),
    ("ACT_FOR_WITHOUT_ACT", "catalogue", LAST, LAST + OTHER.replace("ASSIST", "ACT_FOR"), "[[procedure]]"),
    ("NO_EVERYDAY_WORD", "catalogue", 'words = ["aide", "coup de pouce"]', "words = []", "words = []"),
    ("UNKNOWN_RULE", "profile", 'name = "committee.months"', 'name = "committee.weeks"', "committee.weeks"),
    ("MISSING_RULE", "profile", 'name = "committee.months"', 'name = "committee.weeks"', 'kind = "profile"'),
    ("BAD_HOURS", "house", '"09:00-12:00", "13', '"9h-12h", "13', "9h-12h"),
    ("BAD_HOURS", "house", '"09:00-12:00", "13', '"12:00-09:00", "13', "12:00-09:00"),
    ("BAD_HOURS", "house", '"09:00-12:00", "13', '"09:00-24:30", "13', "24:30"),
    ("HOURS_OVERLAP", "house", '"13:30-17:30"', '"11:59-17:30"', "monday"),
    ("NO_CHANNEL", "house", 'email = "maison@exemple.fr"\n', "", "[channels]"),
    ("UNKNOWN_ZONE", "house", "Europe/Paris", "Europe/Pariss", "Pariss"),
    ("UNKNOWN_ZONE", "house", "Europe/Paris", "../etc/passwd", "passwd"),
    ("UNKNOWN_ZONE", "house", "Europe/Paris", "Europe", "zone"),
    ("BAD_ADDRESS", "house", "maison@exemple.fr", "maison.exemple.fr", "maison.exemple"),
    ("BAD_ADDRESS", "house", "02 99 00 00 00", "rue des Fleurs", "Fleurs"),
    ("BAD_ADDRESS", "house", 'email = "maison@exemple.fr"', 'form = "http://exemple.fr"', "http://"),
    ("TERM_UNSAID", "profile", "years = 1\n", "", 'counting = "from-day"'),
    ("TERM_SAID", "profile", 'counting = "from-day"', 'counting = "at-once"', 'counting = "at-once"'),
    ("NO_SUCH_DAY", "clocks", "month = 2\nday = 28", "month = 2\nday = 29", "day = 29"),
    ("NO_SUCH_DAY", "clocks", "month = 2\nday = 28", "month = 4\nday = 31", "day = 31"),
    ("TOO_GREAT", "clocks", "month = 2", "month = 13", "month = 13"),
    ("TOO_GREAT", "clocks", "after_easter = 1", "after_easter = 71", "after_easter = 71"),
    ("TOO_SMALL", "clocks", 'name = "notify_hours"\nvalue = 7', 'name = "notify_hours"\nvalue = 0', "value = 0"),
    ("TOO_GREAT", "clocks", 'name = "reply_months"\nvalue = 7', 'name = "reply_months"\nvalue = 121', "value = 121"),
    ("WRONG_TYPE", "clocks", 'name = "in_use"\nvalue = false', 'name = "in_use"\nvalue = 1', "value = 1"),
    ("UNKNOWN_KEY", "clocks", "after_easter = 1", "after_easter = 1\nday = 3", "day = 3"),
    ("UNKNOWN_KEY", "clocks", 'zones = ["Europe/Paris"]', 'zones = ["Europe/Paris"]\nzone = 1', "zone = 1"),
    ("NOT_IN_LIST", "clocks", '["mayotte"]', '["corse"]', "corse"),
    ("MISSING_RULE", "clocks", 'name = "notify_hours"', 'name = "notify_days"', "[[pack]]"),
    ("MISSING_RULE", "clocks", 'clock = "answer"', 'clock = "reply"', 'kind = "clocks"'),
    ("MISSING_RULE", "clocks", 'code = "guyane"', 'code = "mayotte"', 'kind = "clocks"'),
    ("DUPLICATE", "clocks", 'code = "mayotte"', 'code = "guyane"  # again', "# again"),
    ("DUPLICATE", "clocks", "essai-answer", 'essai-breach"  # again', "# again"),
    ("DUPLICATE", "clocks", 'name = "least_working_days"', 'name = "notify_hours"  # again', "# again"),
    ("TOO_FEW", "clocks", '["mayotte"]', "[]", "territories"),
    ("UNKNOWN_ZONE", "clocks", "Europe/Paris", "Europe/Pariss", "Pariss"),
    ("OVERLAP", "clocks", PACK, f"{PACK}\n{PACK.replace('essai', 'autre').replace('2020-01-24', '2021-01-01')}",
     "2021-01-01"),
    ("GAP", "clocks", PACK, PACK.replace("2020-01-24", "2020-01-24\nvalid_until = 2021-01-01"), "valid_from"),
    ("NOT_DECIMAL", "assessment", 'malicious = "0.5"', 'malicious = "half"', "half"),
    ("NOT_DECIMAL", "assessment", 'dpc = ["1", "2"]', 'dpc = ["1", "0.125"]', "0.125"),
    ("NOT_RISING", "assessment", 'bands = ["2", "3", "4"]', 'bands = ["2", "4", "3"]', "bands"),
    ("TOO_FEW", "assessment", 'bands = ["2", "3", "4"]', 'bands = ["2", "3"]', "bands"),
    ("MISSING_RULE", "assessment", 'category = "genetic"', 'category = "health"  # again', 'kind = "assessment"'),
    ("WRONG_KIND", "catalogue", 'kind = "catalogue"', 'kind = "house"', 'kind = "house"'),
    ("WRONG_FORMAT", "catalogue", "format = 1", "format = 2", "format = 2"),
    ("NOT_TOML", "catalogue", 'name = "Demande d\'aide"', 'name = "Demande', 'name = "Demande'),
    ("NOT_TOML", "catalogue", 'name = "Demande d\'aide"', "= 3", "= 3"),
]  # fmt: skip

WHOLE_FILE = {"NOT_READABLE", "TOO_LARGE", "EMPTY", "NOT_UTF8", "UNKNOWN_KIND"}
"""What concerns the file as a whole; proven in test_reader.py."""


@pytest.mark.parametrize("kind", READERS)
def test_the_right_text_of_each_kind_has_no_problem(kind: str) -> None:
    assert problems_of(kind, READERS[kind][0]) == []


@pytest.mark.parametrize(
    ("rule", "kind", "old", "new", "on_line"), CASES, ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)]
)
def test_a_spoiled_line_is_named_with_its_file_and_a_sentence(
    rule: str, kind: str, old: str, new: str, on_line: str
) -> None:
    text = spoiled(kind, old, new)
    found = [problem for problem in problems_of(kind, text) if problem.rule == rule]
    assert found, f"{rule} was not found: {problems_of(kind, text)}"
    named = {text.splitlines()[problem.line - 1] for problem in found}
    assert any(on_line in line for line in named), named
    for problem in found:
        assert problem.file == f"{kind}.toml"
        assert problem.message
        assert "{" not in problem.message
        assert str(problem).startswith(f"{kind}.toml:{problem.line}: ")


def test_every_finding_of_the_closed_list_is_provoked() -> None:
    assert {case[0] for case in CASES} | WHOLE_FILE == set(MESSAGES)


def test_one_reading_reports_all_that_is_wrong_in_the_order_of_lines() -> None:
    text = spoiled("catalogue", 'partner = "caisse"', 'partner = "caise"')
    text = text.replace('"guichet"', '"gichet"').replace('purpose = "Demander l\'aide"', "purpose = 3")
    found = problems_of("catalogue", text)
    assert [problem.rule for problem in found] == ["UNKNOWN_PARTNER", "WRONG_TYPE", "UNKNOWN_RECIPIENT"]
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)


def test_one_slip_is_one_finding_and_not_a_shower() -> None:
    lonely = ("UNKNOWN_KEY", "NOT_IN_LIST", "PERIOD_REVERSED", "KEPT_NIR", "UNKNOWN_RECIPIENT", "BAD_HOURS", "NOT_TOML")
    for rule, kind, old, new, _ in CASES:
        if rule in lonely:
            assert [problem.rule for problem in problems_of(kind, spoiled(kind, old, new))] == [rule], new


def test_a_date_that_cannot_be_read_brings_no_other_finding() -> None:
    for kind in ("catalogue", "partners"):
        text = spoiled(kind, "valid_from = 2020-01-", 'valid_from = "bientôt"  # 2020-01-')
        assert [problem.rule for problem in problems_of(kind, text)] == ["WRONG_TYPE"], kind


def test_the_error_carries_all_findings_and_exits_with_usage() -> None:
    with pytest.raises(LawInvalid) as caught:
        READERS["house"][1](spoiled("house", "Europe/Paris", "Mars/Base").replace('"metropole"', '"mars"'))
    assert caught.value.exit_code == 2
    assert caught.value.code == "LAW_INVALID"
    assert [(problem.file, problem.rule) for problem in caught.value.problems] == [
        ("house.toml", "NOT_IN_LIST"),
        ("house.toml", "UNKNOWN_ZONE"),
    ]
    assert "house.toml:7" in caught.value.explain()
    assert caught.value.next_step()
