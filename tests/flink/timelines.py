#!/usr/bin/env python3
"""Records what the tests of history are driven by: timelines of real Flink, in tests/recordings/timelines.

  timelines.py [SCENE...]       all of them without any; needs Flink (lab.py install) and build/release/bin/audit-now

Each scene is one cluster that something happens to while `audit-now record --every` looks at it.
"""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flink import lab

ROOT = Path(__file__).resolve().parent.parent.parent
AUDIT_NOW = os.environ.get("AUDITOR_BIN") or ROOT / "build" / "release" / "bin" / "audit-now"
RECORDINGS = ROOT / "tests" / "recordings" / "timelines"
VERSION = lab.VERSIONS[-1]
JOB = ("--name", "orders", "--uids", "all", "--par", "2", "--keys", "50")


def conf(folder: Path) -> dict[str, str]:
    return {
        "state.backend.type": "hashmap",
        "execution.checkpointing.interval": "1s",
        "execution.checkpointing.dir": f"file://{folder}/checkpoints",
        "execution.checkpointing.savepoint-dir": f"file://{folder}/savepoints",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "1000",
        "restart-strategy.fixed-delay.delay": "1s",
    }


def hide_folder(file: Path, folder: Path) -> None:
    """A recording names no path of the machine that it was made on."""
    content = gzip.decompress(file.read_bytes()).decode().replace(str(folder), "/lab")
    file.write_bytes(gzip.compress(content.encode(), mtime=0))


@contextmanager
def recorded(cluster: lab.Cluster, scene: str, every: str = "2s"):
    """Looks at the cluster for as long as the block lasts, and once before and after it."""
    RECORDINGS.mkdir(parents=True, exist_ok=True)
    command = [AUDIT_NOW, "record", cluster.url, RECORDINGS / f"{scene}.json.gz", "--every", every, "--for", "10min"]
    process = subprocess.Popen(command)
    try:
        time.sleep(3)
        yield
        time.sleep(5)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        hide_folder(RECORDINGS / f"{scene}.json.gz", cluster.folder.parent)


def with_cluster(folder: Path, extra: dict[str, str], scene: Callable[[lab.Cluster], None], **options: object) -> None:
    cluster = lab.Cluster(VERSION, folder / "flink", conf(folder) | extra, **options)
    try:
        cluster.start()
        cluster.wait()
        scene(cluster)
    finally:
        cluster.stop()


def redeployed_without_lost_state(folder: Path, lose: bool = False) -> None:
    name = "redeployed-with-lost-state" if lose else "redeployed"

    def scene(cluster: lab.Cluster) -> None:
        job = cluster.submit("StreamJob", *JOB)
        cluster.wait_for_job(job, checkpoints=3)
        with recorded(cluster, name):
            savepoint = cluster.stop_with_savepoint(job)
            other = ("--uid", "remember=remember-2") if lose else ()
            job2 = cluster.submit("StreamJob", *JOB, *other, savepoint=savepoint, drop_unclaimed=lose)
            cluster.wait_for_job(job2, checkpoints=3)

    with_cluster(folder, {"execution.state-recovery.ignore-unclaimed-state": "true"}, scene)


def redeployed_with_lost_state(folder: Path) -> None:
    redeployed_without_lost_state(folder, lose=True)


def started_anew(folder: Path) -> None:
    def scene(cluster: lab.Cluster) -> None:
        job = cluster.submit("StreamJob", *JOB)
        cluster.wait_for_job(job, checkpoints=3)
        with recorded(cluster, "started-anew"):
            cluster.cancel(job)
            cluster.wait_for_job(cluster.submit("StreamJob", *JOB), checkpoints=3)

    with_cluster(folder, {}, scene)


def failover(folder: Path) -> None:
    zookeeper = lab.ZooKeeper(VERSION, folder / "zookeeper")

    def scene(cluster: lab.Cluster) -> None:
        job = cluster.submit("StreamJob", *JOB)
        cluster.wait_for_job(job, checkpoints=3)
        with recorded(cluster, "failover"):
            cluster.kill_job_manager()
            time.sleep(4)
            cluster.start_job_manager()
            cluster.wait_for_job(job, checkpoints=2)

    try:
        zookeeper.wait()
        with_cluster(folder, lab.ready_conf(folder, zookeeper), scene)
    finally:
        zookeeper.stop()


def task_manager_killed(folder: Path) -> None:
    """The job tries to restart on it until Flink has given it up, and then runs on the other one."""

    def scene(cluster: lab.Cluster) -> None:
        job = cluster.submit("StreamJob", *JOB)
        cluster.wait_for_job(job, checkpoints=3)
        with recorded(cluster, "task-manager-killed", every="4s"):
            cluster.kill_task_manager(1)
            lab.wait_for("its end", lambda: cluster.get("/overview")["taskmanagers"] == 1)
            cluster.wait_for_job(job)
            time.sleep(5)

    with_cluster(folder, {"taskmanager.load-balance.mode": "SLOTS"}, scene, task_managers=2)


def rescaled(folder: Path) -> None:
    """The adaptive scheduler starts the job anew, without any failure."""

    def scene(cluster: lab.Cluster) -> None:
        job = cluster.submit("StreamJob", *JOB, "--job-max-par", "64")
        cluster.wait_for_job(job, checkpoints=3)
        with recorded(cluster, "rescaled"):
            cluster.rescale(job, 1)
            time.sleep(6)
            cluster.rescale(job, 2)
            time.sleep(6)

    with_cluster(folder, {"jobmanager.scheduler": "adaptive"}, scene)


def recovery(folder: Path) -> None:
    """One failure, from which the job recovers."""

    def scene(cluster: lab.Cluster) -> None:
        job = cluster.submit("StreamJob", *JOB, "--fail-every-ms", "20000")
        cluster.wait_for_job(job, checkpoints=3)
        with recorded(cluster, "recovery"):
            lab.wait_for("a restart", lambda: cluster.get(f"/jobs/{job}/checkpoints")["counts"]["restored"] >= 1)
            cluster.wait_for_job(job, checkpoints=1)

    with_cluster(folder, {}, scene)


def growth(folder: Path) -> None:
    """State that nothing removes, on the heap."""

    def scene(cluster: lab.Cluster) -> None:
        grows = ("--keys", "100000000", "--value-bytes", "2000", "--rate", "500")
        job = cluster.submit("StreamJob", *JOB, *grows)
        cluster.wait_for_job(job, checkpoints=2)
        with recorded(cluster, "growth"):
            time.sleep(15)

    with_cluster(folder, {}, scene)


SCENES = {
    "redeployed": redeployed_without_lost_state,
    "redeployed-with-lost-state": redeployed_with_lost_state,
    "started-anew": started_anew,
    "failover": failover,
    "task-manager-killed": task_manager_killed,
    "rescaled": rescaled,
    "recovery": recovery,
    "growth": growth,
}


def main() -> None:
    chosen = sys.argv[1:] or list(SCENES)
    for name in chosen:
        if name not in SCENES:
            sys.exit(f"timelines: there is no scene {name}; there are {', '.join(SCENES)}")
        with tempfile.TemporaryDirectory() as folder:
            SCENES[name](Path(folder))


if __name__ == "__main__":
    main()
