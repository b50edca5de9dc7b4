#!/usr/bin/env python3
"""Watches a fleet by the timetable and prints what that takes: CPU, memory, lateness, and the CPU of a floor.

bench/watch.py [--clusters N] [--interval S] [--seconds N] [--every N] [--all-jobs] RECORDING...

Each recording is cut to its first job that runs, unless --all-jobs says otherwise. Memory is the daemon's resident set,
with what of it is the file's (the program and its libraries, which other processes share). The floor is bench-floor,
which asks for what the daemon asked in the last row, a look's requests at once and at the same pace; the ratio is that
of the median of the daemon's rows but the first, in which it reads and stores everything.
"""

import argparse
import json
import re
import signal
import statistics
import subprocess
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from fleet import BIN, Fleet, cpu_of, raise_file_limit, read_recording


def of_one_job(document: dict) -> dict:
    """The recording, or its last frame, as that of a cluster that runs its first job alone."""
    answers = (document.get("frames") or [document])[-1]["answers"]
    jobs = answers["/jobs/overview"]["body"]["jobs"]
    kept = next((job for job in jobs if job["state"] == "RUNNING"), jobs[0])
    others = [job["jid"] for job in jobs if job is not kept]
    left = {path: answer for path, answer in answers.items() if not any(other in path for other in others)}
    left["/jobs/overview"] = {"status": 200, "body": {"jobs": [kept]}}
    if "/jobs" in left:
        left["/jobs"] = {"status": 200, "body": {"jobs": [{"id": kept["jid"], "status": kept["state"]}]}}
    return {**{key: document[key] for key in ("schema", "recorded_at", "target") if key in document}, "answers": left}


def memory(process: int) -> tuple[float, float]:
    """Resident set and its part that is files', in MiB."""
    rows = dict(line.split(":") for line in Path(f"/proc/{process}/status").read_text().splitlines() if ":" in line)
    return tuple(int(rows[key].split()[0]) / 1024 for key in ("VmRSS", "RssFile"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=1000)
    parser.add_argument("--interval", type=int, default=15, metavar="S")
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--every", type=int, default=60, help="seconds between two rows")
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument("--own-addresses", action="store_true", help="each cluster at one, as in a real fleet")
    parser.add_argument("--hanging", type=int, default=0, help="percent of the clusters that never answer")
    parser.add_argument("--dribbling", type=int, default=0, help="percent of them that answer a byte a second")
    parser.add_argument("--all-jobs", action="store_true")
    parser.add_argument("recordings", nargs="+")
    arguments = parser.parse_args()
    arguments.still = False
    raise_file_limit()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not arguments.all_jobs:
            cut = []
            for i, recording in enumerate(arguments.recordings):
                file = folder / f"recording-{i}.json"
                file.write_text(json.dumps(of_one_job(read_recording(recording))))
                cut.append(str(file))
            arguments.recordings = cut
        with Fleet(arguments, folder) as fleet:
            urls = fleet.urls
            config = folder / "config.yaml"
            settings = {
                "defaults": {"interval": f"{arguments.interval}s"},
                "clusters": [{"name": f"c{i}", "url": url} for i, url in enumerate(urls)],
                "storage": {"path": str(folder / "history.db")},
                "web": {"listen": "127.0.0.1:0"},
            }
            config.write_text(json.dumps(settings))  # JSON is YAML
            daemon = subprocess.Popen(
                [str(BIN / "flink-auditd"), "--config", str(config)], stderr=subprocess.PIPE, text=True
            )
            try:
                pace = watch(daemon, arguments, fleet)
            finally:
                daemon.send_signal(signal.SIGTERM)
                daemon.wait()
            watch_floor(pace, folder, arguments)


@dataclass
class Pace:
    """What the daemon did in its last row, and its CPU in all rows but the first, in percent."""

    urls: list[str]
    looks: float
    cpu_share: float


def watch(daemon: subprocess.Popen, arguments: argparse.Namespace, fleet: Fleet) -> Pace:
    assert daemon.stderr is not None
    url = ""
    while not url:
        line = daemon.stderr.readline()
        if 'msg="started"' in line:
            url = re.search(r'url="?([^" ]+)', line)[1]
    print(f"{arguments.clusters} clusters every {arguments.interval} s")
    print(f"{'seconds':>8}{'RSS MiB':>9}{'files':>7}{'CPU %':>7}{'looks':>9}{'late, max':>11}")
    begun = time.monotonic()
    cpu = cpu_of(daemon.pid)
    pace = Pace([], 0, 0)
    shares: list[float] = []
    looks_before = 0.0
    log = fleet.log.open()
    for row in range(1, arguments.seconds // arguments.every + 1):
        time.sleep(max(0.0, begun + row * arguments.every - time.monotonic()))
        now = cpu_of(daemon.pid)
        resident, files = memory(daemon.pid)
        metrics = metrics_of(url)
        looks = sum(
            value for key, value in metrics.items() if key.startswith("flink_auditor_poll_duration_seconds_count")
        )
        late = metrics.get("flink_auditor_lateness_max_seconds", 0.0)
        share = (now - cpu) / arguments.every * 100
        print(
            f"{row * arguments.every:8}{resident:9.0f}{files:7.0f}{share:7.1f}{looks:9.0f}{late * 1000:8.0f} ms",
            flush=True,
        )
        shares.append(share)
        pace = Pace(log.read().splitlines(), looks - looks_before, statistics.median(shares[1:] or shares))
        cpu, looks_before = now, looks
    return pace


def watch_floor(pace: Pace, folder: Path, arguments: argparse.Namespace) -> None:
    """The CPU of the floor at the daemon's pace, for as long as a row."""
    urls = folder / "urls"
    urls.write_text("\n".join(pace.urls) + "\n")
    group = max(1, round(len(pace.urls) / pace.looks))
    microseconds = round(arguments.every * 1e6 / (len(pace.urls) / group))
    floor = subprocess.Popen(
        [str(BIN / "bench-floor"), str(urls), "1", "256", str(group), str(microseconds)], stdout=subprocess.DEVNULL
    )
    time.sleep(arguments.every / 10)
    begun, cpu = time.monotonic(), cpu_of(floor.pid)
    time.sleep(arguments.every * 0.8)
    share = (cpu_of(floor.pid) - cpu) / (time.monotonic() - begun) * 100
    floor.kill()
    floor.wait()
    print(
        f"floor: {share:.1f} % CPU for {len(pace.urls) / arguments.every:.0f} requests a second, {group} at once; "
        f"the daemon {pace.cpu_share:.1f} %, ratio {pace.cpu_share / share:.2f}"
    )


def metrics_of(url: str) -> dict[str, float]:
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    samples = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, value in samples}


if __name__ == "__main__":
    main()
