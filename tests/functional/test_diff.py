"""`audit-now diff`: reports, recordings and a daemon's history compared."""

import datetime
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Outcome, Run
from replay import Cluster

from daemon import Start

RECORDINGS = ROOT / "tests" / "recordings"
BARE = RECORDINGS / "bare-1.20.5.json.gz"
READY = RECORDINGS / "ready-1.20.5.json.gz"
NEWER = RECORDINGS / "ready-2.3.0.json.gz"


def diff(audit_now: Run, before: object, after: object, *arguments: object) -> Outcome:
    return audit_now("diff", before, after, "--format", "json", *arguments)


def changed(outcome: Outcome, change: str) -> set[tuple[str, str | None]]:
    """(check, job) of the findings with the change."""
    return {(row["check"], row["job_name"]) for row in outcome.report["findings"] if row["change"] == change}


def facts(rows: list[dict[str, Any]]) -> dict[str, tuple[str | None, str | None]]:
    return {row["what"]: (row["before"], row["after"]) for row in rows}


def failing(outcome: Outcome) -> set[tuple[str, str | None]]:
    """(check, job) of the fails that an audit found."""
    return {(row["check"], row["subject"]["job_name"]) for row in outcome.judged().results if row["verdict"] == "fail"}


def test_nothing_changed(audit_now: Run) -> None:
    outcome = diff(audit_now, READY, READY)
    assert outcome.code == 0
    assert (outcome.report["findings"], outcome.report["cluster"], outcome.report["jobs"]) == ([], [], [])
    assert outcome.report["still_failing"] > 0


def test_another_release(audit_now: Run, audit: Run) -> None:
    outcome = diff(audit_now, READY, NEWER)
    assert facts(outcome.report["cluster"])["Flink"] == ("1.20.5", "2.3.0")
    before, after = failing(audit(READY)), failing(audit(NEWER))
    assert changed(outcome, "new") == after - before
    assert changed(outcome, "fixed") | changed(outcome, "gone") == before - after
    assert outcome.code == (1 if after - before else 0)


def test_a_redeployment(audit_now: Run, tmp_path: Path) -> None:
    """Another parallelism and another interval, seen by looks at one cluster."""
    cluster = Cluster.recorded("ready-1.20.5")
    path = cluster.job("ready-linear")
    with cluster.serve() as server:
        before = tmp_path / "before.json.gz"
        assert audit_now("record", server.url, before).code == 0
        cluster.body(path)["vertices"][0]["parallelism"] = 3
        cluster.body(f"{path}/checkpoints/config")["interval"] = 60_000
        job = cluster.jobs["ready-linear"]
        cluster.replace_text(job, "ab" * 16)
        after = tmp_path / "after.json.gz"
        assert audit_now("record", server.url, after).code == 0
    outcome = diff(audit_now, before, after)
    (only,) = outcome.report["jobs"]
    assert (only["name"], only["change"]) == ("ready-linear", "changed")
    told = facts(only["facts"])
    assert told["JobID"] == (job, "ab" * 16)
    assert told["checkpoint interval"][1] == "1 min"
    assert next(value for what, value in told.items() if what.startswith("parallelism of"))[1] == "3"
    assert set(told) - {"JobID", "checkpoint interval"} == {what for what in told if what.startswith("parallelism of")}


def test_jobs_come_and_go(audit_now: Run, tmp_path: Path) -> None:
    cluster = Cluster.recorded("ready-1.20.5")
    cluster.keep_jobs("ready-linear")
    with cluster.serve() as server:
        few = tmp_path / "few.json.gz"
        assert audit_now("record", server.url, few).code == 0
    gone = {"ready-fanout", "ready-join", "maxpar-huge"}
    fewer, more = diff(audit_now, READY, few), diff(audit_now, few, READY)
    assert {job["name"] for job in fewer.report["jobs"] if job["change"] == "ended"} == gone
    assert {job["name"] for job in more.report["jobs"] if job["change"] == "started"} == gone
    assert {job for _, job in changed(fewer, "gone")} <= gone
    # (Served on loopback, the cluster is judged by its own address.)
    assert changed(fewer, "gone") == {row for row in changed(more, "new") if row[1]}


def test_reports_hold_no_deployments(audit_now: Run, audit: Run, tmp_path: Path) -> None:
    files = []
    for recording in (BARE, READY):
        files.append(tmp_path / f"{recording.name}.json")
        files[-1].write_text(audit(recording, "--fail-on", "never").stdout)
    of_reports, of_recordings = diff(audit_now, *files), diff(audit_now, BARE, READY)
    assert of_reports.report["findings"] == of_recordings.report["findings"]
    assert of_recordings.report["deployments_known"]
    assert not of_reports.report["deployments_known"]
    assert "hold verdicts" in audit_now("diff", *files).stdout


def test_text_fits_a_terminal(audit_now: Run) -> None:
    outcome = audit_now("diff", BARE, NEWER)
    assert max(len(line) for line in outcome.stdout.splitlines() if "/" not in line) <= 80
    assert "Flink: 1.20.5 -> 2.3.0" in outcome.stdout
    assert outcome.stdout == audit_now("diff", BARE, NEWER).stdout


def test_points_of_a_daemons_history(daemon: Start, audit_now: Run) -> None:
    """A cluster goes from bad to good and back: each moment is compared as it was."""
    bare, ready = Cluster.recorded("bare-1.20.5"), Cluster.recorded("ready-1.20.5")
    moments = []
    with bare.serve() as server:
        d = daemon({"orders": server.url})
        good, bad = ready.answers, bare.answers
        for answers in (bad, good, bad):
            bare.answers = answers
            for _ in range(3):  # what no longer fails in several looks is resolved
                d.look("orders")
            d.settle()
            moments.append(datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")[:-4] + "Z")
            time.sleep(0.01)  # the next look is at a later moment
        high = "high-availability-off"

        def compared(a: str, b: str) -> Outcome:
            return diff(audit_now, a, b, "--server", d.url)

        first, second, third = (f"orders@{moment}" for moment in moments)
        assert (high, None) in changed(compared(first, second), "gone")
        assert (high, None) in changed(compared(second, third), "new")
        assert (high, None) not in changed(compared(first, third), "new") | changed(compared(first, third), "gone")
        assert (high, None) in changed(compared(second, "orders"), "new")
        audit_now("diff", "orders@yesterday", "orders", "--server", d.url).refused(2, "yesterday", "2026-")
        audit_now("diff", f"no-such@{moments[0]}", "orders", "--server", d.url).refused(2, "no-such", "orders")


@pytest.mark.parametrize("words", [["no-such-file.json"]])
def test_what_is_not_there(audit_now: Run, words: list[str]) -> None:
    audit_now("diff", READY, "no-such-file.json").refused(2, *words)
