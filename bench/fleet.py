#!/usr/bin/env python3
"""Measures what a fleet costs the daemon, as ratios to a floor that runs beside it.

bench/fleet.py [--clusters N] [--cycles N] [--latency-ms N] [--still] RECORDING...

The floor is a libcurl multi loop that GETs the very same URLs and throws the bodies away (bench-floor). "First look":
all documents are read; "steady looks": those after it; "all pages": a floor that GETs every page of every job in each
cycle. CPU is user and system time of the process. A run of N looks beyond the first is taken off one of 2 N: what the
first ones cost, and to store their reports, is no part of the steady ones. Each figure is the median of --rounds.
The programs are those of `make build-bench`, or in $AUDITOR_BIN.
"""

import argparse
import gzip
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(os.environ.get("AUDITOR_BIN") or ROOT / "build" / "bench" / "bin")


def run(command: list[str]) -> tuple[float, float, int]:
    """CPU seconds, wall seconds and the largest RSS (KiB) of a program that ends with 0."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)}: ended with {status}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - begun, usage.ru_maxrss


class Fleet:
    """A replay server for the time of a measurement."""

    def __init__(self, arguments: argparse.Namespace, folder: Path, log: bool = False) -> None:
        self.targets = folder / "targets"
        self.log = folder / "log"
        command = [str(BIN / "replay-fleet"), "--clusters", str(arguments.clusters), "--targets", str(self.targets)]
        command += ["--latency-ms", str(arguments.latency_ms), "--checkpoint-every", "60"]
        command += ["--log", str(self.log)] if log else []
        command += ["--still"] if arguments.still else []
        self.process = subprocess.Popen([*command, *arguments.recordings], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip().rsplit("/c", 1)[0]

    def __enter__(self) -> "Fleet":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def read_recording(recording: str) -> dict:
    data = Path(recording).read_bytes()
    return json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)


def raise_file_limit() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def pages(recording: str) -> list[str]:
    """Every page that the recording has, as a client without memory asks for them."""
    document = read_recording(recording)
    answers = (document.get("frames") or [document])[-1]["answers"]
    return [path for path, answer in answers.items() if answer["status"] == 200 and "?" not in path]


def daemon(targets: Path, cycles: int) -> tuple[float, float, int]:
    return run([str(BIN / "flink-auditd"), "--targets", str(targets), "--cycles", str(cycles)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=300)
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument("--still", action="store_true", help="the same bytes in each look")
    parser.add_argument("recordings", nargs="+")
    arguments = parser.parse_args()
    raise_file_limit()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Fleet(arguments, folder, log=True) as fleet:
            asked = []
            for cycles in (1, 1 + arguments.cycles, 1 + 2 * arguments.cycles):
                daemon(fleet.targets, cycles)
                asked.append(fleet.log.read_text().splitlines())
        first = asked[0]
        few = len(asked[1]) - len(first)
        steady = asked[2][len(asked[1]) + few :]  # what the last run asked for beyond the one before
        with Fleet(arguments, folder) as fleet:
            old = first[0].split("/c", 1)[0]

            def floor(urls: list[str], rounds: int) -> float:
                file = folder / "urls"
                file.write_text("\n".join(url.replace(old, fleet.url, 1) for url in urls) + "\n")
                return run([str(BIN / "bench-floor"), str(file), str(rounds), "256"])[0]

            all_pages = [
                f"{old}/c{i}{path}"
                for i in range(arguments.clusters)
                for path in pages(arguments.recordings[i % len(arguments.recordings)])
            ]
            looks = arguments.clusters * arguments.cycles
            first_cpu, few_cpu, many_cpu, floors = [], [], [], ([], [], [])
            for _ in range(arguments.rounds):
                # In turn, so that a slow minute of the machine slows all of them.
                floors[0].append(floor(first, 1))
                floors[1].append(floor(steady, 1))
                first_cpu.append(daemon(fleet.targets, 1)[0])
                few_cpu.append(daemon(fleet.targets, 1 + arguments.cycles)[0])
                cpu, wall, rss = daemon(fleet.targets, 1 + 2 * arguments.cycles)
                many_cpu.append(cpu)
            floors[2].append(floor(all_pages, arguments.cycles))
            steady_cpu = statistics.median(many - few for many, few in zip(many_cpu, few_cpu, strict=True))
            least = [statistics.median(each) for each in floors]
            rows = [
                ("first look", statistics.median(first_cpu), least[0], len(first), arguments.clusters),
                ("steady looks", steady_cpu, least[1], len(steady), looks),
                ("steady looks, floor of all pages", steady_cpu, least[2], len(all_pages) * arguments.cycles, looks),
            ]
    what = f"{arguments.clusters} clusters, {arguments.cycles} cycles, {arguments.latency_ms} ms latency"
    print(f"{what}{', still' if arguments.still else ''}")
    print(f"{'':34}{'requests':>9}{'CPU s':>8}{'floor s':>9}{'ratio':>7}{'CPU s / 1000 looks':>20}")
    for label, cpu, floor_cpu, requests, of in rows:
        print(f"{label:34}{requests:9}{cpu:8.2f}{floor_cpu:9.2f}{cpu / floor_cpu:7.2f}{cpu / of * 1000:20.2f}")
    print(f"largest RSS {rss / 1024:.0f} MiB; {1 + 2 * arguments.cycles} cycles in {wall:.1f} s")


if __name__ == "__main__":
    main()
