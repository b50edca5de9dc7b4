"""The audit of real Flink clusters whose readiness is known: a ready one behind ZooKeeper, and an unready one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import Outcome, Run
from flink import lab

# check id → verdict. Only what these clusters settle; checks that depend on the day or on the load are left out.
READY = {
    "max-parallelism-unset": "pass",
    "max-parallelism-without-headroom": "pass",
    "max-parallelism-needlessly-high": "pass",
    "state-backend-unchosen": "pass",
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


@pytest.fixture(scope="module")
def ready(flink: Flink, audit: Run) -> Outcome:
    return audit(flink.ready.url)


@pytest.fixture(scope="module")
def unready(flink: Flink, audit: Run) -> Outcome:
    return audit(flink.unready.url)


def worst(outcome: Outcome, check: str) -> str:
    """The worst verdict of a check over all its subjects."""
    order = ["fail", "unknown", "pass", "not_applicable"]
    return min(outcome.of(check), key=order.index, default="no such check")


def failures(outcome: Outcome, check: str) -> list[dict[str, Any]]:
    return [row for row in outcome.results if row["check"] == check and row["verdict"] == "fail"]


def uids_of_sources(outcome: Outcome) -> list[dict[str, Any]]:
    rows = [row for row in outcome.results if row["check"] == "operator-uid-missing"]
    return [row for row in rows if (row["subject"]["vertex_name"] or "").startswith("Source: numbers")]


def resolve(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) points at; raises where there is nothing."""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document


def test_report_names_the_cluster(flink: Flink, ready: Outcome) -> None:
    report = ready.report
    assert report["schema"] == "flink-auditor/report/1"
    assert report["cluster"]["flink_version"] == flink.version
    assert report["cluster"]["url"] == flink.ready.url
    assert report["cluster"]["jobs"] == 1
    assert report["cluster"]["task_managers"] == 2
    assert [job["name"] for job in report["jobs"]] == ["orders-ready"]
    assert 0 < report["requests"]["count"] <= 40


def test_ready_cluster(ready: Outcome) -> None:
    assert {check: worst(ready, check) for check in READY} == READY
    assert [row["verdict"] for row in uids_of_sources(ready)] == ["pass"]
    assert ready.report["score"]["grade"] in ("A", "B")
    assert ready.code == 0, "nothing here is high"


def test_unready_cluster(unready: Outcome) -> None:
    assert {check: worst(unready, check) for check in UNREADY} == UNREADY
    assert unready.report["score"]["grade"] in ("D", "F")
    assert unready.code == 1


@pytest.mark.parametrize(
    ("check", "severity"),
    [
        ("checkpoint-storage-on-jobmanager", "critical"),
        ("high-availability-off", "critical"),
        ("restart-strategy-none", "high"),
        ("max-parallelism-unset", "medium"),  # 128 is 64 times the parallelism
    ],
)
def test_severity_fits_the_facts(unready: Outcome, check: str, severity: str) -> None:
    assert [row["severity"] for row in failures(unready, check)] == [severity]


def test_missing_uid_of_a_source_is_proved(unready: Outcome) -> None:
    (source,) = uids_of_sources(unready)
    assert source["verdict"] == "fail"
    assert source["confidence"] == "certain"
    assert source["subject"]["job_name"] == "orders-unready"


def test_findings_say_what_and_what_to_do(unready: Outcome) -> None:
    found = [row for row in unready.results if row["verdict"] == "fail"]
    assert found
    for row in found:
        for field in ("message", "remediation", "fingerprint", "evidence"):
            assert row[field], f"{row['check']} has no {field}"


def test_evidence_stands_where_it_says(flink: Flink, unready: Outcome) -> None:
    """Each pointer of each finding leads to something in the answer that the cluster really gives."""
    documents: dict[str, Any] = {}
    pointed = set()
    for row in unready.results:
        for evidence in row["evidence"] if row["verdict"] == "fail" else []:
            source = evidence["source"]
            if not (source and source["pointer"]):
                continue  # a series, a whole answer, or something worked out
            path, pointer = source["path"], source["pointer"]
            assert evidence["observed_at"], evidence
            if path not in documents:
                documents[path] = flink.unready.get(path)
            try:
                resolve(documents[path], pointer)
            except (KeyError, IndexError, ValueError, TypeError) as error:
                pytest.fail(f"{row['check']}: nothing at {path} {pointer} ({error!r})")
            pointed.add(row["check"])
    assert pointed >= {"max-parallelism-unset", "operator-uid-missing", "checkpoint-storage-on-jobmanager"}


def test_fail_on_sets_the_exit_code(flink: Flink, audit: Run) -> None:
    only = ("--check", "max-parallelism-unset", "--fail-on")
    assert audit(flink.unready.url, *only, "medium").code == 1
    assert audit(flink.unready.url, *only, "critical").code == 0
    assert audit(flink.unready.url, "--fail-on", "critical").code == 1
    assert audit(flink.ready.url, "--fail-on", "critical").code == 0


def test_a_recording_gives_the_same_findings(flink: Flink, audit: Run, audit_now: Run, tmp_path: Path) -> None:
    recording = tmp_path / "unready.json.gz"
    assert audit_now("record", flink.unready.url, recording).code == 0

    def findings(outcome: Outcome) -> set[tuple[str, str]]:
        posture = {practice["id"] for practice in outcome.report["practices"] if practice["kind"] == "posture"}
        return {
            (row["check"], row["fingerprint"])
            for row in outcome.results
            if row["verdict"] == "fail" and row["practice"] in posture
        }

    assert findings(audit(recording)) == findings(audit(flink.unready.url))
