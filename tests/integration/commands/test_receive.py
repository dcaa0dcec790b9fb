"""At the counter: few answers, nothing lost when a reception is cut short, nothing done twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ledger.usecases import receive
from tests.integration.commands.shell import FILE, PERSON, Shell, staffed
from tests.integration.commands.test_terminal import Terminal

CHLOE = {"family_name": "Modèle", "given_name": "Chloé", "birth_date": "03/02/1980"}
VISIT = {
    **CHLOE, "procedure": "carte grise", "present": True, "mode": "act-for", "identity": "identity-card",
    "informed": True, "signed": True,
}  # fmt: skip
WHO = (("Nom de famille", "Modèle"), ("Prénom", "Chloé"), ("Date de naissance", "03/02/1980"))
WANTS = (("De quoi s’agit-il", "carte grise"),)
ASSIST, ACT_FOR = ("1. la personne, avec votre aide", "1"), ("2. vous, en son nom", "2")
ABSENT = ("3. vous, en son nom, en son absence", "3")
ALL = ("Tout (Entrée), ou une partie seulement", "")
IDENTITY = ("Comment l’identité de la personne a-t-elle été vérifiée", "1")
INFORMED = ("La personne a-t-elle été informée", "oui")
SIGNED = ("Avez-vous tous signé chaque exemplaire, sur place : la personne et vous", "oui")
AT_MOST, AT_MOST_WITHOUT_IDENTITY = 10, 3


class Counter(Terminal):
    """A reception at a terminal; `told` is all that was shown."""

    told = ""

    def __init__(self, shell: Shell, *line: str) -> None:
        super().__init__(shell, ["--as", "bob", "receive", *line], columns=200)

    def answer(self, *questions: tuple[str, str]) -> Counter:
        """Answer questions, each once it is asked."""
        for ask, typed in questions:
            self.expect(ask)
            shown, _, rest = self.seen.partition(ask)
            self.told, self.seen = self.told + shown + ask, rest
            self.type(typed)
        return self

    def end(self) -> int:
        """Read to the end and give the exit code."""
        code = super().end()
        self.told += self.seen
        return code


def only(shell: Shell, noun: str) -> str:
    """Give the reference of the one procedure or mandate there is."""
    (row,) = shell.ok(noun, "list", who="bob").rows
    return str(row[noun])


def looks(shell: Shell) -> list[str]:
    return [row["decision"] for row in shell.ok("access", "list", who="bob").rows]


def must_be_complete(shell: Shell) -> None:
    """See that there is one live mandate, one open procedure that it serves, and one look that was allowed."""
    mandate = shell.ok("mandate", "show", only(shell, "mandate"), who="bob").row
    assert mandate["state"] == "live"
    assert mandate["originals"] == 2
    assert mandate["signatures"] == ["person", "mandatary"]
    procedure = shell.ok("procedure", "show", only(shell, "procedure"), who="bob").row
    assert procedure["mandates"] == [mandate["mandate"]]
    assert looks(shell) == ["GRANTED"]


def must_be_untouched(shell: Shell) -> None:
    """See that nobody was registered, and nothing opened or drafted."""
    assert shell.ok("procedure", "list", who="bob").rows == []
    assert shell.ok("mandate", "list", who="bob").rows == []
    assert shell.ok("subject", "find", answers=CHLOE, who="bob").rows == []


@pytest.mark.row("S-4.6.15")
@pytest.mark.row("S-4.6.16")
@pytest.mark.row("S-4.6.17")
def test_a_mandate_a_procedure_and_the_first_look_take_ten_answers_at_most(office: Shell, tmp_path: Path) -> None:
    words = (("De quoi s’agit-il", "carte grise perdue"), ("0. aucune de celles-ci", "2"))
    questions = (*WHO, *words, ACT_FOR, ALL, IDENTITY, INFORMED, SIGNED)
    assert len(questions) <= AT_MOST
    counter = Counter(office, "--paper", str(tmp_path / "mandat.pdf")).answer(*questions)
    assert counter.end() == 0
    assert "Premier accès autorisé" in counter.told
    must_be_complete(office)
    assert (tmp_path / "mandat.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("typed", "acts"),
    [
        ("", ["file", "follow-up", "add-document", "declare-sale"]),
        ("1", ["file"]),
        ("3, 1", ["file", "add-document"]),
    ],
)
def test_the_acts_are_shown_and_narrowed_before_the_mandate_is_drafted(
    office: Shell, typed: str, acts: Sequence[str]
) -> None:
    wrong = [(ALL[0], "9"), ("Donnez des numéros de la liste", "un")] if typed else []
    counter = Counter(office).answer(*WHO, *WANTS, ACT_FOR, *wrong, (ALL[0], typed), IDENTITY)
    counter.expect(INFORMED[0])
    counter.interrupt()
    assert counter.end() == 130
    assert "Le mandat énumère :" in counter.told
    assert "1. Déposer la demande" in counter.told
    mandate = office.ok("mandate", "show", only(office, "mandate"), who="bob").row
    assert mandate["acts"] == [f"FTI02-carte-grise:{act}" for act in acts]


def test_acts_that_an_option_names_are_shown_and_not_asked(office: Shell) -> None:
    counter = Counter(office, "--act", FILE).answer(*WHO, *WANTS, ACT_FOR, IDENTITY)
    assert "1. Déposer la demande" in counter.told
    assert "2. " not in counter.told.partition("Le mandat énumère")[2].partition("Mandat préparé")[0]
    counter.expect(INFORMED[0])
    counter.interrupt()
    assert counter.end() == 130


def test_a_visit_without_identity_takes_three_answers_at_most(office: Shell) -> None:
    questions = (("Nom de famille", ""), ("De quoi s’agit-il", "carte grise"))
    assert len(questions) <= AT_MOST_WITHOUT_IDENTITY
    counter = Counter(office).answer(*questions)
    assert counter.end() == 0
    assert "Visite enregistrée, sans identité" in counter.told
    shown = office.ok("procedure", "show", only(office, "procedure"), who="bob").row
    assert shown["anonymous"]
    assert shown["subjects"] == []
    assert looks(office) == []


def test_words_that_mean_several_procedures_are_told_apart_by_a_number(office: Shell) -> None:
    questions = (
        ("Nom de famille", ""),
        ("De quoi s’agit-il", "retraite"),
        ("1. ", "99"),
        ("Il n’y a pas de choix 99", "1"),
    )
    counter = Counter(office).answer(*questions)
    assert counter.end() == 0
    assert "Visite enregistrée" in counter.told


def test_the_own_words_of_a_procedure_cost_no_answer_more_and_its_name_is_shown(office: Shell) -> None:
    counter = Counter(office).answer(("Nom de famille", ""), ("De quoi s’agit-il", "ma carte grise"))
    assert counter.end() == 0
    assert "Démarche : Certificat d'immatriculation (carte grise)" in counter.told


def test_what_is_not_its_own_words_is_a_question_and_none_of_these_asks_again(office: Shell) -> None:
    counter = Counter(office).answer(
        ("Nom de famille", ""),
        ("De quoi s’agit-il", "succession"),
        ("De quoi s’agit-il", "carte grise perdue"),
        ("0. aucune de celles-ci", "0"),
        ("De quoi s’agit-il", "immatriculer"),
        ("0. aucune de celles-ci", "1"),
    )
    assert counter.end() == 0
    assert "Aucune démarche ne répond à ces mots." in counter.told
    assert "(FTI02-carte-grise)" in counter.told.rpartition("Démarche : ")[2]
    assert office.ok("procedure", "show", only(office, "procedure"), who="bob").row["entry"] == "FTI02-carte-grise"


def test_an_answer_about_identity_that_cannot_be_is_asked_again(office: Shell) -> None:
    counter = Counter(office).answer(
        ("Nom de famille", "M0dèle"),
        ("Ce ne peut pas être un nom", "Modèle"),
        ("Prénom", "Chloé"),
        ("Date de naissance", "31/02/1980"),
        ("Cette date n’existe pas", "hier"),
        ("Ce n’est pas une date", "03/02/2980"),
        ("Cette date de naissance n", "03/02/1980"),
        *WANTS,
        ASSIST,
        INFORMED,
    )
    assert counter.end() == 0
    assert looks(office) == ["GRANTED"]
    assert len(office.ok("subject", "find", answers=CHLOE, who="bob").rows) == 1


@pytest.mark.row("S-4.6.4")
def test_somebody_who_is_helped_gives_no_mandate(office: Shell) -> None:
    counter = Counter(office).answer(*WHO, *WANTS, ASSIST, INFORMED)
    assert counter.end() == 0
    assert office.ok("mandate", "list", who="bob").rows == []
    shown = office.ok("procedure", "show", only(office, "procedure"), who="bob").row
    assert shown["mode"] == "ASSIST"
    assert looks(office) == ["GRANTED"]


def test_a_terminal_speaks_french_and_only_french(office: Shell) -> None:
    counter = Counter(office).answer(*WHO, *WANTS, ACT_FOR, ALL, IDENTITY, INFORMED, ("Avez-vous tous signé", "non"))
    assert counter.end() == 5
    for sentence in (
        "visite sans identité",
        "Personne pas encore connue ici",
        "Qui fait la démarche",
        "Il faut 2 exemplaires",
        "1. carte nationale d’identité",
        "Informez la personne",
        "Imprimez les exemplaires",
        "L’accueil s’arrête ici",
    ):
        assert sentence in counter.told
    for word in (" the ", "Who ", "person ", "Which", "yes", "Error"):
        assert word not in counter.told


def test_english_is_spoken_to_whoever_asks_for_it(office: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    counter = Counter(office).answer(("Family name", ""), ("What is it about", "carte grise"))
    assert counter.end() == 0
    assert "Visit recorded, without identity" in counter.told


def test_the_same_visit_from_a_file_asks_nothing(anywhere: Shell) -> None:
    staffed(anywhere)
    row = anywhere.ok("receive", "--act", FILE, answers=VISIT, who="bob").row
    must_be_complete(anywhere)
    assert row["procedure"] == only(anywhere, "procedure")
    assert row["mandate"] == only(anywhere, "mandate")


@pytest.mark.parametrize(
    ("visit", "error"),
    [
        ({**VISIT, "birth_date": "31/02/1980"}, "VALUE_MALFORMED"),
        ({**VISIT, "mode": "by-magic"}, "ANSWER_INVALID"),
        ({**VISIT, "present": "perhaps"}, "ANSWER_INVALID"),
        ({**VISIT, "nir": "1 80 02 53 130 001 42"}, "UNKNOWN_KEYS"),
        ({**VISIT, "family_name": "x" * 101}, "ANSWER_INVALID"),
        ({**VISIT, "procedure": "retraite"}, "WORDS_UNCLEAR"),
        ({key: answer for key, answer in VISIT.items() if key != "given_name"}, "ANSWER_MISSING"),
        ([], "INPUT_NOT_JSON"),
    ],
)
def test_bad_answers_in_a_file_record_nothing(office: Shell, visit: Any, error: str) -> None:
    assert office.refused(2, "receive", answers=visit, who="bob") == error
    must_be_untouched(office)


NO_ACT = "FTI02-carte-grise:no-such-act"
OTHER_ACT = "CNAF05-situation:update"
WRONG_OPTIONS = [
    (("--days", "30"), (3, "TERM_NOT_OFFERED"), "1, 31, 182, 365"),
    (("--days", "366"), (3, "TERM_NOT_OFFERED"), "1, 31, 182, 365"),
    (("--act", NO_ACT), (3, "NOT_A_SPECIAL_MANDATE"), FILE),
    (("--act", OTHER_ACT), (3, "NOT_A_SPECIAL_MANDATE"), FILE),
    (("--act", FILE, "--act", NO_ACT), (3, "NOT_A_SPECIAL_MANDATE"), FILE),
    (("--data-request", "nothing"), (3, "NOT_A_SPECIAL_MANDATE"), FILE),
    (("--paper", "{tmp}/nowhere/mandat.pdf"), (2, "FOLDER_NOT_THERE"), "dossier qui existe"),
    (("--paper", "{tmp}/there.pdf"), (2, "FILE_THERE"), "nouveau fichier"),
]


@pytest.mark.parametrize("mode", ["assist", "act-for"])
@pytest.mark.parametrize(("line", "error", "told"), WRONG_OPTIONS)
def test_a_wrong_option_is_told_before_anything_is_recorded(
    office: Shell, line: Sequence[str], error: tuple[int, str], told: str, mode: str
) -> None:
    tmp_path = office.home.parent
    (tmp_path / "there.pdf").touch()
    words = [word.format(tmp=tmp_path) for word in line]
    said = office.run("--as", "bob", "receive", *words, "--json", answers={**VISIT, "mode": mode})
    assert (said.code, said.error) == error
    assert told in json.loads(said.err)["next_step"]
    must_be_untouched(office)


@pytest.mark.parametrize(
    ("wrong", "code", "error"),
    [
        ({"identity": "sms"}, 2, "ANSWER_INVALID"),
        ({"mode": "assist", "identity": "sms"}, 2, "ANSWER_INVALID"),
        ({"family_name": None}, 2, "ANSWER_MISSING"),
        ({"mode": "assist", "present": False}, 3, "NO_MANDATE"),
        ({"mode": "by-magic", "present": False}, 2, "ANSWER_INVALID"),
        ({"person": "00000000"}, 4, "NOT_FOUND"),
        ({"person": "Chloé"}, 2, "NOT_A_REFERENCE"),
        ({"birth_date": "03/02/2020"}, 2, "CAPACITY_NOT_THAT_AGE"),
        ({"procedure": "CNAV01-releve-carriere", "mode": "by-magic"}, 2, "ANSWER_INVALID"),
    ],
)
def test_a_wrong_answer_in_a_file_is_told_before_anything_is_recorded(
    office: Shell, wrong: dict[str, Any], code: int, error: str
) -> None:
    assert office.refused(code, "receive", answers={**VISIT, **wrong}, who="bob") == error
    must_be_untouched(office)


def test_a_file_that_names_somebody_of_another_name_records_nothing(office: Shell) -> None:
    other = office.ok("subject", "register", answers=PERSON, who="bob").row["subject"]
    for known in (False, True):
        if known:
            office.ok("subject", "register", answers=CHLOE, who="bob")
        assert office.refused(2, "receive", answers={**VISIT, "person": other[:8]}, who="bob") == "ANOTHER_PERSON"
        assert office.ok("procedure", "list", who="bob").rows == []


@pytest.mark.parametrize(
    "told",
    [
        {"given_name": "Chloé"}, {"birth_date": "03/02/1980"}, {"person": "00000000"}, {"mode": "act-for"},
        {"identity": "passport"}, {"signed": True},
    ],
)  # fmt: skip
def test_a_file_that_tells_of_somebody_without_a_name_is_no_anonymous_visit(office: Shell, told: Any) -> None:
    visit = {"procedure": "carte grise", **told}
    assert office.refused(2, "receive", answers=visit, who="bob") == "ANSWER_MISSING"
    must_be_untouched(office)


def test_an_answer_that_an_anonymous_visit_does_not_need_must_be_right_all_the_same(office: Shell) -> None:
    visit = {"procedure": "carte grise", "mode": "by-magic"}
    assert office.refused(2, "receive", answers=visit, who="bob") == "ANSWER_INVALID"
    must_be_untouched(office)


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        (("--days", "30"), 3, "Choisissez l’une des durées que la maison propose, en jours : 1, 31, 182, 365."),
        (("--paper", "/nowhere/mandat.pdf"), 2, "Donnez un fichier dans un dossier qui existe"),
    ],
)
def test_a_duration_or_a_place_that_cannot_be_is_told_before_the_first_question(
    office: Shell, line: Sequence[str], code: int, told: str
) -> None:
    counter = Counter(office, *line)
    assert counter.end() == code
    assert told in counter.told
    assert "Nom de famille" not in counter.told
    must_be_untouched(office)


def test_a_wrong_act_is_told_at_the_terminal_before_anything_is_recorded(office: Shell) -> None:
    counter = Counter(office, "--act", NO_ACT).answer(*WHO, *WANTS, ACT_FOR)
    assert counter.end() == 3
    assert "La démarche n’a pas d’acte" in counter.told
    assert FILE in counter.told
    must_be_untouched(office)


def test_a_person_whose_capacity_must_be_checked_first_is_told_before_the_procedure_is_opened(office: Shell) -> None:
    person = office.ok("subject", "register", "--capacity", "safeguard", answers=CHLOE, who="bob").row["subject"]
    assert office.refused(3, "receive", answers=VISIT, who="bob") == "CAPACITY_CHECK_NEEDED"
    assert office.ok("procedure", "list", who="bob").rows == []
    office.ok("receive", "--capacity-checked", answers=VISIT, who="bob")
    must_be_complete(office)
    assert office.ok("procedure", "show", only(office, "procedure"), who="bob").row["subjects"] == [person]


def test_a_death_is_told_once_it_is_known_who_is_meant_and_nothing_is_opened(office: Shell) -> None:
    person = office.ok("subject", "register", answers=CHLOE, who="bob").row["subject"]
    office.ok("subject", "death", person, who="bob")
    counter = Counter(office).answer(*WHO)
    assert counter.end() == 3
    assert "Le décès de cette personne est enregistré ici" in counter.told
    assert "De quoi s’agit-il" not in counter.told
    assert office.refused(3, "receive", answers=VISIT, who="bob") == "DEATH_RECORDED"
    assert office.refused(3, "receive", answers={**VISIT, "mode": "assist"}, who="bob") == "DEATH_RECORDED"
    assert office.ok("procedure", "list", who="bob").rows == []


@pytest.mark.row("S-4.6.14")
@pytest.mark.parametrize("known", [False, True])
def test_nobody_signs_a_mandate_who_is_not_here(office: Shell, *, known: bool) -> None:
    if known:
        office.ok("subject", "register", answers=CHLOE, who="bob")
    counter = Counter(office).answer(*WHO, *WANTS, ABSENT)
    assert counter.end() == 3
    assert "Un mandat se signe sur place, à deux" in counter.told
    assert "identité" not in counter.told.partition(ABSENT[0])[2]
    assert office.refused(3, "receive", answers={**VISIT, "present": False}, who="bob") == "NO_MANDATE"
    assert office.ok("procedure", "list", who="bob").rows == office.ok("mandate", "list", who="bob").rows == []
    assert len(office.ok("subject", "find", answers=CHLOE, who="bob").rows) == known


@pytest.mark.row("S-4.6.14")
def test_the_house_acts_without_the_person_under_a_mandate_in_force(office: Shell) -> None:
    first = office.ok("receive", "--act", FILE, answers=VISIT, who="bob").row
    counter = Counter(office).answer(*WHO, *WANTS, ABSENT)
    assert counter.end() == 0
    assert f"Sous le mandat en vigueur {first['mandate'][:8]}" in counter.told
    second = office.ok("receive", answers={**VISIT, "present": False}, who="bob").row
    assert second["mandate"] == first["mandate"]
    assert [row["mandate"] for row in office.ok("mandate", "list", who="bob").rows] == [first["mandate"]]
    assert looks(office) == ["GRANTED"] * 3
    absent = {**VISIT, "present": False}
    unlisted = ("--act", "FTI02-carte-grise:follow-up")
    assert office.refused(3, "receive", *unlisted, answers=absent, who="bob") == "NO_MANDATE"
    office.ok("mandate", "revoke", first["mandate"], who="bob")
    assert office.refused(3, "receive", answers=absent, who="bob") == "NO_MANDATE"
    assert len(office.ok("procedure", "list", who="bob").rows) == 3


def test_a_mandate_for_something_else_is_none_for_this(office: Shell) -> None:
    office.ok("receive", answers=VISIT, who="bob")
    absent = {**VISIT, "procedure": "permis", "present": False}
    assert office.refused(3, "receive", answers=absent, who="bob") == "NO_MANDATE"


def test_a_procedure_opened_without_the_person_waits_until_they_come(office: Shell) -> None:
    person = office.ok("subject", "register", answers=CHLOE, who="bob").row["subject"]
    line = ("procedure", "open", "--subject", person, "--mode", "act-for", "--absent")
    procedure = office.ok(*line, answers={"entry": "carte grise"}, who="bob").row["procedure"]
    counter = Counter(office, "--resume", procedure).answer(("La personne est-elle présente", "non"))
    assert counter.end() == 5
    assert "un mandat se signe sur place" in counter.told
    assert office.ok("mandate", "list", who="bob").rows == []
    come = Counter(office, "--resume", procedure)
    come.answer(("La personne est-elle présente", "oui"), ALL, IDENTITY, INFORMED, SIGNED)
    assert come.end() == 0
    must_be_complete(office)


@pytest.mark.parametrize("line", [("--days", "30"), ("--act", NO_ACT)])
def test_a_wrong_option_of_a_reception_that_goes_on_is_told_first(office: Shell, line: Sequence[str]) -> None:
    counter = Counter(office).answer(*WHO, *WANTS, ACT_FOR, ALL, IDENTITY)
    counter.expect(INFORMED[0])
    counter.interrupt()
    assert counter.end() == 130
    resumed = Counter(office, "--resume", only(office, "procedure")[:8], *line)
    assert resumed.end() == 3
    assert INFORMED[0] not in resumed.told


def test_a_reception_with_a_paper_is_repeated_though_the_paper_is_there_by_now(office: Shell, tmp_path: Path) -> None:
    line = ("receive", "--key", str(uuid4()), "--paper", str(tmp_path / "mandat.pdf"))
    first, second = (office.ok(*line, answers=VISIT, who="bob").row for _ in range(2))
    assert first["access"] == second["access"]
    must_be_complete(office)


def test_without_a_terminal_the_answers_must_come_from_somewhere(office: Shell) -> None:
    said = office.run("--as", "bob", "receive", "--json")
    assert said.code == 2
    assert said.error == "ANSWERS_NEEDED"


STAGES = {
    "identity": "vérification d’identité",
    "information": "information de la personne",
    "signatures": "impression et signatures",
}


def test_a_reception_that_is_finished_is_not_done_again(office: Shell) -> None:
    helped = office.ok("receive", answers={**VISIT, "mode": "assist"}, who="bob").row["procedure"]
    anonymous = office.ok("receive", answers={"procedure": "permis"}, who="bob").row["procedure"]
    for procedure in (office.ok("receive", answers=VISIT, who="bob").row["procedure"], helped, anonymous):
        before = looks(office)
        again = Counter(office, "--resume", procedure[:8])
        assert again.end() == 0
        assert "Cet accueil est déjà terminé" in again.told
        assert looks(office) == before
    assert office.ok("receive", "--pending", who="bob").rows == []


@pytest.mark.parametrize("asked", [IDENTITY, INFORMED, SIGNED])
def test_a_reception_interrupted_at_a_question_goes_on_from_there(office: Shell, asked: tuple[str, str]) -> None:
    questions = (*WHO, *WANTS, ACT_FOR, ALL, IDENTITY, INFORMED, SIGNED)
    done = questions.index(asked)
    counter = Counter(office).answer(*questions[:done])
    counter.expect(asked[0])
    counter.interrupt()
    assert counter.end() == 130
    assert looks(office) == []
    reference = only(office, "procedure")[:8]
    assert f"ledger receive --resume {reference}" in counter.told
    (pending,) = office.ok("receive", "--pending", who="bob").rows
    assert (pending["procedure"][:8], pending["entry"]) == (reference, "FTI02-carte-grise")
    resumed = Counter(office, "--resume", reference).answer(*questions[done:])
    assert resumed.end() == 0
    recap = resumed.told.partition(asked[0])[0]
    assert "Démarche : Certificat d'immatriculation (carte grise)" in recap
    assert "Personne : C. M. (" in recap
    assert f"À reprendre à l’étape : {STAGES[pending['next']]}" in recap
    assert office.ok("receive", "--pending", who="bob").rows == []
    assert "Nom de famille" not in resumed.told
    must_be_complete(office)


def beside(shell: Shell, capacity: str, **who: str) -> tuple[str, str]:
    """Register a person with whoever signs for them, or beside them; give both."""
    helper = shell.ok("subject", "register", answers=PERSON, who="bob").row["subject"]
    line = ("subject", "register", "--capacity", capacity, "--representative", helper)
    return shell.ok(*line, answers={**CHLOE, **who}, who="bob").row["subject"], helper


@pytest.mark.parametrize(
    ("capacity", "born", "asked", "signers"),
    [
        ("curatorship", "03/02/1980", "du curateur", "la personne, le curateur et vous"),
        ("minor", "03/02/2015", "du représentant", "le représentant et vous"),
    ],
)
def test_each_person_is_identified_by_a_question_of_their_own(
    office: Shell, capacity: str, born: str, asked: str, signers: str
) -> None:
    beside(office, capacity, birth_date=born)
    second = (f"Comment l’identité {asked} a-t-elle été vérifiée", "2")
    counter = Counter(office).answer(*WHO[:2], (WHO[2][0], born), *WANTS, ACT_FOR, ALL, IDENTITY)
    counter.expect(second[0])
    counter.interrupt()
    assert counter.end() == 130
    signed = (f"Avez-vous tous signé chaque exemplaire, sur place : {signers} ?", "oui")
    resumed = Counter(office, "--resume", only(office, "procedure")).answer(second, INFORMED, signed)
    assert resumed.end() == 0
    assert IDENTITY[0] not in resumed.told
    mandate = office.ok("mandate", "show", only(office, "mandate"), who="bob").row
    assert [check["method"] for check in mandate["identities"]] == ["identity_card", "passport"]


def test_a_file_may_say_how_the_one_beside_was_identified(office: Shell) -> None:
    _, helper = beside(office, "curatorship")
    office.ok("receive", answers={**VISIT, "identity_beside": "passport"}, who="bob")
    mandate = office.ok("mandate", "show", only(office, "mandate"), who="bob").row
    assert [check["method"] for check in mandate["identities"] if check["person"] == helper] == ["passport"]
    wrong = {**VISIT, "identity_beside": "sms"}
    assert office.refused(2, "receive", answers=wrong, who="bob") == "ANSWER_INVALID"


STEPS = ("draw_up", "identify", "tell", "sign_all", "file_originals", "first_look")


@pytest.mark.parametrize("again", ["--resume", "--key"])
@pytest.mark.parametrize("step", STEPS)
def test_a_reception_cut_short_before_any_step_loses_nothing(
    office: Shell, step: str, again: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ("--key", str(uuid4()))

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(receive, step, cut)
        assert office.run("--as", "bob", "receive", *key, answers=VISIT).code == 130
    procedure = only(office, "procedure")
    line = key if again == "--key" else ("--resume", procedure)
    assert office.ok("receive", *line, answers=VISIT, who="bob").row["procedure"] == procedure
    must_be_complete(office)


@pytest.mark.parametrize("step", STEPS)
def test_a_reception_cut_short_after_any_step_does_it_once(
    office: Shell, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, key = getattr(receive, step), ("--key", str(uuid4()))

    def cut(*given: Any, **named: Any) -> None:
        real(*given, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(receive, step, cut)
        assert office.run("--as", "bob", "receive", *key, answers=VISIT).code == 130
    office.ok("receive", *key, answers=VISIT, who="bob")
    must_be_complete(office)


def test_the_same_reception_sent_twice_has_one_effect(anywhere: Shell) -> None:
    staffed(anywhere)
    key = ("--key", str(uuid4()))
    first, second = (anywhere.ok("receive", *key, answers=VISIT, who="bob").row for _ in range(2))
    assert {name: first[name] for name in ("procedure", "mandate", "access")} == {
        name: second[name] for name in ("procedure", "mandate", "access")
    }
    assert [first["repeated"], second["repeated"]] == [False, True]
    must_be_complete(anywhere)
    assert len(anywhere.ok("subject", "find", answers=CHLOE, who="bob").rows) == 1


@pytest.mark.parametrize("mode", ["assist", "act-for"])
def test_a_repeated_reception_shows_no_empty_date(office: Shell, mode: str) -> None:
    line = ("--as", "bob", "receive", "--key", str(uuid4()))
    office.run(*line, answers={**VISIT, "mode": mode})
    again = office.run(*line, answers={**VISIT, "mode": mode})
    assert again.code == 0
    assert again.out.startswith("Déjà fait. Démarche ouverte")
    assert "jusqu’au" not in again.out


@pytest.mark.parametrize(
    "answer",
    [
        {"identity": "carte nationale d’identité"},
        {"identity": "CARTE NATIONALE D’IDENTITE"},
        {"mode": "Au nom de la personne"},
    ],
)
def test_a_file_may_say_the_label_that_the_screens_show(office: Shell, answer: dict[str, str]) -> None:
    office.ok("receive", "--kept-in", "Armoire fermee", answers={**VISIT, **answer}, who="bob")
    must_be_complete(office)


def test_a_word_that_is_none_is_refused_with_the_labels_and_their_codes(office: Shell) -> None:
    said = office.run("--as", "bob", "receive", "--kept-in", "tiroir", answers=VISIT)
    assert said.code == 2
    assert "(locked-cabinet)" in said.err
    assert "tiroir" not in said.err
    said = office.run("--as", "bob", "receive", answers={**VISIT, "identity": "sms"})
    assert "carte nationale d’identité (identity-card)" in said.err


def test_a_no_to_a_step_that_cannot_be_left_out_stops_there(office: Shell) -> None:
    for answer, step in (("informed", "INFORMATION"), ("signed", "SIGNATURES")):
        visit = {**VISIT, answer: False, "given_name": f"Chloé {step.lower()}"}
        said = office.run("--as", "bob", "receive", "--json", answers=visit)
        assert said.code == 5
        assert said.error == "RECEPTION_PAUSED"
    assert looks(office) == []
    assert {row["state"] for row in office.ok("mandate", "list", who="bob").rows} == {"identity-verified", "informed"}


def homonyms(shell: Shell) -> Sequence[str]:
    """Register two people with one name and birth date; give their references, the first one first."""
    return [
        shell.ok("subject", "register", *extra, answers={**CHLOE, "phone": phone}, who="bob").row["subject"]
        for extra, phone in (((), "06 12 34 56 78"), (("--homonym",), "06 87 65 43 21"))
    ]


def test_one_of_two_homonyms_is_chosen_by_number(office: Shell) -> None:
    people = homonyms(office)
    counter = Counter(office).answer(*WHO)
    counter.expect("2. ")
    counter.expect("Lequel")
    second = counter.seen.partition("2. ")[2][:8]
    counter.answer(("Lequel", "2"), *WANTS, ASSIST, INFORMED)
    assert counter.end() == 0
    (chosen,) = office.ok("procedure", "show", only(office, "procedure"), who="bob").row["subjects"]
    assert chosen in people
    assert chosen.startswith(second)


def test_somebody_who_is_none_of_the_homonyms_is_registered(office: Shell) -> None:
    people = homonyms(office)
    none = ("0. quelqu’un d’autre : inscrire une nouvelle personne", "0")
    counter = Counter(office).answer(*WHO, none, *WANTS, ASSIST, INFORMED)
    assert counter.end() == 0
    (chosen,) = office.ok("procedure", "show", only(office, "procedure"), who="bob").row["subjects"]
    assert chosen not in people
    assert len(office.ok("subject", "find", answers=CHLOE, who="bob").rows) == 3


def test_a_file_must_say_which_of_two_homonyms_is_here(office: Shell) -> None:
    people = homonyms(office)
    visit = {**VISIT, "mode": "assist"}
    assert office.refused(5, "receive", answers=visit, who="bob") == "SEVERAL_PEOPLE"
    assert office.ok("procedure", "list", who="bob").rows == []
    office.ok("receive", answers={**visit, "person": people[0][:8]}, who="bob")
    shown = office.ok("procedure", "show", only(office, "procedure"), who="bob").row
    assert shown["subjects"] == [people[0]]


CAF = {**VISIT, "procedure": "CNAF05-situation"}


@pytest.mark.row("S-5.2.2")
@pytest.mark.parametrize("mode", ["assist", "act-for"])
def test_an_agent_without_training_is_told_before_anything_is_asked_that_would_be_lost(
    office: Shell, mode: str
) -> None:
    assert office.refused(3, "receive", answers={**CAF, "mode": mode}, who="bob") == "NOT_TRAINED"
    counter = Counter(office).answer(*WHO, ("De quoi s’agit-il", "CNAF05-situation"))
    assert counter.end() == 3
    assert "pas de formation valable" in counter.told
    assert "Qui fait la démarche" not in counter.told
    must_be_untouched(office)


@pytest.mark.row("S-5.2.2")
def test_an_agent_without_training_receives_beside_a_trained_colleague(office: Shell) -> None:
    house = office.ok("house", "list").row["house"]
    enrol = ("agent", "enrol", "--role", "agent", "--house", house)
    colleague = office.ok(*enrol, answers={"name": "Anne Fictive", "account": "anne"}).row["agent"]
    beside = ("receive", "--supervisor", colleague[:8])
    assert office.refused(3, *beside, answers=CAF, who="bob") == "NOT_TRAINED"
    office.ok("agent", "undertake", colleague)
    office.ok("agent", "train", colleague, "cnaf", "--until", "31/12/2030")
    office.ok(*beside, answers=CAF, who="bob")
    assert looks(office) == ["GRANTED"]


def test_a_visit_without_identity_needs_no_training(office: Shell) -> None:
    office.ok("receive", answers={"procedure": "CNAF05-situation"}, who="bob")


@pytest.mark.parametrize(
    ("who", "line", "code", "told"),
    [
        ("dora", (), 3, "Votre rôle ne le permet pas"),
        ("nobody", (), 4, "Erreur"),
        ("bob", ("--supervisor", "00000000"), 4, "Erreur"),
        ("bob", ("--ledger", "/nowhere/at/all"), 4, "Erreur"),
    ],
)
def test_what_is_wrong_with_the_agent_is_told_before_the_first_question(
    office: Shell, who: str, line: Sequence[str], code: int, told: str
) -> None:
    terminal = Terminal(office, ["--as", who, "receive", *line], columns=200)
    assert terminal.end() == code
    assert told in terminal.seen
    assert "Nom de famille" not in terminal.seen


def test_an_agent_without_undertaking_or_house_is_told_before_the_first_question(office: Shell) -> None:
    house = office.ok("house", "list").row["house"]
    for login, place in (("anne", ("--house", house)), ("luc", ())):
        office.ok("agent", "enrol", "--role", "agent", *place, answers={"name": "Anne Fictive", "account": login})
        terminal = Terminal(office, ["--as", login, "receive"])
        assert terminal.end() != 0
        assert "Nom de famille" not in terminal.seen


def test_a_paper_that_cannot_be_written_any_more_leaves_a_reception_that_goes_on(office: Shell, tmp_path: Path) -> None:
    paper = tmp_path / "mandat.pdf"
    counter = Counter(office, "--paper", str(paper)).answer(*WHO, *WANTS, ACT_FOR, ALL, IDENTITY)
    counter.expect(INFORMED[0])
    paper.write_bytes(b"somebody else's")
    counter.answer(INFORMED)
    assert counter.end() == 9
    assert "Le mandat ne peut pas être écrit" in counter.told
    assert paper.read_bytes() == b"somebody else's"
    office.ok("receive", "--resume", only(office, "procedure")[:8], answers=VISIT, who="bob")
    must_be_complete(office)


def test_a_person_who_is_known_is_found_again_under_the_same_reference(office: Shell) -> None:
    first, second = (office.ok("receive", answers=VISIT, who="bob").row for _ in range(2))
    assert first["procedure"] != second["procedure"]
    spelled_otherwise = {"family_name": "MODELE", "given_name": "chloe", "birth_date": "1980-02-03"}
    (person,) = office.ok("subject", "find", answers=spelled_otherwise, who="bob").rows
    owners = {
        owner
        for row in (first, second)
        for owner in office.ok("procedure", "show", row["procedure"], who="bob").row["subjects"]
    }
    assert owners == {person["subject"]}
