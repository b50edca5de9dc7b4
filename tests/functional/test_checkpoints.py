"""`audit-now checkpoints`: what each of the last checkpoints waited for."""

import json

from conftest import ROOT, Run

RECORDINGS = ROOT / "tests" / "recordings"


def test_names_the_phase_that_a_sick_job_spends_its_checkpoints_in(audit_now: Run) -> None:
    outcome = audit_now("checkpoints", RECORDINGS / "sick-1.20.5.json.gz", "--job", "slow-async", "--format", "json")
    assert outcome.code == 0, outcome.stderr
    document = json.loads(outcome.stdout)
    assert document["schema"] == "flink-auditor/checkpoints/1"
    (job,) = document["jobs"]
    assert job["job_name"] == "slow-async"
    assert job["summary"]["phase"] == "asynchronous part"
    assert job["summary"]["share"] > 0.5
    known = [row["critical_path"] for row in job["checkpoints"] if row["critical_path"]]
    assert known, "the recording has the details of its newest checkpoint"
    assert known[0]["longest_phase"] == "asynchronous part"
    assert known[0]["vertex_name"] == job["summary"]["vertex_name"]
    assert sum(known[0]["phases_ms"].values()) >= known[0]["duration_ms"] * 0.9


def test_text_fits_the_terminal_and_starts_with_what_dominates(audit_now: Run) -> None:
    for name in ("sick-1.20.5", "bare-1.13.6", "ready-2.3.0"):
        outcome = audit_now("checkpoints", RECORDINGS / f"{name}.json.gz")
        assert outcome.code == 0, outcome.stderr
        for line in outcome.stdout.splitlines():
            assert len(line) <= 80, line
            assert line == line.rstrip()
    assert "% of the time went into the" in outcome.stdout
    assert "waited for subtask" in outcome.stdout


def test_asks_for_little(audit_now: Run) -> None:
    """Two requests a checkpoint, and one for each vertex that was last."""
    audit_now("checkpoints", RECORDINGS / "sick-1.20.5.json.gz", "--job", "nothing").refused(2, "--job nothing")
    audit_now("checkpoints", RECORDINGS / "sick-1.20.5.json.gz", "--last", "0").refused(2, "--last")
    one = audit_now(
        "checkpoints", RECORDINGS / "sick-1.20.5.json.gz", "--job", "slow-async", "--last", "1", "--format", "json"
    )
    (job,) = json.loads(one.stdout)["jobs"]
    assert sum(row["critical_path"] is not None for row in job["checkpoints"]) <= 1
