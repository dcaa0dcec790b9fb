"""
Fuzzing of every parser of proofs and of the verifier: the corpus again each time, and, in `./dev faults`, for longer.

`./dev faults --fuzz-seconds N` says for how long each target is. What is found is left in the folder `fuzzing-found`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.faults.fuzzing import targets
from tests.faults.fuzzing.seeds import CORPUS, seeds

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def made() -> Iterator[None]:
    yield
    targets.forget()


@pytest.mark.parametrize("name", targets.TARGETS)
def test_the_corpus_is_read_as_it_should_be(name: str) -> None:
    kept = sorted((CORPUS / name).iterdir())
    assert kept
    for file in kept:
        targets.TARGETS[name](file.read_bytes())


def test_the_seeds_are_genuine() -> None:
    for name, content in seeds():
        targets.TARGETS[name](content)


@pytest.mark.parametrize("name", targets.TARGETS)
def test_nothing_crashes_and_nothing_false_is_accepted(
    name: str, tmp_path: Path, thorough: bool, request: pytest.FixtureRequest
) -> None:
    if not thorough:
        pytest.skip("fuzzing takes its time: ./dev faults")
    if find_spec("atheris") is None:
        pytest.skip("atheris is not here; ./dev faults installs it where there is a build of it")
    found = ROOT / "fuzzing-found" / name
    found.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", "tests.faults.fuzzing.run", name, str(tmp_path), str(CORPUS / name),
        f"-max_total_time={request.config.getoption('--fuzz-seconds')}",
        "-max_len=65536", "-timeout=20",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={found}/",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
