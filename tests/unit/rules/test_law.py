"""The law in force, from the packaged files or a folder of one's own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ledger.rules.houses import UnknownHouse
from ledger.rules.law import PACKAGED, Law, LawMissing, load_law
from ledger.rules.problems import LawInvalid
from tests.unit.rules.law_texts import CATALOGUE, HOUSE, PARTNERS, profile_text

ON = date(2026, 6, 9)


def test_the_packaged_law_is_whole() -> None:
    law = load_law()
    assert law is load_law()
    assert law.profile.code == "mayenne"
    assert set(law.houses) == {"loiron", "bonneuil-matours"}
    assert law.catalogue is law.catalogue


def test_a_folder_overrides_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "partners.toml").write_text(PARTNERS)
    (tmp_path / "catalogue.toml").write_text(CATALOGUE)
    law = Law(tmp_path, "mayenne")
    assert [entry.code for entry in law.catalogue.entries(on=ON)] == ["P01-aide"]
    assert law.partners.partner("caisse", on=ON).name == "Nouvelle Caisse"
    assert law.profile_codes == {"mayenne"}


def test_a_folder_that_is_not_there_overrides_nothing(tmp_path: Path) -> None:
    law = Law(tmp_path / "law", "mayenne")
    assert law.digests == load_law().digests
    assert set(law.houses) == set(load_law().houses)


def test_a_profile_and_a_house_of_ones_own_stand_beside_the_packaged_ones(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "houses").mkdir()
    (tmp_path / "profiles" / "essai.toml").write_text(profile_text().replace('"caisse"', '"cnaf"'))
    (tmp_path / "houses" / "essai.toml").write_text(HOUSE.replace('"caisse"', '"gleam"').replace("mayenne", "essai"))
    law = Law(tmp_path, "essai")
    assert law.profile.code == "essai"
    assert law.house("essai").profile == "essai"
    assert law.house("loiron").profile == "mayenne"


def test_a_house_file_is_read_from_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "maison.toml"
    path.write_text(HOUSE.replace('"caisse"', '"gleam"'))
    assert load_law().house_at(path).code == "essai"
    path.write_text(HOUSE)
    with pytest.raises(LawInvalid) as caught:
        load_law().house_at(path)
    assert [(problem.file, problem.line) for problem in caught.value.problems] == [(str(path), 10)]


def test_two_house_files_of_one_code_are_refused(tmp_path: Path) -> None:
    (tmp_path / "houses").mkdir()
    (tmp_path / "houses" / "other.toml").write_text(HOUSE.replace('"caisse"', '"gleam"').replace("essai", "loiron"))
    with pytest.raises(LawInvalid) as caught:
        _ = Law(tmp_path, "mayenne").houses
    assert [problem.rule for problem in caught.value.problems] == ["DUPLICATE"]


@pytest.mark.parametrize("name", ["sarthe", "../profiles/mayenne", "", "Aline Exemple"])
def test_a_profile_that_is_not_there_is_a_matter_of_setting_up(name: str) -> None:
    with pytest.raises(LawMissing) as caught:
        _ = load_law(profile=name).profile
    assert caught.value.exit_code == 9
    assert "Aline" not in str(caught.value)


def test_an_unknown_house_is_not_found() -> None:
    with pytest.raises(UnknownHouse):
        load_law().house("atlantis")


def test_digests_follow_the_content_and_not_the_line_ends(tmp_path: Path) -> None:
    packaged = load_law().digests
    (tmp_path / "catalogue.toml").write_bytes((PACKAGED / "catalogue.toml").read_bytes().replace(b"\n", b"\r\n"))
    assert Law(tmp_path, "mayenne").digests == packaged
    (tmp_path / "catalogue.toml").write_bytes((PACKAGED / "catalogue.toml").read_bytes() + b"# a remark\n")
    changed = Law(tmp_path, "mayenne").digests
    assert changed.catalogue != packaged.catalogue
    assert changed[1:] == packaged[1:]
    assert all(len(digest) == 64 and int(digest, 16) for digest in packaged)


def test_digests_need_no_reading_of_the_law(tmp_path: Path) -> None:
    (tmp_path / "catalogue.toml").write_text("this is not TOML")
    assert Law(tmp_path, "mayenne").digests.catalogue


def test_a_wrong_file_is_named_when_its_part_is_first_asked_for(tmp_path: Path) -> None:
    (tmp_path / "catalogue.toml").write_text(CATALOGUE)
    law = Law(tmp_path, "mayenne")
    assert law.partners.files
    with pytest.raises(LawInvalid) as caught:
        _ = law.catalogue
    assert {problem.file for problem in caught.value.problems} == {str(tmp_path / "catalogue.toml")}
