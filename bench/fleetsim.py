#!/usr/bin/env python3
"""What the daemon costs beside a floor where nginx answers: captures served by the lab's fleetsim.

    fleetsim.py FLEETSIM CAPTURE...

The same floor as in fleet.py, `bench-floor` on the URLs of the daemon's steady looks. The answers are the same bytes in
each look, which no real cluster's are: fleet.py tells what a look costs whose answers move on. What is measured how is
told there, too.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import fleet

FIRST = 3  # looks, in which a cluster is asked for what stays as it is
SAMPLED = 10  # looks after them, whose URLs the floor asks for


class Sim:
    """fleetsim for the time of a measurement, with a log of what was asked."""

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        folder.chmod(0o755)  # nginx's workers are somebody else, where root starts it
        self.log = folder / "log"
        self.targets = folder / "targets"
        program = [sys.executable, str(arguments.fleetsim)]
        port = ["--port", str(arguments.port)]
        captures = [str(each) for each in arguments.captures]
        urls = [*program, "urls", *port, "--clusters", str(arguments.clusters), *captures]
        self.targets.write_text(subprocess.run(urls, check=True, stdout=subprocess.PIPE, text=True).stdout)
        serve = [*program, "serve", *port, *captures]
        self.process = subprocess.Popen(serve, env=dict(os.environ, TMPDIR=str(folder)))
        while not (found := list(folder.glob("fleetsim-*/pid"))) or not found[0].read_text():
            if self.process.poll() is not None:
                sys.exit("fleetsim does not start")
            time.sleep(0.1)
        self.nginx = int(found[0].read_text())
        self.configuration = found[0].with_name("nginx.conf")
        self.port = arguments.port

    def __enter__(self) -> "Sim":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def write_log(self) -> None:
        """A line with the URL for each request, from now on."""
        log = f'log_format url "http://127.0.0.1:{self.port}$request_uri"; access_log {self.log} url;'
        self.configuration.write_text(self.configuration.read_text().replace("access_log off;", log))
        os.kill(self.nginx, signal.SIGHUP)
        while not self.log.exists():
            time.sleep(0.1)
        time.sleep(2)  # until the workers of before have gone

    def daemon(self, looks: int) -> list[str]:
        return [str(fleet.BIN / "flink-auditd"), "--targets", str(self.targets), "--cycles", str(looks)]

    def asked_in(self, looks: int) -> list[str]:
        fleet.run(self.daemon(looks))
        time.sleep(1)
        asked = self.log.read_text().splitlines()
        os.truncate(self.log, 0)
        return asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=120)
    parser.add_argument("--cycles", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--port", type=int, default=18099)
    parser.add_argument("fleetsim", type=Path)
    parser.add_argument("captures", type=Path, nargs="+")
    arguments = parser.parse_args()
    fleet.raise_file_limit()
    with tempfile.TemporaryDirectory() as name, Sim(arguments, Path(name)) as sim:
        sim.write_log()
        first = sim.asked_in(FIRST)
        steady = sim.asked_in(FIRST + SAMPLED)[len(first) :]
        by_look = len(steady) / SAMPLED / arguments.clusters
        rounds = arguments.cycles // SAMPLED + 1
        urls = Path(name) / "urls"
        urls.write_text("\n".join(steady) + "\n")
        floor = [str(fleet.BIN / "bench-floor"), str(urls), str(rounds), "256"]
        served = fleet.Served(sim.log)
        ratios, floors, looks = [], [], []
        for _ in range(arguments.rounds):
            floors.append(fleet.by_request(floor, served, 0.1))
            looks.append(fleet.by_request(sim.daemon(arguments.cycles), served, fleet.SETTLED))
            ratios.append(looks[-1] / floors[-1])
    print(f"{arguments.clusters} clusters, {arguments.cycles} cycles, {by_look:.1f} requests by the look")
    daemon_us, floor_us = statistics.median(looks) * 1e6, statistics.median(floors) * 1e6
    print(f"CPU by the request: daemon {daemon_us:.1f} us, floor {floor_us:.1f} us")
    print("ratio in", arguments.rounds, "rounds:", *(f"{each:.2f}" for each in sorted(ratios)))


if __name__ == "__main__":
    main()
