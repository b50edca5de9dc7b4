"""What the program writes: forms, exit codes, and text that reads well anywhere."""

import json
import os
import pty
import re
import subprocess
import unicodedata
from pathlib import Path

import pytest
from conftest import AUDIT_NOW, Outcome, Run
from replay import RECORDINGS, Cluster

ESCAPE = "\x1b"


def recording(name: str) -> Path:
    return RECORDINGS / f"{name}.json.gz"


def width(line: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


@pytest.mark.parametrize("name", ["bare-1.20.5", "ready-2.3.0", "sick-1.13.6"])
def test_piped_text_is_narrow_and_plain(audit_now: Run, name: str) -> None:
    outcome = audit_now(recording(name)).judged()
    assert ESCAPE not in outcome.stdout
    assert not outcome.stderr
    too_wide = [line for line in outcome.stdout.splitlines() if width(line) > 80]
    assert not too_wide
    assert not [line for line in outcome.stdout.splitlines() if line != line.rstrip()]


def test_text_tells_score_findings_and_cost(audit_now: Run) -> None:
    with Cluster.recorded("bare-1.20.5").serve() as server:
        text = audit_now(server.url).judged().stdout
    assert re.search(r"\b\d+\b.*/ ?100|score", text, re.IGNORECASE)
    assert "max-parallelism-unset" in text
    assert "high-availability-off" in text
    assert re.search(r"\d+ requests", text.splitlines()[-1] + text.splitlines()[-2])


def on_terminal(*arguments: str | Path, **env: str) -> str:
    """What the program writes to a terminal."""
    ours, theirs = pty.openpty()
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "CLICOLOR_FORCE")}
    process = subprocess.Popen(
        [AUDIT_NOW, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=clean | {"TERM": "xterm-256color"} | env,
    )
    os.close(theirs)
    written = bytearray()
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        written += piece
    process.wait(timeout=60)
    os.close(ours)
    return written.decode()


def test_colour_on_a_terminal_alone() -> None:
    file = recording("bare-1.20.5")
    assert ESCAPE in on_terminal(file)
    assert ESCAPE not in on_terminal(file, NO_COLOR="1")
    assert ESCAPE not in on_terminal(file, "--no-color")
    assert ESCAPE not in on_terminal(file, "--format", "json")


def test_json_report_has_every_field(audit: Run) -> None:
    report = audit(recording("bare-1.20.5")).judged().report
    assert report["schema"] == "flink-auditor/report/1"
    assert list(report) == [
        "schema", "tool", "taken_at", "cluster", "score", "health", "practices", "jobs", "results",
        "failure_causes", "requests",
    ]  # fmt: skip
    assert set(report["tool"]) >= {"name", "version"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", report["taken_at"])
    assert set(report["cluster"]) >= {"name", "url", "flink_version", "jobs", "task_managers"}
    assert report["cluster"]["jobs"] == 15
    assert set(report["score"]) >= {"value", "grade", "coverage"}
    assert 0 <= report["score"]["coverage"] <= 1
    for practice in report["practices"]:
        assert set(practice) >= {"id", "title", "kind", "verdict", "findings", "unknown"}
        assert practice["kind"] in ("posture", "health")
    for job in report["jobs"]:
        assert set(job) >= {"id", "name", "state", "score", "grade", "health", "flink_job_type", "parallelism"}
    for result in report["results"]:
        assert set(result) >= {
            "check", "practice", "verdict", "severity", "confidence", "subject", "message", "reason", "evidence",
            "remediation", "fingerprint", "waiver",
        }  # fmt: skip
        assert set(result["subject"]) >= {
            "kind", "job_id", "job_name", "vertex_id", "vertex_name", "operator_name", "operator_id",
            "task_manager_id",
        }  # fmt: skip
        assert result["verdict"] in ("pass", "fail", "not_applicable", "unknown")
        if result["verdict"] == "fail":
            assert result["message"]
            assert result["remediation"]
            assert result["fingerprint"]
            assert result["evidence"]
        if result["verdict"] == "unknown":
            assert result["reason"]
        if result["subject"]["kind"] == "cluster":
            assert result["subject"]["job_name"] is None
        for evidence in result["evidence"]:
            assert set(evidence) >= {"label", "value", "unit", "expected", "source", "observed_at"}
            assert isinstance(evidence["value"], str | int | float)
    assert set(report["requests"]) >= {"count", "bytes", "duration_ms"}


def test_practices_tell_the_worst_of_their_results(audit: Run) -> None:
    report = audit(recording("bare-1.20.5")).judged().report
    rank = ["fail", "unknown", "pass", "not_applicable"]
    for practice in report["practices"]:
        mine = [r["verdict"] for r in report["results"] if r["practice"] == practice["id"]]
        if mine:
            assert practice["verdict"] == min(mine, key=rank.index), practice
            assert practice["findings"] == mine.count("fail")
            assert practice["unknown"] == mine.count("unknown")


def test_fail_on(audit: Run) -> None:
    file = recording("bare-1.20.5")
    fails = audit(file).results
    worst = {r["severity"] for r in fails if r["verdict"] == "fail"}
    assert "critical" in worst
    assert audit(file).code == 1
    assert audit(file, "--fail-on", "critical").code == 1
    narrow = ("--check", "max-parallelism-unset")
    assert audit(file, *narrow, "--fail-on", "info").code == 1
    assert audit(file, *narrow, "--fail-on", "critical").code == 0


def test_minimum_score(audit: Run) -> None:
    file = recording("ready-1.20.5")
    score = audit(file).report["score"]["value"]
    assert audit(file, "--fail-on", "critical", "--min-score", "0").code == 0
    if score < 100:
        assert audit(file, "--fail-on", "critical", "--min-score", "100").code == 1


def test_selection_of_checks_and_jobs(audit: Run) -> None:
    file = recording("bare-1.20.5")
    outcome = audit(file, "--check", "max-parallelism-*")
    assert {r["check"].startswith("max-parallelism-") for r in outcome.results} == {True}
    outcome = audit(file, "--job", "sql-*")
    names = {r["subject"]["job_name"] for r in outcome.results} - {None}
    assert names
    assert {name.startswith("sql-") for name in names} == {True}


def test_outputs_to_files(audit_now: Run, tmp_path: Path) -> None:
    report, page = tmp_path / "report.json", tmp_path / "report.md"
    outcome = audit_now(recording("bare-1.20.5"), "-o", f"json={report}", "-o", f"markdown={page}").judged()
    assert json.loads(report.read_text())["schema"] == "flink-auditor/report/1"
    assert page.read_text().startswith("#")
    assert ESCAPE not in outcome.stdout
    only = tmp_path / "only.json"
    audit_now(recording("bare-1.20.5"), "--format", "json", "-o", only).judged()
    assert json.loads(only.read_text())["schema"] == "flink-auditor/report/1"


def test_markdown_is_well_formed(audit_now: Run) -> None:
    text = audit_now(recording("bare-1.20.5"), "--format", "markdown").judged().stdout
    assert text.startswith("#")
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(cells) == 1, table


def test_the_catalogue(audit_now: Run) -> None:
    checks = audit_now("checks")
    assert checks.code == 0
    assert not checks.stderr
    assert "max-parallelism-unset" in checks.stdout
    assert not [line for line in checks.stdout.splitlines() if width(line) > 80]
    explained = audit_now("explain", "max-parallelism-unset")
    assert explained.code == 0
    for heading in ("What it looks at", "Why it matters", "How to fix", "When to waive"):
        assert heading in explained.stdout


def test_every_check_of_a_report_is_explained(audit: Run, audit_now: Run) -> None:
    for check in sorted({r["check"] for r in audit(recording("bare-1.20.5")).results}):
        assert audit_now("explain", check).code == 0, check


def test_version_and_help(audit_now: Run) -> None:
    version = audit_now("--version")
    assert version.code == 0
    assert re.search(r"\d+\.\d+\.\d+", version.stdout)
    for arguments in (["--help"], ["record", "--help"], ["-h"]):
        shown = audit_now(*arguments)
        assert shown.code == 0
        assert shown.stdout
        assert not shown.stderr


def test_quiet_and_verbose(audit_now: Run) -> None:
    file = recording("ready-1.20.5")
    plain = audit_now(file).judged()
    assert not audit_now(file, "-q").stderr
    with Cluster.recorded("ready-1.20.5").serve() as server:
        verbose = audit_now(server.url, "-v").judged()
    assert len(verbose.stdout) >= len(plain.stdout)


def test_closed_pipe_is_no_crash() -> None:
    process = subprocess.Popen([AUDIT_NOW, recording("bare-1.20.5")], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read().decode()
    assert process.wait(timeout=60) != -6
    assert "terminate" not in errors
    process.stderr.close()


def test_full_disk_is_told(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with full.open("wb") as out:
        done = subprocess.run([AUDIT_NOW, recording("bare-1.20.5")], stdout=out, stderr=subprocess.PIPE)
    outcome = Outcome(done.returncode, "", done.stderr.decode())
    assert outcome.code in (2, 3, 4)
    assert "cannot write" in outcome.stderr
