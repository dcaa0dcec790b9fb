from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from ledger import documents, limits
from ledger.clock import UTC
from ledger.documents.mandate import (
    LetterMissing,
    PaperTooLong,
    render_mandate,
    render_mandate_text,
    template_digest,
    template_version,
)
from ledger.documents.mandate_sheet import Help, MandatePaper, NoSuchOriginal, PaperParty, PaperProcedure
from ledger.policies.vocabulary import IdentityMethod

NOW = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
PAPER = MandatePaper(
    reference="1a2b3c4d5e6f47a8b9c0d1e2f3a4b5c6",
    house="France Services de Laval Agglomération – Loiron",
    manager="Laval Agglomération",
    contact="02 43 02 19 31 / loiron@agglo-laval.example",
    parties=(PaperParty("Aline Exemple", date(1980, 12, 31)),),
    address="La Chapelle du Chêne, 53320 Loiron",
    procedures=(
        PaperProcedure(
            "Certificat d'immatriculation : changement de titulaire",
            ("Remplir la demande en ligne", "Transmettre les pièces"),
            ("État d'avancement du dossier",),
        ),
    ),
    duration="365 jours",
    controller="Laval Agglomération",
    dpo="dpo@agglo-laval.example",
    recipients=("France Titres",),
    proof_term="5 ans",
    originals=2,
    identity_methods=("identity_card", "passport"),
)


def text_of(pdf: bytes, *, pages: int = 1) -> str:
    found = PdfReader(io.BytesIO(pdf)).pages
    assert len(found) == pages
    text = " ".join(page.extract_text() for page in found).replace("\N{ZERO WIDTH SPACE}", "")
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def giving(acts: tuple[str, ...]) -> MandatePaper:
    return replace(PAPER, procedures=(PaperProcedure("Aide au logement", acts),))


def plain_of(paper: MandatePaper, original: int = 1) -> str:
    return " ".join(render_mandate_text(paper, original=original).replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.fixture(params=["pdf", "text"])
def printed(request: pytest.FixtureRequest) -> str:
    return text_of(render_mandate(PAPER, original=1, at=NOW)) if request.param == "pdf" else plain_of(PAPER)


@pytest.mark.row("S-4.6.8")
def test_a_mandate_names_controller_purpose_recipients_and_rights(printed: str) -> None:
    for said in (
        "Responsable du traitement : Laval Agglomération",
        "Finalité",
        "Destinataires : France Titres",
        "articles 48 à 56",
        "articles 13 à 22",
        "CNIL",
    ):
        assert said in printed
    assert "105" not in printed


@pytest.mark.row("S-4.6.17")
def test_the_number_stands_on_each_original() -> None:
    for number in (1, 2):
        assert f"Exemplaire n° {number} sur 2" in text_of(render_mandate(PAPER, original=number, at=NOW))
        assert f"Exemplaire n° {number} sur 2" in plain_of(PAPER, number)


@pytest.mark.parametrize("number", [0, 3, -1])
def test_an_original_that_nobody_counted_is_not_printed(number: int) -> None:
    with pytest.raises(NoSuchOriginal):
        render_mandate(PAPER, original=number, at=NOW)
    with pytest.raises(NoSuchOriginal):
        render_mandate_text(PAPER, original=number)


@pytest.mark.row("S-4.6.18")
def test_a_mandate_says_that_it_can_be_withdrawn_at_any_time(printed: str) -> None:
    assert "à tout moment, sans donner de raison" in printed


@pytest.mark.row("S-4.6.19")
def test_a_mandate_lists_acts_and_data_requests_apart(printed: str) -> None:
    assert printed.index("Actes") < printed.index("Remplir la demande en ligne") < printed.index("Données")
    assert printed.index("Données qu’elle peut demander") < printed.index("État d’avancement")


@pytest.mark.row("S-4.6.16")
def test_a_mandate_has_the_three_topics_of_information(printed: str) -> None:
    for topic in ("sur l’utilisation des données", "sur les droits", "sur les démarches qui seront effectuées"):
        assert topic in printed


def test_a_mandate_shows_its_template_and_digest(printed: str) -> None:
    assert template_version() in printed
    assert template_digest() in printed.replace(" ", "")


def test_the_digest_covers_words_and_layout() -> None:
    folder = Path(documents.__file__).parent
    words, layout = (folder / "mandate.toml").read_bytes(), (folder / "mandate.typ").read_bytes()
    assert template_digest() == hashlib.sha256(words + b"\0" + layout).hexdigest()


def test_a_place_to_sign_for_each_signatory() -> None:
    parties = (
        PaperParty("Aline Exemple", date(1980, 1, 1), Help.ASSISTED, "Bob Fictif", "curateur"),
        PaperParty("Chloé Inventée", date(2015, 2, 3), Help.REPRESENTED, "Dina Modèle", "mère"),
    )
    paper = replace(PAPER, parties=parties, originals=3)
    for text in (text_of(render_mandate(paper, original=1, at=NOW)), plain_of(paper)):
        signing = text[text.index("Signatures, sur place") :]
        for said in ("Avec Aline Exemple", "Bob Fictif", "Pour Chloé Inventée", "Dina Modèle", "Pour la maison"):
            assert said in signing
        assert "représenté(e) par Dina Modèle (mère)" in text


def test_named_agents_stand_on_the_mandate() -> None:
    paper = replace(PAPER, named_agents=("Bob Fictif", "Dina Modèle"))
    assert "Seuls peuvent agir : Bob Fictif, Dina Modèle." in text_of(render_mandate(paper, original=1, at=NOW))


@pytest.mark.parametrize(
    "hostile",
    [
        '#panic("x")',
        "*bold* _it_ $x^2$",
        '#read("/etc/passwd")',
        "\\",
        '"}',
        "@ref <label>",
        "// comment",
        "= Titre",
        "{name}",
        "{0}",
        "#include",
        "%s",
        "```raw```",
    ],
)
def test_what_people_type_is_never_markup(hostile: str) -> None:
    paper = replace(giving((f"X {hostile} Y",)), parties=(PaperParty(f"X {hostile} Y"),))
    shown = text_of(render_mandate(paper, original=1, at=NOW)).replace(" ", "")
    assert shown.count(f"X{hostile}Y".replace(" ", "")) >= 2
    assert f"X{hostile}Y".replace(" ", "") in plain_of(paper).replace(" ", "")


def test_as_many_acts_as_a_mandate_may_list_fit_on_two_pages() -> None:
    acts = tuple(f"Acte numéro {number}, au libellé d'une longueur courante" for number in range(limits.MANDATE_ACTS))
    assert "Acte numéro 19" in text_of(render_mandate(giving(acts), original=1, at=NOW), pages=2)


def test_as_many_parties_as_a_mandate_may_have_fit_on_two_pages() -> None:
    parties = tuple(PaperParty(f"Personne Fictive {number}") for number in range(limits.MANDATE_PARTIES))
    text = text_of(render_mandate(replace(PAPER, parties=parties), original=1, at=NOW), pages=2)
    assert text.count("Personne Fictive 5") == 3


@pytest.mark.parametrize("name", ["X" * 2 * limits.NAME_CHARACTERS, "Jean-Marie de la Tour " * 9])
def test_a_long_name_is_printed_whole(name: str) -> None:
    shown = text_of(render_mandate(replace(PAPER, parties=(PaperParty(name),)), original=1, at=NOW))
    assert shown.replace(" ", "").count(name.replace(" ", "")) == 3
    assert name.replace(" ", "") in plain_of(replace(PAPER, parties=(PaperParty(name),))).replace(" ", "")


def test_each_act_and_data_request_stands_under_its_procedure() -> None:
    procedures = (PaperProcedure("Carte grise", ("Déposer",)), PaperProcedure("Logement", ("Payer",), ("Relevé",)))
    paper = replace(PAPER, procedures=procedures)
    for text in (text_of(render_mandate(paper, original=1, at=NOW)), plain_of(paper)):
        said = ("Démarche : Carte grise", "Déposer", "aucune", "Démarche : Logement", "Payer", "Relevé", "Durée")
        places = [text.index(one) for one in said]
        assert places == sorted(places)


def test_what_lists_much_has_a_second_page_and_loses_nothing() -> None:
    procedures = tuple(
        PaperProcedure(f"Démarche fictive numéro {number}", (f"Acte {number}",), (f"Relevé {number}",))
        for number in range(limits.MANDATE_ACTS)
    )
    first, second = PdfReader(
        io.BytesIO(render_mandate(replace(PAPER, procedures=procedures), original=1, at=NOW))
    ).pages
    given, signed = (page.extract_text().replace("\N{NO-BREAK SPACE}", " ") for page in (first, second))
    for number in range(limits.MANDATE_ACTS):
        assert f"Démarche fictive numéro {number}" in given
        assert f"Acte {number}" in given
        assert f"Relevé {number}" in given
    for page, number in ((given, 1), (signed, 2)):
        assert f"page {number} sur 2" in page
        assert "Exemplaire n° 1 sur 2" in page
        assert PAPER.reference in page
    assert "Paraphes" in given
    assert "Signatures" in signed


def test_an_identity_check_that_is_not_recorded_is_left_to_tick(printed: str) -> None:
    assert "Identité vérifiée (Aline Exemple), au moyen de (cocher) :" in printed
    assert printed.index("carte nationale d’identité") < printed.index("passeport") < printed.index("information")


def test_an_identity_check_that_is_recorded_stands_with_its_means() -> None:
    paper = replace(PAPER, parties=(PaperParty("Aline Exemple", identity="passport"),))
    for text in (text_of(render_mandate(paper, original=1, at=NOW)), plain_of(paper)):
        assert "Identité vérifiée (Aline Exemple) : passeport." in text
        assert "carte nationale" not in text


def test_of_several_people_each_has_a_line_for_the_identity_check() -> None:
    parties = (
        PaperParty("Aline Exemple", None, Help.ASSISTED, "Bob Fictif", "curateur", "passport"),
        PaperParty("Chloé Inventée"),
    )
    text = text_of(render_mandate(replace(PAPER, parties=parties, originals=3), original=1, at=NOW))
    assert "Aline Exemple : passeport" in text
    assert "Chloé Inventée : ....." in text
    assert "Bob Fictif : ....." in text


def test_every_method_of_identity_has_its_words() -> None:
    paper = replace(PAPER, identity_methods=tuple(IdentityMethod))
    assert "livret de famille et témoin" in plain_of(paper)


@pytest.mark.parametrize(
    ("paper", "said"),
    [
        (replace(PAPER, ended_on=date(2026, 11, 2)), "MANDAT TERMINÉ le 02/11/2026"),
        (replace(PAPER, void_on=date(2026, 11, 2)), "MANDAT NUL, constaté le 02/11/2026"),
    ],
)
def test_what_gives_no_power_says_so_and_is_not_signed_again(paper: MandatePaper, said: str) -> None:
    for text in (text_of(render_mandate(paper, original=1, at=NOW)), plain_of(paper)):
        assert said in text
        assert "Signatures" not in text
    assert said not in plain_of(PAPER)


def test_the_house_its_address_and_the_signing_agent_stand_on_the_paper(printed: str) -> None:
    assert "La Chapelle du Chêne, 53320 Loiron" in printed
    assert "Nom de l’agent : ....." in printed


def test_a_phone_number_is_not_cut_and_apostrophes_are_of_one_sort() -> None:
    pdf = PdfReader(io.BytesIO(render_mandate(PAPER, original=1, at=NOW))).pages[0].extract_text()
    for text in (pdf, render_mandate_text(PAPER, original=1)):
        assert "02 43 02 19 31".replace(" ", "\N{NO-BREAK SPACE}") in text
        assert "'" not in text


def test_what_does_not_fit_on_two_pages_is_refused_without_being_quoted() -> None:
    acts = tuple(f"Acte secret {number} " + "x" * 300 for number in range(90))
    with pytest.raises(PaperTooLong) as refused:
        render_mandate(giving(acts), original=1, at=NOW)
    assert "secret" not in f"{refused.value!r}{refused.value.explain()}{refused.value.__cause__}"


@pytest.mark.parametrize("name", ["日本 太郎", "Aline 😀"])
def test_letters_that_can_not_be_printed_are_refused(name: str) -> None:
    with pytest.raises(LetterMissing) as refused:
        render_mandate(replace(PAPER, parties=(PaperParty(name),)), original=1, at=NOW)
    assert name not in f"{refused.value!r}{refused.value.explain()}{refused.value.__cause__}"


@pytest.mark.parametrize("name", ["Nguyễn Thị Đỗ", "Αλίκη", "Łukasz Çelik", "Алина", "Zoé Lœuilleux-Ñuñez"])
def test_the_letters_of_european_and_vietnamese_names_can_be_printed(name: str) -> None:
    assert name in text_of(render_mandate(replace(PAPER, parties=(PaperParty(name),)), original=1, at=NOW))


def test_the_file_is_an_archival_accessible_pdf_without_names_in_its_metadata() -> None:
    pdf = render_mandate(PAPER, original=1, at=NOW)
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    metadata = PdfReader(io.BytesIO(pdf)).metadata
    assert "Aline" not in str(metadata)


def test_the_same_mandate_gives_the_same_bytes() -> None:
    assert render_mandate(PAPER, original=1, at=NOW) == render_mandate(PAPER, original=1, at=NOW)


def test_a_mandate_is_set_without_any_temporary_file(tmp_path: Path) -> None:
    script = (
        "import sys; written = []\n"
        "sys.addaudithook(lambda event, args: written.append(args[0]) if event == 'open' and"
        " isinstance(args[1], str) and set(args[1]) & set('wax+') else None)\n"
        "from tests.unit.documents.test_mandate import NOW, PAPER, render_mandate\n"
        "render_mandate(PAPER, original=1, at=NOW); print(written)"
    )
    environment = {"TMPDIR": str(tmp_path), "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert list(tmp_path.rglob("*")) == []


def test_a_paper_is_not_shown_by_its_repr() -> None:
    assert "Aline" not in f"{PAPER!r}{PAPER.parties!r}"
