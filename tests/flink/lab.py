#!/usr/bin/env python3
"""Real Apache Flink on loopback: install a release, start clusters, run jobs of known readiness on them.

  lab.py install VERSION...     fetch Flink's own jars (once, 200 to 330 MB each) and compile the jobs
  lab.py up [--version V]       start a cluster with a ready and an unready job, print its URL
  lab.py down                   stop it

Flink lives under $FLINKLAB_HOME (default ~/.cache/flink-auditor). A cluster is a JobManager and its TaskManagers as
separate JVMs with small heaps, from Flink's own distribution. Needs a JDK (11 or newer) on the PATH.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

VERSIONS = ("1.20.5", "2.3.0")
HOME = Path(os.environ.get("FLINKLAB_HOME") or Path.home() / ".cache" / "flink-auditor")
JOBS = Path(__file__).resolve().parent / "jobs"

# What Flink's own start scripts open up for Java 17.
JAVA_OPENS = [
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in (
        "java.lang",
        "java.lang.reflect",
        "java.net",
        "java.io",
        "java.nio",
        "java.text",
        "java.time",
        "java.util",
        "java.util.concurrent",
        "java.util.concurrent.atomic",
        "java.util.concurrent.locks",
        "sun.net.util",
        "sun.nio.ch",
    )
] + [
    "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
    "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
]
JAVA = ["java", "-Xms32m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *JAVA_OPENS]

LOG4J = """\
rootLogger.level=INFO
rootLogger.appenderRef.file.ref=File
appender.file.name=File
appender.file.type=File
appender.file.fileName=${sys:log.file}
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d %-5p %c - %m%n
# Says the automatic id of each operator, chained ones too, which REST does not show.
logger.ids.name=org.apache.flink.streaming.api.graph.StreamGraphHasherV2
logger.ids.level=DEBUG
"""


class LabError(Exception):
    """Flink did not do what it was asked; the message carries the ends of its logs."""


# -- Flink's distribution ------------------------------------------------------------------------------------------


@contextmanager
def _lock(path: Path):
    """Lets one process at a time through, so that two test runs do not install the same release over each other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def install(version: str) -> Path:
    """Flink's folder (lib, opt, plugins) and in it the jobs' jar; fetched and compiled where missing."""
    home = HOME / f"flink-{version}"
    with _lock(HOME / f"{version}.lock"):
        if not (home / "lib").is_dir():
            _fetch(version, home)
        if not jobs_jar(home).exists():
            _compile(home)
    return home


def _fetch(version: str, home: Path) -> None:
    """Flink publishes its distribution's jars as the Python package apache-flink-libraries."""
    work = HOME / f".fetch-{version}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "-d", work, f"apache-flink-libraries=={version}"], check=True)
    (package,) = work.iterdir()
    if package.suffix == ".whl":
        shutil.unpack_archive(package, work / "x", "zip")
        found = work / "x" / "pyflink"
    else:
        shutil.unpack_archive(package, work / "x")
        (found,) = (work / "x").glob("*/deps")
    found.rename(home)
    shutil.rmtree(work)


def jobs_jar(home: Path) -> Path:
    """Named by the sources' hash, so that a changed job is compiled anew and never mistaken for the old one."""
    sources = sorted(JOBS.rglob("*.java"))
    digest = hashlib.sha256(b"".join(p.read_bytes() for p in sources)).hexdigest()[:12]
    return home / f"auditor-lab-{digest}.jar"


def _compile(home: Path) -> None:
    classes = home / "auditor-lab-classes"
    shutil.rmtree(classes, ignore_errors=True)
    classes.mkdir()
    for old in home.glob("auditor-lab-*.jar"):
        old.unlink()
    sources = sorted(JOBS.rglob("*.java"))
    javac = ["javac", "-nowarn", "-Xlint:none", "--release", "11", "-cp", f"{home}/lib/*"]
    _checked([*javac, "-d", classes, *sources])
    jar = jobs_jar(home)
    _checked(["jar", "cf", f"{jar}.part", "-C", classes, "."])
    Path(f"{jar}.part").rename(jar)
    shutil.rmtree(classes)


def _checked(command: list) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


# -- processes -----------------------------------------------------------------------------------------------------


def _die_with_parent() -> None:
    """Asks Linux to kill this process when the one that started it dies, so that no cut-off test run leaves a JVM."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what: str, probe: Callable[[], T | None], seconds: float = 120) -> T:
    """What `probe` gives once it gives something; connection errors and half-started answers count as not yet."""
    end = time.monotonic() + seconds
    last: Exception | None = None
    while time.monotonic() < end:
        try:
            if found := probe():
                return found
        except (OSError, ValueError, KeyError) as error:
            last = error
        time.sleep(0.25)
    raise LabError(f"waited {seconds:.0f} s in vain for {what}" + (f" ({last})" if last else ""))


class Processes:
    """The JVMs of one cluster, in one folder that also holds their configuration and logs."""

    def __init__(self, folder: Path, detached: bool = False):
        self.folder = folder
        self.detached = detached
        self._running: dict[str, subprocess.Popen] = {}

    def spawn(self, name: str, command: list[str], env: dict[str, str] | None = None) -> None:
        """Only from the main thread: the children die with the thread that started them."""
        with (self.folder / f"{name}.out").open("wb") as out:
            process = subprocess.Popen(
                command,
                env=env,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=None if self.detached else _die_with_parent,
            )
        self._running[name] = process
        (self.folder / "pids").write_text("".join(f"{p.pid}\n" for p in self._running.values()))

    def check(self) -> None:
        """Fails early where a JVM has ended by itself."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise LabError(f"{name} ended with {process.returncode}")

    def kill(self, *names: str) -> None:
        """Those of the names; all without any."""
        chosen = [self._running.pop(name) for name in names or list(self._running)]
        for process in chosen:
            if process.poll() is None:
                process.kill()
        for process in chosen:
            process.wait()

    def logs(self, lines: int = 40) -> str:
        text = []
        for log in sorted([*self.folder.glob("*.log"), *self.folder.glob("*.out")]):
            tail = log.read_text(errors="replace").splitlines()[-lines:]
            if tail:
                text += [f"--- {log}", *tail]
        return "\n".join(text)


# -- clusters ------------------------------------------------------------------------------------------------------


class ZooKeeper:
    """The ZooKeeper inside Flink, for clusters with high availability."""

    def __init__(self, version: str, folder: Path, detached: bool = False):
        home = install(version)
        (folder / "data").mkdir(parents=True)
        (folder / "data" / "myid").write_text("1")
        self.port = free_port()
        (folder / "zoo.cfg").write_text(
            f"tickTime=2000\ndataDir={folder}/data\nclientPort={self.port}\n"
            "clientPortAddress=127.0.0.1\nadmin.enableServer=false\n"
        )
        self.address = f"127.0.0.1:{self.port}"
        self._processes = Processes(folder, detached)
        main = "org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer"
        arguments = ["--zkConfigFile", f"{folder}/zoo.cfg", "--peerId", "1"]
        self._processes.spawn("zookeeper", [*JAVA, "-Xmx64m", "-cp", f"{home}/lib/*", main, *arguments])

    def wait(self) -> None:
        def answers() -> bool:
            self._processes.check()
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True

        try:
            wait_for("ZooKeeper", answers)
        except LabError as error:
            raise LabError(f"{error}\n{self._processes.logs()}") from error

    def stop(self) -> None:
        self._processes.kill()


class Cluster:
    """A standalone session cluster on loopback. `start` begins, `wait` returns when its TaskManagers have come."""

    def __init__(
        self,
        version: str,
        folder: Path,
        conf: dict[str, str] | None = None,
        task_managers: int = 1,
        slots: int = 4,
        detached: bool = False,
        named: bool = False,
    ):
        """`named`: each TaskManager keeps its id, taskmanager-1 and so on, when it is started once more."""
        self.version = version
        self.folder = folder
        self.conf = conf or {}
        self.task_managers = task_managers
        self.slots = slots
        self.named = named
        self.url = ""
        self._home = install(version)
        self._processes = Processes(folder, detached)

    def start(self) -> None:
        for part in ("conf", "tmp", "web"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        port = str(free_port())
        conf = {
            "jobmanager.rpc.address": "127.0.0.1",
            "jobmanager.rpc.port": str(free_port()),
            "jobmanager.bind-host": "127.0.0.1",
            "rest.address": "127.0.0.1",
            "rest.port": port,
            "rest.bind-port": port,
            "rest.bind-address": "127.0.0.1",
            "taskmanager.host": "127.0.0.1",
            "taskmanager.bind-host": "127.0.0.1",
            "taskmanager.numberOfTaskSlots": str(self.slots),
            "io.tmp.dirs": f"{self.folder}/tmp",
            "web.tmpdir": f"{self.folder}/web",
            "heartbeat.interval": "3000",
            "heartbeat.timeout": "30000",
            # Smaller than Flink would take by itself: several clusters share one small machine.
            "jobmanager.memory.process.size": "1000m",
            "jobmanager.memory.jvm-metaspace.size": "160m",
            "taskmanager.memory.process.size": "832m",
            "taskmanager.memory.jvm-metaspace.size": "160m",
            "taskmanager.memory.managed.size": "128m",
            "taskmanager.memory.network.min": "32m",
            "taskmanager.memory.network.max": "32m",
        } | self.conf
        if _release(self.version) < (1, 19):
            text = "".join(f"{key}: {value}\n" for key, value in conf.items())
            (self.folder / "conf" / "flink-conf.yaml").write_text(text)
        else:
            text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in conf.items())
            (self.folder / "conf" / "config.yaml").write_text(text)
        (self.folder / "conf" / "log4j.properties").write_text(LOG4J)
        self.url = f"http://127.0.0.1:{port}"
        self.start_job_manager()
        for number in range(1, self.task_managers + 1):
            self.start_task_manager(number)

    def start_job_manager(self) -> None:
        """Also once more after `kill_job_manager`: on the same ports, which its TaskManagers and clients know."""
        main = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
        self._spawn("jobmanager", 384, main, ["--executionMode", "cluster"])

    def kill_job_manager(self) -> None:
        """kill -9, as when its machine is lost."""
        self._processes.kill("jobmanager")

    def start_task_manager(self, number: int) -> None:
        """Also once more after `kill_task_manager`."""
        # What Flink's start script would work out from the configuration and pass on.
        memory = {
            "taskmanager.cpu.cores": "1.0",
            "taskmanager.memory.framework.heap.size": "128m",
            "taskmanager.memory.framework.off-heap.size": "64m",
            "taskmanager.memory.task.heap.size": "256m",
            "taskmanager.memory.task.off-heap.size": "0b",
            "taskmanager.memory.managed.size": "128m",
            "taskmanager.memory.network.min": "32m",
            "taskmanager.memory.network.max": "32m",
            "taskmanager.memory.jvm-metaspace.size": "160m",
            "taskmanager.memory.jvm-overhead.min": "64m",
            "taskmanager.memory.jvm-overhead.max": "64m",
        }
        dynamic = [part for key, value in memory.items() for part in ("-D", f"{key}={value}")]
        if self.named:
            dynamic += ["-D", f"taskmanager.resource-id=taskmanager-{number}"]
        main = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
        self._spawn(f"taskmanager-{number}", 384, main, dynamic)

    def kill_task_manager(self, number: int) -> None:
        """kill -9 of the TaskManager with that number, from 1 on."""
        self._processes.kill(f"taskmanager-{number}")

    def rescale(self, job: str, parallelism: int) -> None:
        """Bounds every vertex of a job of the adaptive scheduler."""
        bounds = {"parallelism": {"lowerBound": 1, "upperBound": parallelism}}
        vertices = {row["id"]: bounds for row in self.get(f"/jobs/{job}")["vertices"]}
        request = urllib.request.Request(
            f"{self.url}/jobs/{job}/resource-requirements",
            data=json.dumps(vertices).encode(),
            headers={"Content-Type": "application/json"},
            method="PUT",
        )
        urllib.request.urlopen(request, timeout=30).close()

    def cancel(self, job: str) -> None:
        request = urllib.request.Request(f"{self.url}/jobs/{job}?mode=cancel", method="PATCH")
        urllib.request.urlopen(request, timeout=30).close()
        self.wait_for_end(job)

    def _spawn(self, name: str, heap: int, main: str, arguments: list[str]) -> None:
        env = os.environ | {
            "FLINK_CONF_DIR": f"{self.folder}/conf",
            "FLINK_LIB_DIR": f"{self._home}/lib",
            "FLINK_OPT_DIR": f"{self._home}/opt",
            "FLINK_PLUGINS_DIR": f"{self._home}/plugins",
        }
        command = [
            *JAVA,
            f"-Xmx{heap}m",
            f"-Dlog.file={self.folder}/{name}.log",
            f"-Dlog4j.configurationFile=file:{self.folder}/conf/log4j.properties",
            *("-cp", f"{self._home}/lib/*", main),
            *("--configDir", f"{self.folder}/conf"),
            *arguments,
        ]
        self._processes.spawn(name, command, env)

    def wait(self) -> None:
        """Until all TaskManagers have registered. Once more from the start where another process took a port."""
        try:
            self._wait()
        except LabError:
            if "BindException" not in self.logs() and "Could not bind" not in self.logs():
                raise
            self.stop()
            self.start()
            self._wait()

    def _wait(self) -> None:
        def complete() -> bool:
            self._processes.check()
            return self.get("/overview")["taskmanagers"] >= self.task_managers

        self._explained(lambda: wait_for(f"{self.task_managers} TaskManagers", complete))

    def submit(self, main: str, *arguments: str, savepoint: str | None = None, drop_unclaimed: bool = False) -> str:
        """Runs `main` of the jobs' jar as the web page would, and returns the job's id."""
        return self._explained(lambda: self._submit(main, arguments, savepoint, drop_unclaimed))

    def plan(self, main: str, *arguments: str) -> Any:
        """What Flink would run: the answer of /jars/:id/plan, which runs the program's main method."""
        order = {"entryClass": f"auditor.lab.{main}", "programArgsList": list(arguments)}
        return self._post(f"/jars/{self._upload()}/plan", json.dumps(order).encode(), "application/json")

    def info(self, main: str, *arguments: str) -> str:
        """What `flink info` prints."""
        command = [*JAVA, "-cp", f"{self._home}/lib/*", "org.apache.flink.client.cli.CliFrontend", "info"]
        job = ["-c", f"auditor.lab.{main}", jobs_jar(self._home), *arguments]
        env = os.environ | {"FLINK_CONF_DIR": f"{self.folder}/conf"}
        done = subprocess.run([*command, *job], env=env, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise LabError(f"flink info: {done.stderr or done.stdout}")
        return done.stdout

    def run(self, main: str, *arguments: str) -> str:
        """What a program of the jobs' jar prints that needs no cluster, only Flink's classes."""
        command = [*JAVA, "-cp", f"{self._home}/lib/*:{jobs_jar(self._home)}", f"auditor.lab.{main}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout

    def _submit(self, main: str, arguments: tuple[str, ...], savepoint: str | None, drop_unclaimed: bool) -> str:
        order = {"entryClass": f"auditor.lab.{main}", "programArgsList": list(arguments), "savepointPath": savepoint}
        if drop_unclaimed:
            order["allowNonRestoredState"] = True
        answer = self._post(f"/jars/{self._upload()}/run", json.dumps(order).encode(), "application/json")
        return answer["jobid"]

    def _upload(self) -> str:
        """Puts the jobs' jar on the cluster, and gives its id there."""
        jar = jobs_jar(self._home)
        boundary = uuid.uuid4().hex
        head = (
            f"--{boundary}\r\nContent-Disposition: form-data; name="
            f'"jarfile"; filename="{jar.name}"\r\nContent-Type: application/x-java-archive\r\n\r\n'
        )
        body = head.encode() + jar.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        return Path(self._post("/jars/upload", body, kind)["filename"]).name

    def wait_for_job(self, job: str, checkpoints: int = 0) -> None:
        """Until all tasks of the job run and so many checkpoints are complete."""

        def running() -> bool:
            found = self.get(f"/jobs/{job}")
            if found["state"] == "FAILED":
                raise LabError(f"job {job} failed: {self.get(f'/jobs/{job}/exceptions')}")
            vertices = found["vertices"]
            return bool(vertices) and all(v["status"] == "RUNNING" for v in vertices)

        def checkpointed() -> bool:
            return self.get(f"/jobs/{job}/checkpoints")["counts"]["completed"] >= checkpoints

        self._explained(lambda: wait_for(f"job {job} to run", running))
        if checkpoints:
            self._explained(lambda: wait_for(f"{checkpoints} checkpoints of {job}", checkpointed))

    def wait_for_end(self, job: str) -> str:
        """Until the job has ended; returns the state in which it did."""

        def ended() -> str | None:
            state = self.get(f"/jobs/{job}")["state"]
            return state if state in ("FAILED", "CANCELED", "FINISHED") else None

        return self._explained(lambda: wait_for(f"job {job} to end", ended))

    def stop_with_savepoint(self, job: str, kind: str = "CANONICAL") -> str:
        """Ends the job and returns where its savepoint is, CANONICAL or NATIVE."""
        return self._explained(lambda: self._stop_with_savepoint(job, kind))

    def _stop_with_savepoint(self, job: str, kind: str) -> str:
        order = {"drain": False, "targetDirectory": f"file://{self.folder}/savepoints", "formatType": kind}
        trigger = self._post(f"/jobs/{job}/stop", json.dumps(order).encode(), "application/json")["request-id"]

        def operation() -> dict[str, Any] | None:
            answer = self.get(f"/jobs/{job}/savepoints/{trigger}")
            return answer["operation"] if answer["status"]["id"] == "COMPLETED" else None

        done = wait_for(f"the savepoint of {job}", operation)
        if "location" not in done:
            raise LabError(f"no savepoint of {job}: {done}")
        self.wait_for_end(job)
        return done["location"]

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def _post(self, path: str, body: bytes, kind: str) -> Any:
        request = urllib.request.Request(self.url + path, body, {"Content-Type": kind})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise LabError(f"POST {path}: {error.code}\n{error.read().decode()}") from error

    def _explained(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except LabError as error:
            raise LabError(f"Flink {self.version}: {error}\n{self.logs()}") from error

    def logs(self) -> str:
        return self._processes.logs()

    def stop(self) -> None:
        self._processes.kill()


def _release(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


# -- what is known to be ready, and what is known not to be ----------------------------------------------------------


def ready_conf(folder: Path, zookeeper: ZooKeeper) -> dict[str, str]:
    """A cluster as Flink's production checklist wants it; that there is one ZooKeeper is the lab's limit."""
    return {
        "high-availability.type": "zookeeper",
        "high-availability.zookeeper.quorum": zookeeper.address,
        "high-availability.storageDir": f"file://{folder}/ha",
        "high-availability.cluster-id": "/auditor-lab",
        "state.backend.type": "rocksdb",
        "execution.checkpointing.interval": "2s",
        "execution.checkpointing.min-pause": "1s",
        "execution.checkpointing.dir": f"file://{folder}/checkpoints",
        "execution.checkpointing.savepoint-dir": f"file://{folder}/savepoints",
        "execution.checkpointing.incremental": "true",
        "execution.checkpointing.num-retained": "3",
        "execution.checkpointing.tolerable-failed-checkpoints": "3",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "restart-strategy.type": "exponential-delay",
    }


READY_JOB = ("--name", "orders-ready", "--uids", "all", "--par", "2", "--job-max-par", "720")

# Everything left as Flink's defaults have it, apart from checkpoints, which go to the JobManager's heap.
UNREADY_JOB = (
    *("--name", "orders-unready", "--uids", "none", "--par", "2"),
    *("--conf", "execution.checkpointing.interval=2s"),
    *("--conf", "execution.checkpointing.storage=jobmanager"),
    *("--conf", "execution.checkpointing.externalized-checkpoint-retention=NO_EXTERNALIZED_CHECKPOINTS"),
    *("--conf", "state.backend.type=hashmap"),
)


# -- command line --------------------------------------------------------------------------------------------------

DEMO = HOME / "clusters" / "demo"


def up(version: str) -> None:
    down()
    zookeeper = ZooKeeper(version, DEMO / "zookeeper", detached=True)
    cluster = Cluster(version, DEMO / "flink", ready_conf(DEMO, zookeeper), task_managers=2, detached=True)
    try:
        cluster.start()
        zookeeper.wait()
        cluster.wait()
        for arguments in (READY_JOB, UNREADY_JOB):
            cluster.wait_for_job(cluster.submit("StreamJob", *arguments))
    except BaseException:
        cluster.stop()
        zookeeper.stop()
        raise
    print(cluster.url)


def down() -> None:
    for pids in DEMO.glob("*/pids"):
        for pid in pids.read_text().split():
            # The number may belong to another process by now: ours names this folder.
            try:
                if str(DEMO) in Path(f"/proc/{pid}/cmdline").read_text():
                    os.kill(int(pid), signal.SIGKILL)
            except OSError:
                pass
    shutil.rmtree(DEMO, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("install").add_argument("version", nargs="*", default=VERSIONS)
    verbs.add_parser("up").add_argument("--version", default=VERSIONS[-1])
    verbs.add_parser("down")
    given = parser.parse_args()
    try:
        if given.verb == "install":
            for version in given.version:
                install(version)
        elif given.verb == "up":
            up(given.version)
        else:
            down()
    except (LabError, subprocess.CalledProcessError) as error:
        sys.exit(f"lab: {error}")


if __name__ == "__main__":
    main()
