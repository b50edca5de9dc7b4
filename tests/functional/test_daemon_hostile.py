"""Clusters that hang, lie or flood harm themselves alone: the others are looked at as before."""

import contextlib
import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import hostile
import pytest
from hostile import JSON, Reply, Server, always, body, document
from replay import RECORDINGS, Cluster

from daemon import BINARY, Daemon, Start, eventually

READY = "ready-1.20.5"
HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n".encode()
DEEP = b"[" * 100_000 + b"]" * 100_000

REPLIES: dict[str, Reply] = {
    "silence": hostile.silence,
    "drip": hostile.drip(b'{"flink-version":"1.20.5"}', 0.3),
    "no HTTP": hostile.raw(b"\x00\xff\x16\x03\x01 SSH-2.0-nothing\r\n" * 100),
    "no answer": hostile.raw(b""),
    "reset": hostile.reset(b"HTTP/1.1 2"),
    "cut": hostile.cut(b'{"flink-version"', 100),
    "cut chunks": hostile.cut_chunked(b'{"flink-version"'),
    "endless body": hostile.endless(HEAD + b"\r\n", b" " * 65536, 64 << 20),
    "endless header": hostile.endless(HEAD + b"X: ", b"a" * 65536, 64 << 20),
    "endless headers": hostile.endless(HEAD, b"X-A: b\r\n" * 8192, 64 << 20),
    "length of a lie": hostile.raw(HEAD + b"Content-Length: 99999999999999999999\r\n\r\n{}"),
    "deep": body(DEEP),
    "deep objects": body(b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    "HTML": body(b"<html>Sign in</html>", content_type="text/html"),
    "other type": body(b"\x89PNG\r\n\x1a\n" * 1000, content_type="image/png"),
    "bad gzip": body(b"\x1f\x8b\x08 no gzip at all", Content_Encoding="gzip"),
    "redirect to itself": hostile.redirect("/config"),
    "redirect away": hostile.redirect("http://127.0.0.1:1/config", 308),
    "other JSON": document({"a": [1, 2, {"b": None}]}),
    "no object": document(None),
    "no UTF-8": body(b'{"flink-version":"\xff\xfe\x80"}'),
    "500": hostile.errors(500, "x" * 100_000),
    "204": hostile.raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "101": hostile.raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
}


@pytest.fixture
def healthy() -> Iterator[Server]:
    with Cluster.recorded(READY).serve() as server:
        yield server


def load_of(d: Daemon, name: str) -> dict[str, int]:
    return d.cluster(name)["load"]


def test_hostile_clusters_harm_no_other(daemon: Start, healthy: Server) -> None:
    """One cluster of each kind beside a healthy one, all at once, in one second's rhythm."""
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(Server(always(reply))) for name, reply in REPLIES.items()}
        urls = {name: server.url for name, server in servers.items()}
        d = daemon(urls | {"healthy": healthy.url}, interval="1s", defaults={"max_body": "256KiB"})
        began = time.monotonic()
        eventually(
            "two looks at each",
            lambda: (
                all(cluster["state"] != "pending" for cluster in d.get("clusters")["clusters"])
                and all(load_of(d, name)["looks"] >= 2 for name in urls)
            ),
            60,
        )
        passed = time.monotonic() - began
        load = load_of(d, "healthy")
        assert load["failures"] == 0
        assert load["looks"] >= int(passed) - 1, f"in {passed:.1f} s"
        rows = {row["name"]: row for row in d.get("clusters", limit=1000)["clusters"]}
        for name in urls:
            assert rows[name]["state"] == "down", name
            assert rows[name]["error"], name
            assert len(rows[name]["error"]) < 1000, name
            assert not re.search(r"[\x00-\x1f\x7f]", rows[name]["error"]), name
            assert load_of(d, name)["failures"] == load_of(d, name)["looks"], name
        assert {row["check"] for name in urls for row in d.findings(cluster=name)} == {"cluster-unreachable"}
        d.settle()
        # Each of them comes to its senses.
        good = Cluster.recorded(READY)
        for server in servers.values():
            server.answer = good.answer
        eventually("all up", lambda: d.get("overview")["clusters"]["up"] == len(urls) + 1, 60)
        d.stop()
    assert d.integrity() == "ok"


@pytest.mark.parametrize("name", ["silence", "no HTTP", "deep", "endless body", "other JSON", "redirect to itself"])
def test_hostile_answers_of_one_job(daemon: Start, name: str) -> None:
    """A job whose documents cannot be read is not judged; the other job is."""
    cluster = Cluster.recorded(READY)
    cluster.keep_jobs("ready-linear", "maxpar-huge")
    for below in ("", "/config", "/checkpoints", "/checkpoints/config"):
        cluster.override(cluster.job("ready-linear") + below, REPLIES[name])
    with cluster.serve() as server:
        d = daemon({"orders": server.url}, defaults={"request_timeout": "500ms", "max_body": "1MiB"})
        assert d.look("orders", times=2)["state"] == "up"
        assert d.findings(check="max-parallelism-needlessly-high", state="firing")
        of_job = {r["verdict"] for r in d.report("orders")["results"] if r["subject"]["job_name"] == "ready-linear"}
        assert of_job == {"unknown"}


def test_ids_that_lead_elsewhere(daemon: Start) -> None:
    """Nothing that a cluster says leads the daemon to a path that does something."""
    cluster = Cluster.recorded(READY)
    cluster.keep_jobs("ready-linear")
    evil = ["../jobs/x/yarn-cancel", "x/yarn-cancel", "a b", "..", "", "x?mode=cancel", "x#", "%2e%2e", "\r\nX: y"]
    overview = cluster.body("/jobs/overview")
    overview["jobs"] += [overview["jobs"][0] | {"jid": jid, "name": jid} for jid in evil]
    history = cluster.body(f"{cluster.job('ready-linear')}/checkpoints")["history"]
    history[0]["id"] = "../../yarn-cancel"
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders", times=2)
        plain = re.compile(
            r"/(config|jobs/overview|jobmanager/config|taskmanagers|(job|task)managers?/metrics)|/jobs/[0-9a-f]{32}(/[a-z0-9/]*)?"
        )
        assert [path for path in server.seen.paths if not plain.fullmatch(path)] == []
        assert not any("cancel" in request.target for request in server.seen.requests)
        assert {request.method for request in server.seen.requests} == {"GET"}


def test_texts_of_a_cluster_stay_texts(daemon: Start) -> None:
    """Names with control characters, quotes and scripts come out as JSON, as a metric and as one line of log."""
    name = 'a"b\\c\n\x1b[31m<script>{x="y"} 1\r\nlevel=error é'
    cluster = Cluster.recorded(READY)
    cluster.keep_jobs("ready-linear")
    cluster.replace_text("ready-linear", name)
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        assert [job["name"] for job in d.jobs()] == [name]
        assert [line for line in d.log.splitlines() if not line.startswith("ts=")] == []
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", d.log)
        for line in d.metrics().splitlines():
            assert re.match(r"#|flink_auditor_|process_", line), line


def test_many_jobs(daemon: Start) -> None:
    """A list of 5 000 jobs that cannot be read: the others' turn comes all the same."""
    cluster = Cluster.recorded(READY)
    cluster.keep_jobs("ready-linear")
    overview = cluster.body("/jobs/overview")
    overview["jobs"] += [
        overview["jobs"][0] | {"jid": f"{number:032x}", "name": f"n{number}"} for number in range(5000)
    ]
    with cluster.serve() as server, Cluster.recorded(READY).serve() as other:
        d = daemon({"many": server.url, "other": other.url}, interval="1s")
        eventually("looks at both", lambda: all(load_of(d, name)["looks"] >= 2 for name in ("many", "other")), 60)
        assert load_of(d, "other")["failures"] == 0
        d.stop()


@pytest.mark.skipif(not BINARY.with_name("replay-fleet").exists(), reason="replay-fleet is not built")
@pytest.mark.parametrize("fault", ["--hanging", "--dribbling"])
def test_a_tenth_of_the_fleet_hangs(daemon: Start, tmp_path: Path, fault: str) -> None:
    targets = tmp_path / "targets"
    arguments = [RECORDINGS / f"{READY}.json.gz", "--clusters", "100", "--targets", targets, fault, "10"]
    fleet = subprocess.Popen(
        [BINARY.with_name("replay-fleet"), *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert fleet.stdout.readline().startswith("http://")
        d = daemon(
            {f"c{number:02}": url for number, url in enumerate(targets.read_text().split())},
            interval="1s",
        )
        began = time.monotonic()

        def overview() -> dict[str, int]:
            return d.get("overview")["clusters"]

        eventually("90 up and 10 down", lambda: (overview()["up"], overview()["down"]) == (90, 10), 30)
        rows = d.get("clusters", limit=1000)["clusters"]
        up = [row["name"] for row in rows if row["state"] == "up"]
        eventually("six looks at each", lambda: all(load_of(d, name)["looks"] >= 6 for name in up), 30)
        passed = time.monotonic() - began
        loads = [load_of(d, name) for name in up]
        assert {load["failures"] for load in loads} == {0}
        assert all(load["looks"] + load["skipped"] >= int(passed) - 1 for load in loads)
        assert len(json.dumps(d.get("status"))) > 100
        d.stop()
    finally:
        fleet.terminate()
        fleet.wait()
