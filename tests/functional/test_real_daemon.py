"""`flink-auditd` on real Flink: verdicts, a job that is cancelled, a JobManager that dies and has a successor."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flink import lab

from daemon import Daemon, daemons, eventually

VERSION = lab.VERSIONS[-1]


@dataclass(frozen=True)
class Lab:
    cluster: lab.Cluster
    ready: str  # the jobs' ids
    unready: str
    daemon: Daemon


@pytest.fixture(scope="module")
def flink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One session cluster behind ZooKeeper with a ready and an unready job, and a daemon that looks each second."""
    folder = tmp_path_factory.mktemp("real-daemon")
    zookeeper = lab.ZooKeeper(VERSION, folder / "zookeeper")
    cluster = lab.Cluster(VERSION, folder / "flink", lab.ready_conf(folder, zookeeper), task_managers=2)
    try:
        cluster.start()
        zookeeper.wait()
        cluster.wait()
        jobs = [cluster.submit("StreamJob", *arguments) for arguments in (lab.READY_JOB, lab.UNREADY_JOB)]
        for job in jobs:
            cluster.wait_for_job(job, checkpoints=2)
        with daemons(folder) as start:
            d = start({"lab": cluster.url}, interval="1s")
            eventually("two looks", lambda: d.cluster("lab")["load"]["looks"] >= 2)
            d.settle()
            yield Lab(cluster, *jobs, d)
            d.stop()
    finally:
        cluster.stop()
        zookeeper.stop()


def record(d: Daemon, flink_job_id: str) -> dict[str, Any]:
    return next(job for job in d.jobs() if job["flink_job_id"] == flink_job_id)


def firing(d: Daemon) -> dict[str, tuple]:
    """What fires, apart from reachability: id → check and episodes."""
    return {
        row["id"]: (row["check"], row["subject"]["job_name"], row["episodes"])
        for row in d.findings(state="firing")
        if row["check"] != "cluster-unreachable"
    }


def test_verdicts(flink: Lab) -> None:
    d = flink.daemon
    by_job: dict[str, set[str]] = {}
    for row in d.findings(state="firing"):
        by_job.setdefault(row["subject"]["job_name"], set()).add(row["check"])
    assert {"zookeeper-quorum-small", "rest-submission-open"} <= by_job[None]
    assert "high-availability-off" not in by_job[None]
    assert {"max-parallelism-unset", "operator-uid-missing", "checkpoint-storage-on-jobmanager"} <= by_job[
        "orders-unready"
    ]
    assert not {"max-parallelism-unset", "operator-uid-missing"} & by_job.get("orders-ready", set())
    jobs = {row["name"]: row for row in d.cluster("lab")["judged_jobs"]}
    assert jobs["orders-ready"]["score"]["value"] > jobs["orders-unready"]["score"]["value"]
    assert d.cluster("lab")["flink_version"] == VERSION


def test_checkpoints_move(flink: Lab) -> None:
    d = flink.daemon
    job = record(d, flink.ready)["id"]

    def newest() -> int:
        return max((row["id"] for row in d.timeline(job)["checkpoints"]), default=0)

    first = newest()
    eventually("later checkpoints", lambda: newest() >= first + 2, 30)
    rows = d.timeline(job)["checkpoints"]
    assert {row["status"] for row in rows} == {"COMPLETED"}
    assert any(row["sync_ms"] is not None and row["alignment_ms"] is not None for row in rows)
    load = d.cluster("lab")
    assert load["requests"]["count"] <= 2 * 8
    assert load["load"]["failures"] == 0


def test_job_manager_fails_over(flink: Lab) -> None:
    """Another JobManager goes on with the same jobs: no deployment, and no finding opens or resolves by it."""
    d, cluster = flink.daemon, flink.cluster
    before = firing(d)
    jobs = {job["id"]: job["flink_job_id"] for job in d.jobs()}
    assert set(jobs.values()) == {flink.ready, flink.unready}
    cluster.kill_job_manager()
    eventually("the cluster's absence", lambda: d.cluster("lab")["state"] == "down", 30)
    assert firing(d) == before
    cluster.start_job_manager()
    for job in jobs.values():
        cluster.wait_for_job(job, checkpoints=1)

    def told() -> bool:
        return all("jobmanager_failed_over" in d.events(job) for job in jobs)

    eventually("the fail-over in both timelines", told, 60)
    d.look("lab", times=2)
    assert {job["id"]: job["flink_job_id"] for job in d.jobs()} == jobs
    for job in jobs:
        events = d.events(job)
        assert events.count("jobmanager_failed_over") == 1, events
        assert not {"job_deployed", "job_ended", "job_disappeared"} & set(events)
        assert len(d.timeline(job)["deployments"]) == 1
    new = {key: row for key, row in firing(d).items() if key not in before}
    assert {row[0] for row in new.values()} == {"jobmanager-failover"}, "and no check fires that it does not concern"
    assert {key: row for key, row in firing(d).items() if key in before} == before
    unreachable = d.findings(check="cluster-unreachable")
    assert {row["state"] for row in unreachable} <= {"resolved"}, "it pended, and never fired"
    assert all(row["firing_since"] is None for row in unreachable)


def test_cancelled_job(flink: Lab) -> None:
    d = flink.daemon
    job = record(d, flink.unready)["id"]
    ready = record(d, flink.ready)["id"]
    others = {key for key in firing(d) if key not in {row["id"] for row in d.findings(job=job)}}
    flink.cluster.cancel(flink.unready)
    eventually("its end", lambda: "job_ended" in d.events(job), 30)
    ended = next(row for row in d.jobs() if row["id"] == job)
    assert ended["state"] == "CANCELED"
    assert ended["ended_at"]
    d.settle()
    assert {row["state"] for row in d.findings(job=job)} == {"resolved"}
    assert set(firing(d)) == others
    assert next(row for row in d.jobs() if row["id"] == ready)["ended_at"] is None
    assert 'job="orders-unready"' not in d.metrics()
