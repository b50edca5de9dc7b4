"""What the tasks of a running cluster do is read twice by one `audit-now`; `--quick` reads it once."""

import copy
import time

from conftest import Run
from hostile import Reply, Request, document
from replay import Cluster

CHECK = "backpressure-sustained"


def held_up() -> Cluster:
    """The sick cluster with one job, which has run for hours: all of the time its source is held up, from now on."""
    cluster = Cluster.recorded("sick-1.20.5")
    cluster.keep_jobs("backpressured")
    path = cluster.job("backpressured")
    recorded = cluster.body(path)
    began = time.time()

    def answer(_: Request) -> Reply:
        since = int((time.time() - began) * 1000)
        body = copy.deepcopy(recorded)
        body["now"] += since
        for vertex in body["vertices"]:
            vertex["start-time"] -= 7_200_000
            own = vertex["metrics"]
            own["accumulated-idle-time"] += 7_200_000
            source = vertex["name"].startswith("Source")
            own["accumulated-backpressured-time" if source else "accumulated-busy-time"] += since
        return document(body, 200)

    cluster.override_each(path, answer)
    return cluster


def test_backpressure_is_read_twice(audit: Run) -> None:
    with held_up().serve() as server:
        outcome = audit(server.url, "--check", CHECK, quick=False).judged()
    [finding] = [result for result in outcome.results if result["verdict"] == "fail"]
    assert finding["check"] == CHECK
    assert "100 % of the time in the last 2" in finding["message"]  # 25 s and what the reads take
    assert finding["subject"]["vertex_name"].startswith("Source: numbers")


def test_quick_reads_once(audit: Run) -> None:
    began = time.monotonic()
    with held_up().serve() as server:
        outcome = audit(server.url, "--check", CHECK, "--quick", quick=False).judged()
    assert outcome.of(CHECK) == {"unknown"}
    assert time.monotonic() - began < 20
