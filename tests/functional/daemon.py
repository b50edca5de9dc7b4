"""`flink-auditd` as a process: its configuration, its API, its log, its end."""

import contextlib
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from conftest import AUDIT_NOW, UNWANTED, Outcome

BINARY = AUDIT_NOW.with_name("flink-auditd")
TOKEN = "the-token-of-the-tests"
# Looks are asked for: with the usual interval a test would wait for slots.
SELDOM = "1h"

T = TypeVar("T")


def eventually(what: str, probe: Callable[[], T], seconds: float = 15) -> T:
    """What `probe` gives once it is true; a refused connection counts as not yet."""
    end = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < end:
        try:
            if last := probe():
                return last
        except (OSError, http.client.HTTPException) as error:
            last = error
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds:.0f} s in vain for {what}; last: {last!r}")


def environment(env: dict[str, str] | None = None) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not UNWANTED.fullmatch(name)}
    return inherited | {"LC_ALL": "C.UTF-8"} | (env or {})


def auditd(*arguments: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None) -> Outcome:
    """A run of the program that ends by itself."""
    done = subprocess.run(
        [BINARY, *map(str, arguments)],
        capture_output=True,
        timeout=60,
        env=environment(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def expect(self, status: int) -> "Answer":
        assert self.status == status, f"{self.status}: {self.body[:500]!r}"
        return self


def request(
    url: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Answer:
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, {n.lower(): v for n, v in response.getheaders()}, response.read())


class Daemon:
    """One daemon. `config` is what its file says; it may be changed before `start` and `write_config`."""

    def __init__(self, folder: Path, clusters: dict[str, str] | None = None, interval: str = SELDOM) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.config: dict[str, Any] = {
            "defaults": {"interval": interval},
            "clusters": [{"name": name, "url": url} for name, url in (clusters or {}).items()],
            "storage": {"path": str(folder / "history.db")},
            "web": {"listen": "127.0.0.1:0", "bearer_token": TOKEN},
            "log": {"level": "debug"},
        }
        self.config_file = folder / "flink-auditd.yaml"
        self.log_file = folder / "log"
        self.url = ""
        self.process: subprocess.Popen | None = None
        self._log_start = 0

    # The process

    def write_config(self) -> None:
        """JSON is YAML; one key a line, so that errors have places."""
        self.config_file.write_text(json.dumps(self.config, indent=1))

    def start(self, wait: bool = True, wrapper: Callable[[], None] | None = None) -> "Daemon":
        self.write_config()
        self._log_start = self.log_file.stat().st_size if self.log_file.exists() else 0
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "--config", self.config_file],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(),
                cwd=self.folder,
                preexec_fn=wrapper,
            )
        if wait:
            self.url = eventually("the daemon's start", self._started, 30)
            eventually("readiness", lambda: self.ask("GET", "/-/ready").status == 200)
        return self

    def _started(self) -> str | None:
        assert self.process.poll() is None, f"exit {self.process.returncode}: {self.log}"
        for line in self.log.splitlines():
            if 'msg="started"' in line:
                return line.split("url=", 1)[1].split()[0].strip('"')
        return None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """SIGTERM, and a clean end."""
        self.process.terminate()
        code = self.process.wait(20)
        assert code == 0, f"exit {code}: {self.log[-2000:]}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def clean_up(self) -> None:
        if self.running:
            self.kill()

    # The log

    @property
    def log(self) -> str:
        """All lines since the latest start."""
        return self.log_file.read_bytes()[self._log_start :].decode(errors="replace") if self.log_file.exists() else ""

    def log_lines(self, *words: str) -> list[str]:
        return [line for line in self.log.splitlines() if all(word in line for word in words)]

    # The API

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        token: str | None = TOKEN,
    ) -> Answer:
        sent = {}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if content is not None:
            sent["Content-Type"] = "application/json"
        return request(self.url, method, path, content, sent | (headers or {}))

    def get(self, path: str, **query: Any) -> Any:
        """A document under /api/v1."""
        tail = f"?{urlencode(query, doseq=True)}" if query else ""
        return self.ask("GET", f"/api/v1/{path}{tail}").expect(200).json

    def post(self, path: str, body: Any = None) -> Answer:
        return self.ask("POST", path, body if body is not None else b"")

    def pages(self, path: str, rows: str, **query: Any) -> list[dict[str, Any]]:
        """All rows of a list, page after page."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.get(path, **query)
            found += page[rows]
            if page["next"] is None:
                return found
            query["cursor"] = page["next"]

    def findings(self, **query: Any) -> list[dict[str, Any]]:
        return self.pages("findings", "findings", limit=1000, **query)

    def finding(self, **query: Any) -> dict[str, Any] | None:
        """The only finding there is; None where there is none."""
        found = self.findings(**query)
        assert len(found) <= 1, found
        return found[0] if found else None

    def jobs(self, **query: Any) -> list[dict[str, Any]]:
        return self.pages("jobs", "jobs", limit=1000, **query)

    def timeline(self, job: str) -> dict[str, Any]:
        return self.get(f"jobs/{job}/timeline")

    def events(self, job: str) -> list[str]:
        return [event["kind"] for event in self.timeline(job)["events"]]

    def cluster(self, name: str) -> dict[str, Any]:
        return self.get(f"clusters/{quote(name, safe='')}")

    def report(self, name: str) -> dict[str, Any]:
        return self.get(f"clusters/{quote(name, safe='')}/report")

    def metrics(self) -> str:
        return self.ask("GET", "/metrics").expect(200).text

    def metric(self, series: str) -> float | None:
        """The value of a series, written as /metrics writes it; None where there is none."""
        for line in self.metrics().splitlines():
            if line.startswith(f"{series} "):
                return float(line.rpartition(" ")[2])
        return None

    def look(self, name: str, times: int = 1) -> dict[str, Any]:
        """Has the cluster looked at, and returns when that is judged and written."""
        for _ in range(times):
            before = self.cluster(name)["load"]["looks"]
            self.post(f"/api/v1/clusters/{quote(name, safe='')}/audit").expect(202)
            eventually(f"a look at {name}", lambda seen=before: self.cluster(name)["load"]["looks"] > seen)
            self.settle()
        return self.cluster(name)

    def settle(self) -> None:
        """Returns when all that was seen before is judged and written: commands queue behind looks, and the second
        one waits for the write after the first."""
        for _ in range(2):
            self.ask("DELETE", "/api/v1/waivers/none")

    def reload(self) -> Answer:
        self.write_config()
        return self.post("/-/reload")

    def hang_up(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    # The database

    @property
    def database(self) -> Path:
        return Path(self.config["storage"]["path"])

    def integrity(self) -> str:
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            return connection.execute("PRAGMA integrity_check").fetchone()[0]


Start = Callable[..., Daemon]


@contextlib.contextmanager
def daemons(folder: Path) -> Iterator[Start]:
    """Makes daemons, each in a folder of its own, and ends what is left of them."""
    made: list[Daemon] = []

    def make(
        clusters: dict[str, str] | None = None, start: bool = True, interval: str = SELDOM, **config: Any
    ) -> Daemon:
        daemon = Daemon(folder / f"daemon-{len(made)}", clusters, interval)
        for section, content in config.items():
            daemon.config[section] = (
                (daemon.config.get(section) or {}) | content if isinstance(content, dict) else content
            )
        made.append(daemon)
        return daemon.start() if start else daemon

    try:
        yield make
    finally:
        for daemon in made:
            daemon.clean_up()
