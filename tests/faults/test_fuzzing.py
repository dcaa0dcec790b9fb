"""
Fuzzing of every parser of proofs and of the verifier: the corpus again each time, and, in `./dev faults`, for longer.

`./dev faults --fuzz-seconds N` says for how long each target is. What is found is left in the folder `fuzzing-found`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.faults.fuzzing.grow import ROOT, fuzz
from tests.faults.fuzzing.made import forget
from tests.faults.fuzzing.seeds import CORPUS, seeds
from tests.faults.fuzzing.targets import TARGETS


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
