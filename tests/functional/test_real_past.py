"""What `flink-auditd` judges by a job's past, on real Flink: a job turns slow and mends; redeployments lose."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from flink import lab

from daemon import Daemon, daemons, eventually

VERSION = lab.VERSIONS[-1]
JOB = ("--name", "orders", "--uids", "all", "--par", "2", "--keys", "100")


@dataclass
class Lab:
    cluster: lab.Cluster
    folder: Path
    daemon: Daemon
    slow: Path  # while it exists, the asynchronous part of snapshots takes as many milliseconds as it says
    job: str = ""

    def start(self, *arguments: str, savepoint: str | None = None) -> None:
        job = (*JOB, "--async-file", str(self.slow), *arguments)
        self.job = self.cluster.submit("StreamJob", *job, savepoint=savepoint, drop_unclaimed=savepoint is not None)
        self.cluster.wait_for_job(self.job, checkpoints=3)
        eventually("the run", lambda: self.row()["flink_job_id"] == self.job, 30)
        eventually("its checkpoints", lambda: len(self.checkpoints()) >= 3, 30)

    def row(self) -> dict[str, Any]:
        (row,) = self.daemon.jobs(name="orders")
        return row

    def checkpoints(self) -> list[dict[str, Any]]:
        rows = self.daemon.timeline(self.row()["id"])["checkpoints"]
        return [row for row in rows if row["flink_job_id"] == self.job]

    def firing(self, check: str) -> dict[str, Any] | None:
        return self.daemon.finding(check=check, state="firing")


@pytest.fixture(scope="module")
def flink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("real-past")
    conf = {
        "state.backend.type": "hashmap",
        "execution.checkpointing.interval": "1s",
        "execution.checkpointing.dir": f"file://{folder}/checkpoints",
        "execution.checkpointing.savepoint-dir": f"file://{folder}/savepoints",
        "execution.checkpointing.num-retained": "10",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.state-recovery.ignore-unclaimed-state": "true",
    }
    cluster = lab.Cluster(VERSION, folder / "flink", conf, task_managers=1)
    try:
        cluster.start()
        cluster.wait()
        checks = {"checkpoint-async-slow": {"for": "2s", "keep_firing_for": "1s"}}
        with daemons(folder) as start:
            yield Lab(cluster, folder, start({"lab": cluster.url}, interval="1s", checks=checks), folder / "slow")
    finally:
        cluster.stop()


def test_a_slow_asynchronous_part_fires_and_resolves(flink: Lab, audit_now: Run) -> None:
    flink.start()
    assert flink.daemon.finding(check="checkpoint-async-slow") is None
    flink.slow.write_text("1500")
    found = eventually("the finding", lambda: flink.firing("checkpoint-async-slow"), 60)
    assert found["subject"]["vertex_name"].startswith("remember")
    assert "of the interval of 1 s" in found["message"]

    outcome = audit_now("checkpoints", flink.cluster.url, "--job", "orders", "--format", "json")
    (job,) = json.loads(outcome.stdout)["jobs"]
    assert job["summary"]["phase"] == "asynchronous part"
    assert job["summary"]["vertex_name"].startswith("remember")
    assert job["summary"]["host"]
    assert len([row for row in job["checkpoints"] if row["critical_path"]]) >= 5
    document = flink.daemon.get(f"jobs/{flink.row()['id']}/checkpoints")
    assert document["summary"]["phase"] == "asynchronous part"

    flink.slow.unlink()
    eventually("its end", lambda: flink.firing("checkpoint-async-slow") is None, 60)
    ended = flink.daemon.finding(check="checkpoint-async-slow")
    assert ended["state"] == "resolved"
    assert ended["id"] == found["id"]


def test_state_that_no_operator_claims_any_more_is_told(flink: Lab) -> None:
    savepoint = flink.cluster.stop_with_savepoint(flink.job)
    flink.start("--uid", "remember=remember-2", savepoint=savepoint)
    found = eventually("the finding", lambda: flink.firing("operator-ids-changed"), 30)
    assert "remember" in found["message"]
    assert found["severity"] == "high"
    assert flink.firing("started-without-state") is None
    assert flink.firing("restored-from-old-checkpoint") is None


def test_a_start_without_the_state_of_before_is_told(flink: Lab) -> None:
    flink.cluster.cancel(flink.job)
    flink.start("--uid", "remember=remember-2")
    found = eventually("the finding", lambda: flink.firing("started-without-state"), 30)
    assert found["severity"] == "critical"
    assert "checkpoint" in found["message"]


def test_a_restore_from_an_old_checkpoint_is_told(flink: Lab) -> None:
    eventually("ten retained checkpoints", lambda: len(retained_of(flink)) >= 10, 60)
    flink.cluster.cancel(flink.job)
    kept = retained_of(flink)
    flink.start("--uid", "remember=remember-2", savepoint=f"file://{kept[0]}")
    found = eventually("the finding", lambda: flink.firing("restored-from-old-checkpoint"), 30)
    assert f"from checkpoint {kept[0].name.removeprefix('chk-')}" in found["message"]
    assert flink.firing("started-without-state") is None, "the new run was restored"


def test_the_daemon_remembers_over_a_restart(flink: Lab) -> None:
    before = {row["id"] for row in flink.daemon.findings(state="firing")}
    flink.daemon.kill()
    flink.daemon.start()
    eventually("a look", lambda: flink.daemon.cluster("lab")["load"]["looks"] >= 1, 30)
    flink.daemon.settle()
    assert {row["id"] for row in flink.daemon.findings(state="firing")} >= before
    assert flink.firing("restored-from-old-checkpoint") is not None


def test_a_lost_task_manager_is_told_once(tmp_path: Path) -> None:
    """It dies under a job, which tries to restart on it until Flink has given it up; then it comes back."""
    conf = {
        "execution.checkpointing.interval": "1s",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "1000",
        "restart-strategy.fixed-delay.delay": "1s",
        "taskmanager.load-balance.mode": "SLOTS",
        "heartbeat.rpc-failure-threshold": "3",  # 9 s
    }
    cluster = lab.Cluster(VERSION, tmp_path / "flink", conf, task_managers=2, named=True)
    checks = {"taskmanager-lost": {"for": "4s"}, "restart-loop": {"for": "1s"}}
    try:
        cluster.start()
        cluster.wait()
        with daemons(tmp_path) as start:
            daemon = start({"lab": cluster.url}, interval="1s", checks=checks)
            job = cluster.submit("StreamJob", *JOB)
            cluster.wait_for_job(job, checkpoints=3)
            eventually("the job", lambda: daemon.jobs(name="orders"))
            cluster.kill_task_manager(1)

            eventually("a suspicion", lambda: daemon.finding(check="taskmanager-lost", state="pending"), 30)
            found = eventually("the finding", lambda: daemon.finding(check="taskmanager-lost", state="firing"), 30)
            assert found["message"].endswith("their jobs restarted: taskmanager-1")
            assert found["severity"] == "medium"
            cluster.wait_for_job(job)
            failures = cluster.get(f"/jobs/{job}/exceptions")["exceptionHistory"]["entries"]
            assert len(failures) >= 3, "each attempt to restart on it is a failure to Flink"

            cluster.start_task_manager(1)
            eventually("its end", lambda: daemon.finding(check="taskmanager-lost", state="firing") is None, 30)
            assert daemon.finding(check="taskmanager-lost")["state"] == "resolved"
            daemon.look("lab")
            assert daemon.finding(check="restart-loop") is None, "one loss is no loop"
    finally:
        cluster.stop()


def retained_of(flink: Lab) -> list[Path]:
    """Oldest first."""
    folder = flink.folder / "checkpoints" / flink.job
    return sorted(folder.glob("chk-*"), key=lambda path: int(path.name.removeprefix("chk-")))
