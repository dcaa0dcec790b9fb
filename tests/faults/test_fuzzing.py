"""
Fuzzing of every parser of proofs and of the verifier: the corpus again each time, and, in `./dev faults`, for longer.

`./dev faults --fuzz-seconds N` says for how long each target is. What is found is left in the folder `fuzzing-found`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from random import Random

import pytest

from ledger.proof.following import Continuity, judge
from ledger.proof.notes import VerifierKey
from ledger.proof.witness import Witness
from tests.faults.fuzzing.grow import KEPT_BYTES, ROOT, fuzz
from tests.faults.fuzzing.made import STAMPED, a_pack, a_witness, authority, forget, held, reopened, signed
from tests.faults.fuzzing.mutations import changed
from tests.faults.fuzzing.seeds import CORPUS, name_of, seeds
from tests.faults.fuzzing.targets import BINARY, TARGETS
from tests.unit.proof.made_packs import verified

CORPUS_BYTES = 2_000_000
GENUINE_STAMP = "e59b5f230e07a43ff0c42f751ae4ff119f205a03.bin"


@pytest.fixture(scope="module", autouse=True)
def made() -> Iterator[None]:
    yield
    forget()


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_is_read_as_it_should_be(name: str) -> None:
    kept = sorted((CORPUS / name).iterdir())
    assert kept
    for file in kept:
        TARGETS[name](file.read_bytes())


def test_the_seeds_are_genuine() -> None:
    for name, content in seeds():
        TARGETS[name](content)


def test_what_the_judges_are_given_unchanged_they_say_yes_to() -> None:
    """They could say no to everything otherwise, and nothing would be found."""
    folder, _ = a_pack()
    key, receipt = signed().log_key, dict(seeds())["verifier-of-receipts"]
    file = folder.with_name("genuine.tlog-proof")
    file.write_bytes(receipt)
    assert (verified(folder, "--log-key", key).code, verified(file, "--log-key", key).code) == (0, 0)
    [followed] = Witness(a_witness().folder).followed()
    assert followed.checkpoint == held()[2]
    log_key = VerifierKey.parse(reopened().ledger.log_key)
    judged = [judge(before, request, [log_key]) for before, request in zip(held(), reopened().requests, strict=False)]
    assert judged == [Continuity.FIRST, Continuity.GROWN, Continuity.NEW_ORIGIN]
    stamp = (CORPUS / "timestamps" / GENUINE_STAMP).read_bytes()
    assert authority().check(stamp, text=STAMPED).authority == "CN=Horodatage essai"


def test_the_corpus_stays_small_and_is_named_by_what_is_in_it() -> None:
    genuine = {name_of(content) for _, content in seeds()}
    files = [file for file in CORPUS.rglob("*") if file.is_file()]
    assert [file for file in files if file.name != name_of(file.read_bytes())] == []
    sizes = {file.name: file.stat().st_size for file in files if file.name not in genuine}
    assert {name: size for name, size in sizes.items() if size > KEPT_BYTES} == {}
    assert sum(sizes.values()) < CORPUS_BYTES


@pytest.mark.parametrize("name", sorted(TARGETS.keys() - BINARY))
def test_changes_that_know_the_formats_are_the_same_for_the_same_seed(name: str) -> None:
    content = dict(seeds())[name]
    many = [changed(content, Random(seed)) for seed in range(40)]
    assert many == [changed(content, Random(seed)) for seed in range(40)]
    assert len(set(many) - {content}) > 10


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_crashes_and_nothing_false_is_accepted(
    name: str, tmp_path: Path, thorough: bool, request: pytest.FixtureRequest
) -> None:
    if not thorough:
        pytest.skip("fuzzing takes its time: ./dev faults")
    if find_spec("atheris") is None:
        pytest.skip("atheris is not here; ./dev faults installs it where there is a build of it")
    seconds = request.config.getoption("--fuzz-seconds")
    done = fuzz(name, tmp_path, seconds=seconds, crashes=ROOT / "fuzzing-found" / name)
    assert done.returncode == 0, done.stderr[-4000:]
