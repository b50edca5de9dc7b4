"""The audit of real Flink clusters whose readiness is known: a ready one behind ZooKeeper, and an unready one."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flink import lab

ROOT = Path(__file__).resolve().parents[2]
AUDIT_NOW = os.environ.get("AUDITOR_BIN") or str(ROOT / "build" / "release" / "bin" / "audit-now")

# check id → verdict. Only what these clusters settle; checks that depend on the day or on the load are left out.
READY = {
    "max-parallelism-unset": "pass",
    "max-parallelism-without-headroom": "pass",
    "max-parallelism-needlessly-high": "pass",
    "state-backend-unchosen": "pass",
    "legacy-state-backend": "pass",
    "checkpoint-storage-on-jobmanager": "pass",
    "rocksdb-memory-unbounded": "pass",
    "high-availability-off": "pass",
    "high-availability-cluster-id-default": "pass",
    "zookeeper-quorum-small": "fail",  # the lab has one ZooKeeper
    "checkpointing-off": "pass",
    "checkpoints-not-retained": "pass",
    "checkpoint-interval-long": "pass",
    "checkpoint-failures-tolerated": "pass",
    "checkpoint-failure-restarts-job": "pass",
    "concurrent-checkpoints": "pass",
    "checkpoint-min-pause-unset": "pass",
    "single-retained-checkpoint": "pass",
    "savepoint-directory-unset": "pass",
    "restart-strategy-none": "pass",
    "restart-attempts-few": "pass",
    "failover-restarts-everything": "pass",
    "yarn-single-attempt": "not_applicable",
    "sql-plan-not-compiled": "not_applicable",
    "rest-submission-open": "fail",
}

UNREADY = {
    "max-parallelism-unset": "fail",
    "max-parallelism-without-headroom": "pass",
    "state-backend-unchosen": "fail",
    "checkpoint-storage-on-jobmanager": "fail",
    "checkpoint-storage-local": "not_applicable",
    "rocksdb-memory-unbounded": "not_applicable",
    "high-availability-off": "fail",
    "high-availability-storage-local": "not_applicable",
    "zookeeper-quorum-small": "not_applicable",
    "checkpointing-off": "pass",
    "checkpoints-not-retained": "fail",
    "checkpoint-failure-restarts-job": "fail",
    "savepoint-directory-unset": "fail",
    "restart-strategy-none": "fail",
    "failover-restarts-everything": "fail",
    "sql-plan-not-compiled": "not_applicable",
    "rest-submission-open": "fail",
}

# The unready cluster leaves Flink's defaults alone but for two settings that nobody should have.
UNREADY_CONF = {
    "restart-strategy.type": "none",
    "jobmanager.execution.failover-strategy": "full",
}


@dataclass(frozen=True)
class Flink:
    version: str
    ready: lab.Cluster
    unready: lab.Cluster


@pytest.fixture(scope="module", params=lab.VERSIONS)
def flink(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flink]:
    """Both clusters of one release; all JVMs start at once, for starting is what takes the time."""
    folder = tmp_path_factory.mktemp(f"flink-{request.param}")
    zookeeper = lab.ZooKeeper(request.param, folder / "zookeeper")
    conf = lab.ready_conf(folder, zookeeper)
    ready = lab.Cluster(request.param, folder / "ready", conf, task_managers=2)
    unready = lab.Cluster(request.param, folder / "unready", UNREADY_CONF)
    try:
        ready.start()
        unready.start()
        zookeeper.wait()
        jobs = []
        for cluster, arguments in ((ready, lab.READY_JOB), (unready, lab.UNREADY_JOB)):
            cluster.wait()
            jobs.append((cluster, cluster.submit("StreamJob", *arguments)))
        for cluster, job in jobs:
            cluster.wait_for_job(job, checkpoints=2)
        yield Flink(request.param, ready, unready)
    finally:
        ready.stop()
        unready.stop()
        zookeeper.stop()


def audit(*arguments: str, exits: int) -> dict[str, Any]:
    """The JSON report of an audit that must end with the exit code `exits`."""
    command = [AUDIT_NOW, *arguments, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == exits, f"exit {done.returncode}, wanted {exits}\n{done.stderr}\n{done.stdout[-4000:]}"
    return json.loads(done.stdout)


def verdicts(report: dict[str, Any], check: str) -> set[str]:
    """The verdicts of a check over all its subjects."""
    return {row["verdict"] for row in report["results"] if row["check"] == check}


def worst(report: dict[str, Any], check: str) -> str:
    """The worst verdict of a check over all its subjects."""
    order = ["fail", "unknown", "pass", "not_applicable"]
    return min(verdicts(report, check), key=order.index, default="no such check")


def failures(report: dict[str, Any], check: str) -> list[dict[str, Any]]:
    return [row for row in report["results"] if row["check"] == check and row["verdict"] == "fail"]


def resolve(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) points at; raises where there is nothing."""
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        document = document[int(token)] if isinstance(document, list) else document[token]
    return document


def test_report_names_the_cluster(flink: Flink) -> None:
    report = audit(flink.ready.url, exits=0)
    assert report["schema"] == "flink-auditor/report/1"
    assert report["cluster"]["flink_version"] == flink.version
    assert report["cluster"]["url"] == flink.ready.url
    assert report["cluster"]["jobs"] == 1
    assert report["cluster"]["task_managers"] == 2
    assert [job["name"] for job in report["jobs"]] == ["orders-ready"]
    assert report["requests"]["count"] > 0


def test_ready_cluster(flink: Flink) -> None:
    report = audit(flink.ready.url, exits=0)
    assert {check: worst(report, check) for check in READY} == READY
    assert not [r for r in report["results"] if r["verdict"] == "fail" and r["severity"] == "critical"]
    sources = [
        row
        for row in report["results"]
        if row["check"] == "operator-uid-missing" and (row["subject"]["vertex_name"] or "").startswith("Source:")
    ]
    assert [row["verdict"] for row in sources] == ["pass"]
    assert report["score"]["grade"] in ("A", "B")


def test_unready_cluster(flink: Flink) -> None:
    report = audit(flink.unready.url, exits=1)
    assert {check: worst(report, check) for check in UNREADY} == UNREADY
    assert report["score"]["grade"] in ("D", "F")


def test_severities_fit_the_facts(flink: Flink) -> None:
    report = audit(flink.unready.url, exits=1)
    severity = {check: failures(report, check)[0]["severity"] for check in UNREADY if failures(report, check)}
    assert severity["checkpoint-storage-on-jobmanager"] == "critical"
    assert severity["high-availability-off"] == "critical"
    assert severity["restart-strategy-none"] == "high"
    assert severity["max-parallelism-unset"] == "medium"  # 128 is 64 times the parallelism


def test_missing_uid_of_a_source_is_proved(flink: Flink) -> None:
    report = audit(flink.unready.url, exits=1)
    rows = failures(report, "operator-uid-missing")
    sources = [row for row in rows if row["subject"]["vertex_name"].startswith("Source: numbers")]
    assert len(sources) == 1
    assert sources[0]["confidence"] == "certain"
    assert sources[0]["subject"]["job_name"] == "orders-unready"


def test_findings_say_what_to_do(flink: Flink) -> None:
    report = audit(flink.unready.url, exits=1)
    for row in report["results"]:
        if row["verdict"] == "fail":
            assert row["message"], row
            assert row["remediation"], row
            assert row["fingerprint"], row


def test_evidence_stands_where_it_says(flink: Flink) -> None:
    """Each pointer of each finding leads to something in the answer that the cluster really gives."""
    report = audit(flink.unready.url, exits=1)
    documents: dict[str, Any] = {}
    pointed = 0
    for row in report["results"]:
        if row["verdict"] != "fail":
            continue
        assert row["evidence"], f"{row['check']} has no evidence"
        for evidence in row["evidence"]:
            assert evidence["observed_at"], evidence
            path, pointer = evidence["source"]["path"], evidence["source"]["pointer"]
            if not path or not path.startswith("/") or pointer is None:
                continue
            if path not in documents:
                documents[path] = flink.unready.get(path)
            try:
                resolve(documents[path], pointer)
            except (KeyError, IndexError, ValueError, TypeError) as error:
                pytest.fail(f"{row['check']}: nothing at {path} {pointer} ({error!r})")
            pointed += 1
    assert pointed >= 5
    for check in ("max-parallelism-unset", "operator-uid-missing", "checkpoint-storage-on-jobmanager"):
        sources = [e["source"] for row in failures(report, check) for e in row["evidence"]]
        assert any(s["path"] and s["pointer"] for s in sources), f"{check} does not say where it saw it"


def test_fail_on_sets_the_exit_code(flink: Flink) -> None:
    only = ("--check", "max-parallelism-unset")
    audit(flink.unready.url, *only, "--fail-on", "medium", exits=1)
    audit(flink.unready.url, *only, "--fail-on", "critical", exits=0)
    audit(flink.unready.url, "--fail-on", "critical", exits=1)
    audit(flink.ready.url, "--fail-on", "critical", exits=0)


def test_a_recording_gives_the_same_verdicts(flink: Flink, tmp_path: Path) -> None:
    recording = tmp_path / "unready.json.gz"
    command = [AUDIT_NOW, "record", flink.unready.url, str(recording)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)

    def rows(report: dict[str, Any]) -> set[tuple[str, str]]:
        posture = {p["id"] for p in report["practices"] if p["kind"] == "posture"}
        return {
            (r["fingerprint"], r["check"])
            for r in report["results"]
            if r["verdict"] == "fail" and r["practice"] in posture
        }

    assert rows(audit(str(recording), exits=1)) == rows(audit(flink.unready.url, exits=1))
