"""Whatever was committed outlives kill -9 at any moment; and a disk that is full, or gives no write, ends nothing."""

import contextlib
import http.client
import os
import random
import resource
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from churn import Churn
from hostile import Server

from daemon import Daemon, Start, eventually

KILLS = int(os.environ.get("AUDITOR_KILLS", "20"))
SEED = int(os.environ.get("AUDITOR_SEED") or time.time_ns() % 1_000_000)
JOB = ("bare-1.20.5", "defaults-none")
Transitions = list[dict[str, Any]]


class Load:
    """Has all clusters looked at without a pause, and reads what is told of findings, until the daemon is gone."""

    def __init__(self, daemon: Daemon, clusters: list[str]) -> None:
        self._daemon = daemon
        self._clusters = clusters
        self.seen: dict[str, Transitions] = {}
        self._wrong: list[AssertionError] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._until_gone, args=[work]) for work in (self._look, self._read)]
        for thread in self._threads:
            thread.start()

    def _until_gone(self, work: Any) -> None:
        # A connection that breaks is the daemon's death.
        with contextlib.suppress(OSError, http.client.HTTPException):
            while not self._stop.is_set():
                try:
                    work()
                except AssertionError as error:
                    self._wrong.append(error)

    def _look(self) -> None:
        for name in self._clusters:
            self._daemon.post(f"/api/v1/clusters/{name}/audit")

    def _read(self) -> None:
        for row in self._daemon.get("findings", limit=20)["findings"]:
            self.seen[row["id"]] = self._daemon.get(f"findings/{row['id']}")["history"]

    def end(self) -> dict[str, Transitions]:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()
        assert not self._wrong, self._wrong[0]
        return self.seen


@pytest.fixture
def fleet() -> Iterator[dict[str, str]]:
    with contextlib.ExitStack() as stack:
        servers: list[Server] = [stack.enter_context(Churn(*JOB).serve()) for _ in range(4)]
        yield {f"c{number}": server.url for number, server in enumerate(servers)}


def kept(now: Transitions, before: Transitions) -> bool:
    return now[: len(before)] == before


def test_kills_lose_nothing_that_was_told(daemon: Start, fleet: dict[str, str]) -> None:
    print(f"AUDITOR_SEED={SEED}")
    chance = random.Random(SEED)
    d = daemon(fleet)
    everything: dict[str, Transitions] = {}
    for kill in range(KILLS):
        load = Load(d, list(fleet))
        time.sleep(chance.uniform(0.02, 0.6))  # the moment is what is tested
        d.kill()
        seen = load.end()
        assert d.integrity() == "ok", f"after kill {kill}"
        began = time.monotonic()
        d.start()
        assert time.monotonic() - began < 10
        for finding, history in seen.items():
            assert kept(d.get(f"findings/{finding}")["history"], history), f"{finding} after kill {kill}"
        everything |= seen
    assert len(everything) >= 2 * KILLS, "it was no load"
    for finding, history in everything.items():
        assert kept(d.get(f"findings/{finding}")["history"], history)
    d.stop()
    assert d.integrity() == "ok"


def test_stop_under_load(daemon: Start, fleet: dict[str, str]) -> None:
    """All that was seen is written, and nothing is told of trouble."""
    d = daemon(fleet)
    for _ in range(3):
        load = Load(d, list(fleet))
        eventually("a load", lambda load=load: len(load.seen) >= 10)
        d.stop()
        seen = load.end()
        assert not d.log_lines("level=error")
        assert d.integrity() == "ok"
        d.start()
        for finding, history in seen.items():
            assert kept(d.get(f"findings/{finding}")["history"], history)


def test_kill_during_the_first_start(daemon: Start, fleet: dict[str, str]) -> None:
    """Migrations are all there or not at all."""
    chance = random.Random(SEED)
    for _ in range(max(3, KILLS // 4)):
        d = daemon(fleet, start=False)
        d.start(wait=False)
        time.sleep(chance.uniform(0, 0.04))
        d.kill()
        d.start()
        d.look("c0")
        d.kill()
        assert d.integrity() == "ok"


# A store that cannot be written


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes; skips where none may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    file = folder / "filler"
    with file.open("wb", buffering=0) as out, contextlib.suppress(OSError):
        while True:
            out.write(b"\0" * 4096)
    return file


def told_of_trouble(d: Daemon) -> None:
    """Asserts that the daemon lives and says everywhere that it cannot store."""
    answer = d.ask("GET", "/-/ready").expect(503)
    assert "storage" in answer.json["detail"]
    assert d.ask("GET", "/-/healthy").status == 200
    assert d.log_lines("level=error", "the store cannot be written")
    assert d.metric("flink_auditor_store_failures_total") > 0
    assert d.metric("flink_auditor_unwritten_records") > 0
    assert d.metric("flink_auditor_ready") == 0
    status = d.get("status")
    assert status["ready"] is False
    assert status["storage"]["error"]


def trouble(d: Daemon, name: str) -> Any:
    d.look(name)
    return d.metric("flink_auditor_store_failures_total")


def recovered(d: Daemon) -> bool:
    return d.ask("GET", "/-/ready").status == 200 and d.metric("flink_auditor_unwritten_records") == 0


def firing_jobs(d: Daemon) -> set[str]:
    """The names of jobs of which the database holds a finding."""
    with contextlib.closing(sqlite3.connect(f"file:{d.database}?mode=ro", uri=True)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM jobs WHERE id IN (SELECT job FROM findings)")}


def test_full_disk(daemon: Start, small_disk: Path) -> None:
    churn = Churn(*JOB)
    with churn.serve() as server:
        d = daemon({"orders": server.url}, storage={"path": str(small_disk / "history.db")})
        d.look("orders")
        filler = fill(small_disk)
        eventually("trouble", lambda: trouble(d, "orders"), 60)
        told_of_trouble(d)
        first = churn.latest
        d.look("orders", times=5)
        assert d.report("orders")["jobs"][0]["name"] == f"job-{churn.latest}", "it goes on judging"
        assert f"job-{first}" not in firing_jobs(d)
        assert len(d.log_lines("the store cannot be written")) <= 3, "the log is not flooded"
        filler.unlink()
        eventually("recovery", lambda: recovered(d))
        assert d.log_lines("the store can be written again")
        assert {f"job-{number}" for number in range(1, churn.latest + 1)} <= firing_jobs(d)
        assert d.metric("flink_auditor_store_failures_total") > 0
        d.stop()
    assert d.integrity() == "ok"


def test_full_disk_at_the_end(daemon: Start, small_disk: Path) -> None:
    """What could not be written is told, in time, by the exit code."""
    with Churn(*JOB).serve() as server:
        d = daemon({"orders": server.url}, storage={"path": str(small_disk / "history.db")})
        d.look("orders")
        fill(small_disk)
        eventually("trouble", lambda: trouble(d, "orders"), 60)
        began = time.monotonic()
        d.process.terminate()
        assert d.process.wait(20) == 1
        assert time.monotonic() - began <= 5
        assert d.log_lines("level=error", "not all is written")
    (small_disk / "filler").unlink()
    assert d.integrity() == "ok"


def test_full_disk_at_the_start(daemon: Start, small_disk: Path) -> None:
    with Churn(*JOB).serve() as server:
        d = daemon({"orders": server.url}, storage={"path": str(small_disk / "history.db")})
        d.look("orders")
        d.kill()
        fill(small_disk)
        d.start(wait=False)
        # It runs and waits for space, or it says why it does not.
        end = eventually("a start or an end", lambda: d.log_lines('msg="started"') or not d.running)
        if not d.running:
            assert end
            assert d.process.returncode == 2
            assert str(d.database) in d.log
        (small_disk / "filler").unlink()


def test_file_size_limit(daemon: Start) -> None:
    """As a full disk, where nothing may be mounted: no file may grow."""
    churn = Churn(*JOB)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, resource.RLIM_INFINITY))

    with churn.serve() as server:
        d = daemon({"orders": server.url}, start=False, log={"level": "info"})
        d.start(wrapper=limit)
        eventually("trouble", lambda: trouble(d, "orders"), 60)
        told_of_trouble(d)
        resource.prlimit(d.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        eventually("recovery", lambda: recovered(d))
        assert {f"job-{number}" for number in range(1, churn.latest + 1)} <= firing_jobs(d)
        d.stop()
    assert d.integrity() == "ok"


def test_locked_by_another_process(daemon: Start) -> None:
    """As somebody's tool, or a backup that copies the file, may do."""
    churn = Churn(*JOB)
    with churn.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        with contextlib.closing(sqlite3.connect(d.database, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            d.post("/api/v1/clusters/orders/audit").expect(202)
            eventually("trouble", lambda: d.metric("flink_auditor_store_failures_total"), 60)
            told_of_trouble(d)
            assert d.get("findings")["findings"], "what is stored can be read"
            other.execute("ROLLBACK")
        eventually("recovery", lambda: recovered(d))
        assert {f"job-{number}" for number in range(1, churn.latest + 1)} <= firing_jobs(d)
        d.stop()
