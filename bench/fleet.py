#!/usr/bin/env python3
"""Measures what a fleet costs the daemon, as ratios to a floor that runs beside it.

bench/fleet.py [--clusters N] [--cycles N] [--latency-ms N] [--own-addresses] [--still] RECORDING...

The floor is a libcurl multi loop that GETs the very same URLs and throws the bodies away (bench-floor). "First look":
all documents are read, judged and stored. "Steady looks": of a run of so many cycles the last third, when the reports
of the first looks are stored; its CPU by the request, in pieces of a sixth of a second, for a busy moment of the
machine makes all dearer: their median. "All pages": a floor that GETs every page of every job in each cycle. CPU is
that of all threads, user and system. --rounds times, daemon and floor in turn; each figure is the median.
The programs are those of `make build-bench`, or in $AUDITOR_BIN.
"""

import argparse
import gzip
import itertools
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
PIECE_SECONDS = 1 / 6
SETTLED = 2 / 3  # of a run's requests


class Served:
    """How many requests the replay server has answered: the lines of its log."""

    def __init__(self, log: Path) -> None:
        self.file = log.open("rb")
        self.count = 0

    def now(self) -> int:
        while block := self.file.read(1 << 20):
            self.count += block.count(b"\n")
        return self.count


class Fleet:
    """A replay server for the time of a measurement."""

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self.targets = folder / "targets"
        self.log = folder / "log"
        self.log.touch()
        command = [str(BIN / "replay-fleet"), "--clusters", str(arguments.clusters), "--targets", str(self.targets)]
        command += ["--latency-ms", str(arguments.latency_ms), "--checkpoint-every", "60", "--log", str(self.log)]
        command += ["--own-addresses"] if arguments.own_addresses else []
        command += ["--still"] if arguments.still else []
        command += ["--hanging", str(arguments.hanging), "--dribbling", str(arguments.dribbling)]
        self.process = subprocess.Popen([*command, *arguments.recordings], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.process.stdout.readline()  # it listens
        self.urls = self.targets.read_text().split()
        self.recordings = list(itertools.islice(itertools.cycle(arguments.recordings), arguments.clusters))

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


def run(command: list[str]) -> tuple[float, int]:
    """CPU seconds and largest RSS (KiB) of a program that ends with 0."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)}: ended with {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def cpu_of(process: int) -> float:
    """Seconds, of all its threads so far."""
    tasks = Path(f"/proc/{process}/task")
    return sum(int((tasks / task / "schedstat").read_text().split()[0]) for task in os.listdir(tasks)) / 1e9


def by_request(command: list[str], served: Served, settled: float) -> float:
    """CPU seconds by the request, of the run beyond the share `settled` of its requests: its pieces' first quartile.

    Whatever else shares the machine's caches makes pieces dearer, by half and more, and none cheaper.
    """
    served.now()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen = []
    while process.poll() is None:
        try:
            seen.append((served.now(), cpu_of(process.pid)))
        except FileNotFoundError:
            break  # it has ended in between
        time.sleep(PIECE_SECONDS)
    if process.wait() != 0:
        sys.exit(f"{' '.join(command)}: ended with {process.returncode}")
    begin = seen[0][0] + (seen[-1][0] - seen[0][0]) * settled
    # The last one may have been taken after the last request.
    late = [each for each in seen if each[0] >= begin][:-1]
    pieces = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.pairwise(late) if b[0] > a[0]]
    if len(pieces) < 3:
        sys.exit("too short a run to measure: more clusters or cycles are needed")
    return statistics.quantiles(pieces, n=4)[0]


def daemon(fleet: Fleet, cycles: int) -> list[str]:
    return [str(BIN / "flink-auditd"), "--targets", str(fleet.targets), "--cycles", str(cycles)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=300)
    parser.add_argument("--cycles", type=int, default=80)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument("--own-addresses", action="store_true", help="each cluster at one, as in a real fleet")
    parser.add_argument("--still", action="store_true", help="the same bytes in each look")
    parser.add_argument("recordings", nargs="+")
    arguments = parser.parse_args()
    arguments.hanging = arguments.dribbling = 0  # they would not end
    raise_file_limit()
    with tempfile.TemporaryDirectory() as name, Fleet(arguments, Path(name)) as fleet:
        served = Served(fleet.log)
        urls = Path(name) / "urls"

        def floor(lines: list[str], rounds: int) -> list[str]:
            urls.write_text("\n".join(lines) + "\n")
            return [str(BIN / "bench-floor"), str(urls), str(rounds), "256"]

        run(daemon(fleet, 1))
        time.sleep(1)  # the server writes its log when it has nothing to do
        first = fleet.log.read_text().splitlines()
        run(daemon(fleet, 1 + arguments.cycles))
        time.sleep(1)
        steady = fleet.log.read_text().splitlines()[2 * len(first) :]
        requests = len(steady) / arguments.clusters / arguments.cycles
        of_clusters = [[url + path for path in pages(of)] for url, of in zip(fleet.urls, fleet.recordings, strict=True)]
        # In turn, as a fleet is looked at: not all pages of one cluster at one time.
        all_pages = [page for turn in itertools.zip_longest(*of_clusters) for page in turn if page]
        first_cpu, first_floor, steady_cpu, steady_floor, ratios = [], [], [], [], []
        for _ in range(arguments.rounds):
            # In turn, so that a slow minute of the machine slows all of them.
            first_floor.append(run(floor(first, 1))[0])
            cpu, rss = run(daemon(fleet, 1))
            first_cpu.append(cpu)
            steady_floor.append(by_request(floor(steady, 1), served, 0.1))
            steady_cpu.append(by_request(daemon(fleet, 1 + arguments.cycles), served, SETTLED))
            ratios.append(steady_cpu[-1] / steady_floor[-1])
        pages_floor = run(floor(all_pages, 3))[0] / 3
    milliseconds = 1000
    one_look = milliseconds / arguments.clusters
    steady_look = statistics.median(steady_cpu) * requests * milliseconds
    first_look = statistics.median(first_cpu) * one_look
    rows = [
        ("first look", len(first) / arguments.clusters, first_look, statistics.median(first_floor) * one_look),
        ("steady looks", requests, steady_look, statistics.median(steady_floor) * requests * milliseconds),
        ("steady looks, floor of all pages", len(all_pages) / arguments.clusters, steady_look, pages_floor * one_look),
    ]
    what = f"{arguments.clusters} clusters, {arguments.cycles} cycles, {arguments.latency_ms} ms latency"
    what += ", own addresses" if arguments.own_addresses else ""
    print(f"{what}{', still' if arguments.still else ''}; by the look:")
    print(f"{'':34}{'requests':>9}{'CPU ms':>9}{'floor ms':>10}{'ratio':>7}")
    for label, count, cpu, floor_cpu in rows:
        print(f"{label:34}{count:9.1f}{cpu:9.3f}{floor_cpu:10.3f}{cpu / floor_cpu:7.2f}")
    rounds = " ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
    print(f"steady looks in {arguments.rounds} rounds: {rounds}; largest RSS of a first look {rss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
