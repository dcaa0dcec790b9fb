from __future__ import annotations

from pathlib import Path

import pytest

from tools import traceability
from tools.traceability import Claim, ClaimRefused

ROWS = """
[[row]]
id = "S-1"
rule = "Three parties."
words = "tripartite"

[[row]]
id = "S-2"
rule = "Five missions."
words = "missions"
remark = "A remark."
"""

pytest_plugins = ["pytester"]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A project with two rows and no tests."""
    (tmp_path / traceability.ROWS).parent.mkdir(parents=True)
    (tmp_path / traceability.ROWS).write_text(ROWS)
    (tmp_path / "tests").mkdir()
    return tmp_path


def _with(root: Path, source: str) -> Path:
    (root / "tests/test_it.py").write_text("import pytest\n" + source)
    return root


def test_a_row_without_tests_stands_in_the_table_as_missing(scratch: Path) -> None:
    assert "| S-2 | Five missions.<br>« missions »<br>*A remark.* | *missing* |" in traceability.table(scratch)


def test_a_row_stands_with_the_tests_that_prove_it(scratch: Path) -> None:
    _with(scratch, '@pytest.mark.row("S-1")\n@pytest.mark.row("S-2")\ndef test_a(): ...\n')
    table = traceability.table(scratch)
    assert "| S-1 | Three parties.<br>« tripartite » | [test_a](../tests/test_it.py) |" in table
    assert "2 of 2 rows" in table


@pytest.mark.parametrize(
    ("source", "test"),
    [
        ('class TestIt:\n    @pytest.mark.row("S-1")\n    def test_a(self): ...\n', "TestIt.test_a"),
        ('@pytest.mark.row("S-1")\nclass TestIt:\n    def test_a(self): ...\n', "TestIt"),
        ('TestIt = pytest.mark.row("S-1")(Machine.TestCase)\n', "TestIt"),
        ('pytestmark = [pytest.mark.row("S-1")]\n', "every test"),
        (
            '@pytest.mark.parametrize("a", [pytest.param(1, marks=pytest.mark.row("S-1"))])\ndef test_a(a): ...\n',
            "test_a",
        ),
    ],
)
def test_a_claim_is_found_wherever_pytest_sees_it(scratch: Path, source: str, test: str) -> None:
    assert traceability.claims(_with(scratch, source)) == [Claim("S-1", "tests/test_it.py", test)]


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ('@pytest.mark.row("S-9")\ndef test_a(): ...\n', "no such rows"),
        ("@pytest.mark.row(NAME)\ndef test_a(): ...\n", "as a plain string"),
        ('@pytest.mark.row("S-1", "S-2")\ndef test_a(): ...\n', "as a plain string"),
        ('@pytest.mark.row("S-1")\ndef not_a_test(): ...\n', "somewhere else than on a test"),
        ('class Things:\n    @pytest.mark.row("S-1")\n    def test_a(self): ...\n', "somewhere else than on a test"),
    ],
)
def test_a_claim_that_proves_nothing_is_refused(scratch: Path, source: str, refusal: str) -> None:
    with pytest.raises(ClaimRefused, match=refusal):
        traceability.table(_with(scratch, source))


def test_the_convention_keeps_its_mis_citation_with_the_remark() -> None:
    row = next(row for row in traceability.rows(traceability.ROOT) if row.id == "S-4.6.8")
    assert "article 48 et 105" in row.words
    assert "mis-citation" in row.remark


@pytest.mark.parametrize(
    "body", ["pytest.skip('no server')", "pytest.xfail('known')"], ids=["skipped", "expected to fail"]
)
def test_a_test_that_claims_a_row_and_is_not_run_fails(pytester: pytest.Pytester, body: str) -> None:
    pytester.makeini("[pytest]\nmarkers = row(name): a row\n")
    pytester.makeconftest("from tests.conftest import pytest_runtest_makereport")
    pytester.makepyfile(f"import pytest\n@pytest.mark.row('S-1')\ndef test_a():\n    {body}\n")
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(failed=1)
