"""A daemon that watches for long needs no more memory and descriptors at the end than soon after its start."""

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from replay import RECORDINGS

from daemon import BINARY, Daemon, Start, eventually

# At the default interval of 15 s, 480 looks are two hours.
LOOKS = int(os.environ.get("AUDITOR_SOAK_LOOKS", "24"))
REPLAY_FLEET = BINARY.with_name("replay-fleet")
CLUSTERS = 60
MIB = 1024


@dataclass(frozen=True)
class Sample:
    looks: int
    resident_kib: int
    descriptors: int  # connections to the clusters aside: a busy moment's are kept for a while


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[list[str]]:
    """All recordings, moving on; some clusters hang, some dribble."""
    targets = tmp_path / "targets"
    recordings = sorted(RECORDINGS.glob("*.json.gz"))
    options = ["--clusters", CLUSTERS, "--targets", targets, "--checkpoint-every", 3, "--hanging", 5, "--dribbling", 5]
    process = subprocess.Popen(
        [REPLAY_FLEET, *map(str, options), *recordings], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://")
        yield targets.read_text().split()
    finally:
        process.terminate()
        process.wait()


def connections_to(port: int) -> set[str]:
    """As descriptors name them."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {f"socket:[{row[9]}]" for row in rows if int(row[2].rsplit(":", 1)[1], 16) == port}


def descriptors(process: Path, port: int) -> int:
    connections = connections_to(port)
    count = 0
    for descriptor in os.listdir(process / "fd"):
        try:
            count += os.readlink(process / "fd" / descriptor) not in connections
        except FileNotFoundError:
            continue  # closed since
    return count


def sample(d: Daemon, port: int) -> Sample:
    assert d.process is not None
    process = Path("/proc", str(d.process.pid))
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    rows = d.get("clusters", limit=1000)["clusters"]
    looks = [d.cluster(row["name"])["load"]["looks"] for row in rows if row["state"] == "up"][:3]
    return Sample(min(looks, default=0), int(status["VmRSS"].split()[0]), descriptors(process, port))


def read_as_users_do(d: Daemon) -> None:
    d.get("overview")
    d.metrics()
    for row in d.get("clusters", limit=5)["clusters"]:
        d.ask("GET", f"/api/v1/clusters/{row['name']}/report")
    for row in d.get("jobs", limit=5)["jobs"]:
        d.timeline(row["id"])
    for row in d.get("findings", limit=5)["findings"]:
        d.get(f"findings/{row['id']}")


def test_memory_and_descriptors_stay(daemon: Start, fleet: list[str]) -> None:
    d = daemon(
        {f"c{number:02}": url for number, url in enumerate(fleet)},
        interval="1s",
        log={"level": "info"},
    )
    port = urlsplit(fleet[0]).port
    assert port is not None
    samples = [sample(d, port)]
    reloads = 0
    while samples[-1].looks < LOOKS:
        read_as_users_do(d)
        if samples[-1].looks >= 5 * (reloads + 1):
            reloads += 1
            # One cluster goes, or returns.
            present = [cluster for cluster in d.config["clusters"] if cluster["name"] != "c59"]
            d.config["clusters"] = present + ([] if reloads % 2 else [{"name": "c59", "url": fleet[59]}])
            d.reload().expect(200)
        time.sleep(0.5)
        samples.append(sample(d, port))
    assert reloads >= 2
    early = [s for s in samples if LOOKS / 4 <= s.looks < LOOKS / 2]
    late = [s for s in samples if s.looks >= LOOKS * 3 / 4]
    print(f"{samples[-1].looks} looks at {CLUSTERS} clusters, {reloads} reloads: early {early[-1]}, late {late[-1]}")
    assert max(s.resident_kib for s in late) <= 1.1 * max(s.resident_kib for s in early) + 8 * MIB
    assert max(s.descriptors for s in late) <= max(s.descriptors for s in early) + 8
    eventually("all writes", lambda: d.get("status")["storage"]["unwritten_records"] == 0)
    d.stop()
