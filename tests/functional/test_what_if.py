"""`audit-now what-if` and `gate` on recordings: what people and programs read."""

from pathlib import Path

import pytest
from conftest import ROOT, Run

RECORDINGS = ROOT / "tests" / "recordings"
READY = RECORDINGS / "ready-1.20.5.json.gz"


def test_the_table_shows_what_pays(audit_now: Run) -> None:
    outcome = audit_now("what-if", RECORDINGS / "bare-1.20.5.json.gz", "--job", "defaults-none")
    assert outcome.code == 0, outcome.stderr
    assert max(len(line) for line in outcome.stdout.splitlines()) <= 80
    rows = [line.split() for line in outcome.stdout.splitlines() if line.strip()[:1].isdigit()]
    assert [int(row[0]) for row in rows] == [
        *(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 19, 22, 26, 32, 43, 64, 128),
    ]
    assert "  3  42 to 43" in outcome.stdout


def test_all_shows_those_that_take_slots_for_nothing(audit_now: Run) -> None:
    outcome = audit_now("what-if", RECORDINGS / "bare-1.20.5.json.gz", "--job", "defaults-none", "--all")
    assert "no faster than fewer" in next(line for line in outcome.stdout.splitlines() if line.split()[:1] == ["14"])


def test_a_proposal_stands_beside_what_the_job_has(audit_now: Run) -> None:
    outcome = audit_now("what-if", READY, "--job", "maxpar-huge", "--max-parallelism", "100", "--format", "json")
    groups = outcome.report["groups"]
    assert [(group["max_parallelism"], group["proposed"], group["keyed"]) for group in groups] == [
        (32768, False, True),
        (720, False, False),
        (100, True, True),
    ]
    assert all(len(group["choices"]) == group["max_parallelism"] for group in groups)
    text = audit_now("what-if", READY, "--job", "maxpar-huge", "--max-parallelism", "100").stdout
    assert "has to start without its state" in " ".join(text.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["4 jobs", "--job NAME", "ready-linear"]),
        (["--job", "no-such"], ["no-such", "ready-linear"]),
        (["--job", "ready-*"], ["3 jobs"]),
        (["--job", "ready-linear", "--max-parallelism", "0"], ["--max-parallelism"]),
        (["--job", "ready-linear", "--max-parallelism", "40000"], ["--max-parallelism"]),
    ],
)
def test_wrong_use_of_what_if(audit_now: Run, arguments: list[str], words: list[str]) -> None:
    audit_now("what-if", READY, *arguments).refused(2, *words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["4 jobs", "--job NAME"]),
        (["--job", "ready-linear", "--max-parallelism", "many"], ["--max-parallelism", "auto"]),
        (["--job", "ready-linear", "--from", "backup"], ["--from", "savepoint"]),
        (["--job", "ready-linear", "--candidate-job", "no-such"], ["no-such", "--candidate-job"]),
    ],
)
def test_wrong_use_of_gate(audit_now: Run, arguments: list[str], words: list[str]) -> None:
    audit_now("gate", READY, "--against", READY, *arguments).refused(2, *words)


def test_a_candidate_that_is_no_plan(audit_now: Run, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text('{"jobs": []}')
    outcome = audit_now("gate", file, "--against", READY, "--job", "ready-linear")
    assert outcome.code == 2
    assert str(file) in outcome.stderr


def test_the_same_recordings_give_the_same_bytes(audit_now: Run) -> None:
    arguments = ("gate", READY, "--against", READY, "--job", "ready-join", "--presume-same-names")
    first, second = (audit_now(*arguments) for _ in range(2))
    assert first.stdout == second.stdout
    assert first.code == 0, first.stdout
