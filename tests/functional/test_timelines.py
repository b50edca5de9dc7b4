"""Timelines of real Flink (tests/flink/timelines.py made them): what happened is told, and nothing else is."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Run
from replay import Cluster

TIMELINES = ROOT / "tests" / "recordings" / "timelines"

# What only a history tells, and what a restart could be mistaken for.
PAST = {
    "job-disappeared",
    "started-without-state",
    "restored-from-old-checkpoint",
    "restart-loop",
    "jobmanager-failover",
    "taskmanager-lost",
    "job-not-running",
    "running-below-parallelism",
    "operator-ids-changed",
    "max-parallelism-changed",
    "state-backend-changed",
    "checkpoint-storage-changed",
    "flink-version-changed",
    "checkpoint-straggler",
    "state-growing",
}

EXPECTED = {
    "redeployed": set(),
    "redeployed-with-lost-state": {"operator-ids-changed"},
    "started-anew": {"started-without-state"},
    "failover": {"jobmanager-failover"},
    "task-manager-killed": {"taskmanager-lost"},
    "rescaled": set(),
    "recovery": set(),
    "growth": {"state-growing"},
    "held-up-1.13": set(),
}


def test_every_timeline_is_expected() -> None:
    assert {file.name.removesuffix(".json.gz") for file in TIMELINES.glob("*.json.gz")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_happened_is_told(audit: Run, name: str) -> None:
    results = audit(TIMELINES / f"{name}.json.gz").results
    failing = {row["check"] for row in results if row["verdict"] == "fail" and row["check"] in PAST}
    assert failing == EXPECTED[name], [row["message"] for row in results if row["check"] in failing ^ EXPECTED[name]]


def test_before_1_16_rates_tell_who_is_held_up(audit: Run) -> None:
    """Flink 1.13.6, seven minutes: a job whose keyed step is too slow, and one that has time to spare."""
    results = audit(TIMELINES / "held-up-1.13.json.gz").results
    judged = [row for row in results if row["check"] in ("backpressure-sustained", "bottleneck")]
    assert {(row["subject"]["job_name"], row["check"], row["verdict"]) for row in judged} == {
        ("too-slow", "backpressure-sustained", "fail"),
        ("too-slow", "bottleneck", "fail"),
        ("healthy", "backpressure-sustained", "pass"),
        ("healthy", "bottleneck", "pass"),
    }
    assert {row["confidence"] for row in judged if row["verdict"] == "fail"} == {"likely"}
    assert not [row for row in results if row["practice"] == "flow" and row["verdict"] == "fail" and row not in judged]


def test_a_timeline_is_recorded(audit: Run, audit_now: Run, tmp_path: Path) -> None:
    file = tmp_path / "timeline.json.gz"
    with Cluster.recorded("ready-1.20.5").serve() as server:
        done = audit_now("record", server.url, file, "--every", "1s", "--for", "2s")
        assert done.code == 0, done.stderr
        assert "3 looks" in done.stderr
        frames = frames_of(file)
        assert [len(frame["answers"]) > 5 for frame in frames] == [True] * 3
        assert sorted(frame["recorded_at"] for frame in frames) == [frame["recorded_at"] for frame in frames]
        assert not [row for row in audit(file).results if row["verdict"] == "fail" and row["check"] in PAST]
        audit_now("record", server.url, file, "--every", "10ms").refused(2, "--every")


def frames_of(file: Path) -> list[dict[str, Any]]:
    return json.loads(gzip.decompress(file.read_bytes()))["frames"]
