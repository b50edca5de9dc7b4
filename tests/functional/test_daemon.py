"""`flink-auditd` from outside: its command line, what it asks, what it tells, and how its configuration changes."""

import contextlib
import json
import re
import shutil
import socket
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import hostile
import jsonschema
import pytest
import yaml
from conftest import ROOT, Run
from replay import RECORDINGS, Cluster

from daemon import BINARY, Daemon, Start, auditd, daemons, eventually

READY, BARE = "ready-1.20.5", "bare-1.20.5"
REPLAY_FLEET = BINARY.with_name("replay-fleet")

# The command line


def test_check_config_of_a_good_file(tmp_path: Path) -> None:
    file = tmp_path / "good.yaml"
    file.write_text("clusters: [{url: http://localhost:8081}]\n")
    outcome = auditd("--config", file, "--check-config")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert str(file) in outcome.stdout
    assert list(tmp_path.iterdir()) == [file], "it only looks"
    assert auditd("--config", ROOT / "config" / "flink-auditd.yaml", "--check-config").code == 0


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("clusters:\n  - urll: http://a\n", 2, 5, ["urll", '"url"']),
        ("clusters:\n  - url: http://a\n    interval: soon\n", 3, 15, ["soon", "interval"]),
        ("clusters:\n  - {name: a, url: http://a}\n  - {name: a, url: http://b}\n", 3, None, ["a"]),
        ("web:\n  listen: nowhere\n", 2, 11, ["listen"]),
        ("storage:\n  retention: {age: 1s}\n", 2, 20, ["age"]),
        ("checks:\n  cluster-unreachabel: {for: 1m}\n", 2, 3, ["cluster-unreachable"]),
        ("clusters: [\n", 2, None, []),
    ],
)
def test_check_config_of_a_bad_file(tmp_path: Path, text: str, line: int, column: int | None, words: list[str]) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    place = f"{file}:{line}:{column}" if column else f"{file}:{line}:"
    for arguments in (["--check-config"], []):
        auditd("--config", file, *arguments, cwd=tmp_path).refused(2, place, *words)
    assert list(tmp_path.iterdir()) == [file], "nothing was begun"


def test_print_schema() -> None:
    outcome = auditd("--print-schema")
    assert outcome.code == 0
    schema = json.loads(outcome.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema == json.loads((ROOT / "config" / "flink-auditd.schema.json").read_text())


def test_version(audit_now: Run) -> None:
    outcome = auditd("--version")
    assert outcome.code == 0
    assert re.fullmatch(r"flink-auditd \d+\.\d+\.\d+\S*\n", outcome.stdout)
    assert outcome.stdout.split()[1] in audit_now("--version").stdout


def test_help_names_all_flags() -> None:
    outcome = auditd("--help")
    assert outcome.code == 0
    for word in ("--config", "--check-config", "--print-schema", "--version", "--targets", "--cycles", "backup"):
        assert word in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["--config"]),
        (["--no-such-flag"], ["--no-such-flag", "--help"]),
        (["--config"], ["--config"]),
        (["--config", "/no/such.yaml"], ["/no/such.yaml"]),
        (["--check-config"], ["--config"]),
        (["--targets", "/no/such"], ["/no/such"]),
        (["--targets", "/dev/null"], ["/dev/null", "URL"]),
        (["--cycles", "few", "--targets", "/dev/null"], ["--cycles", "few"]),
        (["--cycles", "-1", "--targets", "/dev/null"], ["--cycles", "-1"]),
        (["--cycles", "0", "--targets", "/dev/null"], ["--cycles", "0"]),
        (["backup"], ["FILE"]),
        (["backup", "/tmp/x", "--database", "/no/such.db"], ["/no/such.db"]),
    ],
)
def test_wrong_use(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    auditd(*arguments, cwd=tmp_path).refused(2, *words)
    assert list(tmp_path.iterdir()) == []


def test_port_that_is_taken(daemon: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        d = daemon(start=False, web={"listen": address})
        d.start(wait=False)
        assert d.process.wait(20) == 2
    line = d.log_lines("flink-auditd: ")[-1]
    assert address in line
    assert "in use" in line.lower()


def test_second_daemon_on_one_database(daemon: Start) -> None:
    first = daemon()
    second = daemon(start=False, storage={"path": str(first.database)})
    second.start(wait=False)
    assert second.process.wait(20) == 2
    line = second.log_lines("flink-auditd: ")[-1]
    assert str(first.database) in line
    assert f"process {first.process.pid} " in line
    assert first.ask("GET", "/-/ready").status == 200
    first.kill()
    second.start()  # a lock does not outlive its owner


def test_database_of_a_newer_release(daemon: Start) -> None:
    d = daemon()
    d.stop()
    with sqlite3.connect(d.database) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "migrations" in tables:
            columns = [row[1] for row in connection.execute("PRAGMA table_info(migrations)")]
            values = {"id": 9999, "number": 9999, "version": 9999}
            row = [values.get(column, 0) for column in columns]
            connection.execute(f"INSERT INTO migrations VALUES ({','.join('?' * len(row))})", row)
        connection.execute(f"PRAGMA user_version = {max(version, 9998) + 1}")
    d.start(wait=False)
    assert d.process.wait(20) == 2
    line = d.log_lines("flink-auditd: ")[-1]
    assert "newer" in line


def test_database_in_no_folder(daemon: Start) -> None:
    d = daemon(start=False, storage={"path": "/no/such/history.db"})
    d.start(wait=False)
    assert d.process.wait(20) == 2
    assert "/no/such/history.db" in d.log_lines("flink-auditd: ")[-1]


def test_database_that_is_none(daemon: Start) -> None:
    d = daemon(start=False)
    d.database.write_bytes(b"this is not a database, and is long enough to be taken for one" * 100)
    before = d.database.read_bytes()
    d.start(wait=False)
    assert d.process.wait(20) == 2
    line = d.log_lines("flink-auditd: ")[-1]
    assert str(d.database) in line
    assert d.database.read_bytes() == before


def test_json_log(daemon: Start) -> None:
    d = daemon(start=False, log={"format": "json"})
    d.start(wait=False)
    eventually("a line", lambda: '"started"' in d.log)
    d.stop()
    lines = [json.loads(line) for line in d.log.splitlines()]
    assert [line["msg"] for line in lines if line["level"] == "info"] == ["started", "stopping", "stopped"]
    assert "nothing is watched" in lines[0]["msg"]


def test_cycles_as_fast_as_they_go(tmp_path: Path) -> None:
    with Cluster.recorded(READY).serve() as first, Cluster.recorded(BARE).serve() as second:
        targets = tmp_path / "targets"
        targets.write_text(f"# a comment\n{first.url}\n\n{second.url}/\n")
        outcome = auditd("--targets", targets, "--cycles", "3", cwd=tmp_path)
        assert outcome.code == 0, outcome.stderr
        assert first.seen.paths.count("/jobs/overview") == 3
        assert second.seen.paths.count("/jobs/overview") == 3
    assert list(tmp_path.iterdir()) == [targets]


# What it tells: as `audit-now` has it


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A daemon on the recordings, and the same recordings' reports by `audit-now`."""
    names = ["ready-1.20.5", "bare-1.20.5", "sick-1.20.5", "adaptive-2.3.0", "ready-1.13.6", "bare-2.3.0"]
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(Cluster.recorded(name).serve()) for name in names}
        start = stack.enter_context(daemons(tmp_path_factory.mktemp("fleet")))
        d: Daemon = start(
            {name: server.url for name, server in servers.items()}, defaults={"vertex_requests_per_job": 20}
        )
        for name in names:
            d.look(name)
        yield d, servers


def comparable(report: dict[str, Any]) -> dict[str, Any]:
    """A report without what differs between two looks, and of health what fails: one look may not know the rest."""
    kept = {key: value for key, value in report.items() if key not in ("taken_at", "requests")}
    health = {row["id"] for row in report["practices"] if row["kind"] == "health"}
    kept["results"] = [row for row in report["results"] if row["practice"] not in health or row["verdict"] == "fail"]
    kept["practices"] = [
        row if row["id"] not in health else {"id": row["id"], "findings": row["findings"]}
        for row in report["practices"]
    ]
    kept["cluster"] = {key: value for key, value in kept["cluster"].items() if key not in ("name",)}
    return json.loads(re.sub(r'"observed_at": "[^"]*"', '"observed_at": "…"', json.dumps(kept)))


@pytest.mark.parametrize("name", ["ready-1.20.5", "bare-1.20.5", "sick-1.20.5", "adaptive-2.3.0", "ready-1.13.6"])
def test_report_is_that_of_audit_now(fleet: Any, audit: Run, name: str) -> None:
    d, servers = fleet
    d.look(name)  # a second look leaves out what is known, and must say the same
    ours, theirs = d.report(name), audit(servers[name].url).judged().report
    assert ours["cluster"]["name"] == name
    assert comparable(ours) == comparable(theirs)


@pytest.mark.parametrize("name", ["ready-1.20.5", "bare-1.20.5", "sick-1.20.5"])
def test_findings_are_those_of_audit_now(fleet: Any, audit: Run, name: str) -> None:
    d, servers = fleet
    theirs = {
        (row["fingerprint"], row["severity"], row["message"])
        for row in audit(servers[name].url).results
        if row["verdict"] == "fail"
    }
    ours = d.findings(cluster=name)
    # Those with a time to wait (`for`) have not waited it out yet.
    assert "firing" in {row["state"] for row in ours} <= {"firing", "pending"}
    assert {(row["fingerprint"], row["severity"], row["message"]) for row in ours} == theirs


def test_lists_agree_with_the_reports(fleet: Any) -> None:
    d, servers = fleet
    reports = {name: d.report(name) for name in servers}
    clusters = {row["name"]: row for row in d.pages("clusters", "clusters")}
    assert set(clusters) == set(servers)
    for name, row in clusters.items():
        report = reports[name]
        assert row["state"] == "up"
        assert row["flink_version"] == report["cluster"]["flink_version"]
        assert row["jobs"] == report["cluster"]["jobs"]
        assert row["score"]["value"] == pytest.approx(report["score"]["value"], abs=0.01)
        assert row["score"]["grade"] == report["score"]["grade"]
        live = [job for job in d.jobs(cluster=name) if job["ended_at"] is None]
        assert sorted(job["flink_job_id"] for job in live) == sorted(job["id"] for job in report["jobs"])
    overview = d.get("overview")
    assert overview["clusters"] == {"total": 6, "up": 6, "down": 0, "gone": 0, "pending": 0}
    assert overview["jobs"] == sum(len(report["jobs"]) for report in reports.values())
    fails = [row for report in reports.values() for row in report["results"] if row["verdict"] == "fail"]
    assert sum(count for severity, count in overview["findings"].items() if severity != "waived") == len(fails)
    scores = [report["score"]["value"] for report in reports.values() if report["score"]["value"] is not None]
    assert overview["score"]["value"] == pytest.approx(sum(scores) / len(scores), abs=0.02)


def test_checks_are_those_of_audit_now(fleet: Any, audit_now: Run) -> None:
    d, _ = fleet
    told = audit_now("checks").stdout
    checks = d.get("checks")["checks"]
    assert len(checks) >= 38
    assert all(check["id"] in told for check in checks)
    page = d.get("checks/max-parallelism-unset")
    assert "How to fix" in json.dumps(page)


def test_filters_and_pages(fleet: Any) -> None:
    d, _ = fleet
    everything = d.findings()
    ids = [row["id"] for row in everything]
    assert len(set(ids)) == len(ids) > 100
    assert [row["id"] for row in d.pages("findings", "findings", limit=7)] == ids
    assert {row["id"] for row in everything if row["severity"] == "high"} == {
        row["id"] for row in d.findings(severity="high")
    }
    few = d.findings(cluster=["bare-1.20.5", "bare-2.3.0"], check="operator-uid-missing")
    assert {row["id"] for row in few} == {
        row["id"] for row in everything if row["cluster"].startswith("bare") and row["check"] == "operator-uid-missing"
    }
    assert d.findings(until="2020-01-01T00:00:00Z") == []
    assert d.ask("GET", "/api/v1/findings?sevrity=high").expect(400).json["detail"]


def test_coverage_lists_what_is_unknown(fleet: Any) -> None:
    d, servers = fleet
    unknown = sum(1 for name in servers for row in d.report(name)["results"] if row["verdict"] == "unknown")
    coverage = d.get("coverage")
    assert json.dumps(coverage).count('"reason"') > 0 or unknown == 0


@pytest.mark.skipif(not REPLAY_FLEET.exists(), reason="replay-fleet is not built")
def test_a_fleet_keeps_its_connections(tmp_path: Path) -> None:
    """More clusters, each at an address of its own, than requests at one time: no look connects anew."""
    clusters, cycles = 700, 5
    targets, log = tmp_path / "targets", tmp_path / "log"
    recording = RECORDINGS / "ready-2.3.0.json.gz"
    command = [REPLAY_FLEET, "--own-addresses", "--clusters", str(clusters), "--targets", targets, "--log", log]
    with subprocess.Popen([*command, recording], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        server.stdout.readline()
        urls = targets.read_text().split()
        assert len({url.split(":")[1] for url in urls}) == clusters
        outcome = auditd("--targets", targets, "--cycles", str(cycles), cwd=tmp_path)
        server.terminate()
        connections = int(server.stdout.read().split()[0])
    assert outcome.code == 0, outcome.stderr
    requests = len(log.read_text().splitlines())
    assert requests > cycles * clusters * 4
    at_one_time = 4  # requests to one cluster, as its settings have it
    assert clusters <= connections <= 1.1 * at_one_time * clusters


@pytest.mark.skipif(not REPLAY_FLEET.exists(), reason="replay-fleet is not built")
def test_a_moving_fleet(daemon: Start, tmp_path: Path) -> None:
    """Clocks, counters and checkpoints advance, and yet nothing opens, resolves or is deployed."""
    files = [RECORDINGS / f"{name}.json.gz" for name in (READY, BARE)]
    targets = tmp_path / "targets"
    fleet = subprocess.Popen(
        [REPLAY_FLEET, *files, "--clusters", "20", "--targets", targets, "--checkpoint-every", "1"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert fleet.stdout.readline().startswith("http://")
        urls = targets.read_text().split()
        d = daemon({f"c{number:02}": url for number, url in enumerate(urls)}, interval="1s")
        eventually("five looks at each", lambda: all(c["looks"] >= 5 for c in loads(d)), 30)
        assert {row["state"] for row in d.findings()} == {"firing"}
        assert {row["episodes"] for row in d.findings()} == {1}
        assert {job["ended_at"] for job in d.jobs()} == {None}
        job = d.jobs(cluster="c00", name="ready-linear")[0]
        assert d.events(job["id"]) == ["job_appeared"]
        ids = [row["id"] for row in d.timeline(job["id"])["checkpoints"]]
        assert len(set(ids)) == len(ids) >= 3
        d.stop()
    finally:
        fleet.terminate()
        fleet.wait()


def loads(d: Daemon) -> list[dict[str, Any]]:
    return [d.cluster(row["name"])["load"] for row in d.pages("clusters", "clusters")]


# What it asks

PLAIN = r"/jobs/[0-9a-f]{32}"
ALLOWED = re.compile(
    rf"/config|/jobs/overview|/jobmanager/config|/taskmanagers|/(jobmanager|taskmanagers(/[^/]+)?)/metrics"
    rf"|{PLAIN}(/config|/exceptions|/checkpoints|/checkpoints/config)?"
    rf"|{PLAIN}/checkpoints/details/\d+(/subtasks/[0-9a-f]{{32}})?|{PLAIN}/vertices/[0-9a-f]{{32}}((/subtasks)?/metrics)?"
)


def test_requests_in_steady_state(daemon: Start) -> None:
    cluster = Cluster.recorded(READY)
    cluster.keep_jobs("ready-linear")
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        first = list(server.seen.paths)
        seen: list[list[str]] = []
        for _ in range(5):
            before = len(server.seen.requests)
            d.look("orders")
            seen.append(server.seen.paths[before:])
        assert all(1 <= len(paths) <= 8 for paths in seen), seen
        job = cluster.job("ready-linear")
        static = {"/config", "/jobmanager/config", f"{job}/config", f"{job}/exceptions", f"{job}/checkpoints/config"}
        assert static <= set(first)
        for paths in seen:
            assert not static & set(paths)
            assert not [path for path in paths if "/details/" in path]
        # A new checkpoint, and only that, is looked at.
        checkpoints = cluster.body(f"{job}/checkpoints")
        newest = next(row for row in checkpoints["history"] if row["status"] == "COMPLETED")
        checkpoints["history"].insert(0, newest | {"id": 77})
        for path in [path for path in cluster.answers if path.startswith(f"{job}/checkpoints/details/{newest['id']}")]:
            body = json.loads(json.dumps(cluster.body(path)))
            body["id"] = 77
            cluster.set(path.replace(f"/details/{newest['id']}", "/details/77"), body)
        before = len(server.seen.requests)
        d.look("orders")
        details = [path for path in server.seen.paths[before:] if "/details/" in path]
        assert details
        assert all("/details/77" in path for path in details)
        assert len(server.seen.paths[before:]) <= 8
        cost = d.cluster("orders")
        assert cost["load"]["requests"] == len(server.seen.requests)
        assert cost["requests"]["count"] == len(server.seen.requests) - before


@pytest.mark.parametrize("name", ["ready-1.20.5", "bare-1.20.5", "sick-2.3.0", "adaptive-1.13.6"])
def test_only_known_paths_are_asked(daemon: Start, name: str) -> None:
    with Cluster.recorded(name).serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders", times=3)
        assert {request.method for request in server.seen.requests} == {"GET"}
        assert [path for path in server.seen.paths if not ALLOWED.fullmatch(path)] == []
        assert server.seen.at_once <= 4


def test_bytes_are_counted(daemon: Start) -> None:
    with Cluster.recorded(READY).serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        load = d.cluster("orders")["load"]
        assert load["requests"] == len(server.seen.requests)
        assert load["received_bytes"] > 10_000
        assert d.metric('flink_auditor_requests_total{cluster="orders"}') == load["requests"]


def test_credentials_go_to_their_cluster_alone(daemon: Start) -> None:
    with Cluster.recorded(READY).serve() as first, Cluster.recorded(BARE).serve() as second:
        d = daemon(start=False)
        d.config["clusters"] = [
            {"name": "first", "url": first.url, "auth": {"bearer_token": "for-the-first"}},
            {"name": "second", "url": second.url, "auth": {"basic": {"user": "u", "password": "for-the-second"}}},
        ]
        d.start()
        for name in ("first", "second"):
            d.look(name)
        assert {request.headers["authorization"] for request in first.seen.requests} == {"Bearer for-the-first"}
        assert all(request.headers["authorization"].startswith("Basic ") for request in second.seen.requests)
        told = d.log + d.metrics() + json.dumps([d.get("clusters"), d.get("status"), d.report("first")])
        assert "for-the-" not in told


def test_audit_now(daemon: Start) -> None:
    with Cluster.recorded(READY).serve() as server:
        d = daemon({"a/b c": server.url})
        assert not server.seen.requests
        answer = d.post("/api/v1/clusters/a%2Fb%20c/audit").expect(202)
        eventually("a look", lambda: server.seen.requests)
        where = answer.headers["location"]
        eventually("its report", lambda: d.ask("GET", where).status == 200)
        d.post("/api/v1/clusters/none/audit").expect(404)
        assert d.ask("GET", "/api/v1/clusters/none/report").status == 404


def test_report_before_the_first_look(daemon: Start) -> None:
    d = daemon({"orders": f"http://127.0.0.1:{hostile.closed_port()}"})
    assert d.ask("GET", "/api/v1/clusters/orders/report").status == 503
    assert d.cluster("orders")["state"] == "pending"
    d.look("orders")
    answer = d.ask("GET", "/api/v1/clusters/orders/report").expect(503)
    assert "refused" in answer.json["detail"]


# How its configuration changes


def reload_by_api(d: Daemon) -> None:
    d.reload().expect(200)


def reload_by_signal(d: Daemon) -> None:
    before = d.get("status")["reloads"]["count"]
    d.write_config()
    d.hang_up()
    eventually("a reload", lambda: d.get("status")["reloads"]["count"] > before)


@pytest.mark.parametrize("reload", [reload_by_api, reload_by_signal])
def test_clusters_come_change_and_go(daemon: Start, reload: Any) -> None:
    with Cluster.recorded(READY).serve() as first, Cluster.recorded(BARE).serve() as second:
        d = daemon({"stays": first.url, "goes": second.url}, interval="1s")
        eventually("looks", lambda: all(load["looks"] >= 1 for load in loads(d)))
        d.settle()
        gone = {row["id"] for row in d.findings(cluster="goes", state="firing")}
        assert gone
        d.config["clusters"] = [
            {"name": "stays", "url": first.url, "labels": {"team": "payments"}},
            {"name": "comes", "url": second.url},
        ]
        looks = d.cluster("stays")["load"]["looks"]
        reload(d)
        eventually("the new cluster", lambda: d.ask("GET", "/api/v1/clusters/comes/report").status == 200)
        assert [row["name"] for row in d.get("clusters")["clusters"]] == ["comes", "stays"]
        assert d.ask("GET", "/api/v1/clusters/goes").status == 404
        assert d.cluster("stays")["labels"] == {"team": "payments"}
        assert d.cluster("stays")["load"]["looks"] >= looks, "its counters go on"
        resolved = {row["id"]: row for row in d.findings(cluster="goes")}
        assert set(resolved) == gone
        assert {row["state"] for row in resolved.values()} == {"resolved"}
        last = d.get(f"findings/{next(iter(gone))}")["history"][-1]
        assert last["reason"] == "the cluster is no longer configured"
        assert 'cluster="goes"' not in d.metrics()
        before = len(second.seen.requests)
        d.look("comes")
        assert len(second.seen.requests) > before
        d.stop()


def test_cluster_that_returns(daemon: Start) -> None:
    """Its findings are those that it had, in another episode."""
    with Cluster.recorded(READY).serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        before = {row["id"]: row["first_seen"] for row in d.findings(state="firing")}
        clusters, d.config["clusters"] = d.config["clusters"], []
        d.reload().expect(200)
        d.ask("GET", "/api/v1/clusters/orders").expect(404)  # at once, as below
        d.settle()
        assert d.findings(state="firing") == []
        assert d.jobs(live="true") == []
        d.config["clusters"] = clusters
        d.reload().expect(200)
        d.ask("GET", "/api/v1/clusters/orders").expect(200)
        d.look("orders")
        after = d.findings(state="firing")
        assert {row["id"]: row["first_seen"] for row in after} == before
        assert {row["episodes"] for row in after} == {2}
        steps = [step["to"] for step in d.get(f"findings/{after[0]['id']}")["history"]]
        assert steps == ["firing", "resolved", "firing"]
        assert len(d.jobs(live="true")) == 4


def test_checks_change(daemon: Start) -> None:
    with Cluster.recorded(BARE).serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        assert d.findings(check="operator-uid-missing", state="firing")
        assert {row["severity"] for row in d.findings(check="rest-submission-open")} == {"low"}
        d.config["checks"] = {
            "operator-uid-missing": {"enabled": False},
            "rest-submission-open": {"severity": "critical"},
            "high-availability-off": {"for": "1h"},
        }
        d.reload().expect(200)
        d.look("orders")
        assert d.findings(check="operator-uid-missing", state="firing") == []
        resolved = d.findings(check="operator-uid-missing", state="resolved")
        assert resolved
        assert d.get(f"findings/{resolved[0]['id']}")["history"][-1]["reason"] == "the check is disabled"
        assert "operator-uid-missing" not in {row["check"] for row in d.report("orders")["results"]}
        assert {row["severity"] for row in d.findings(check="rest-submission-open")} == {"critical"}
        assert {row["state"] for row in d.findings(check="high-availability-off")} == {"firing"}
        d.config["checks"] = {}
        d.reload().expect(200)
        d.look("orders")
        again = d.findings(check="operator-uid-missing", state="firing")
        assert {row["id"] for row in again} == {row["id"] for row in resolved}
        assert {row["severity"] for row in d.findings(check="rest-submission-open")} == {"low"}


def test_broken_file_keeps_the_old_one_running(daemon: Start) -> None:
    with Cluster.recorded(READY).serve() as server:
        d = daemon({"orders": server.url}, interval="1s")
        eventually("a look", lambda: d.cluster("orders")["load"]["looks"])
        good = d.config_file.read_text()
        d.config_file.write_text("clusters:\n  - ulr: x\n")
        answer = d.post("/-/reload").expect(422)
        assert f"{d.config_file}:2:5" in answer.json["detail"]
        assert d.log_lines("level=error", f"{d.config_file}:2:5")
        status = d.get("status")["reloads"]
        assert (status["failures"], status["last_ok"]) == (1, False)
        assert f"{d.config_file}:2:5" in status["last_error"]
        assert d.metric("flink_auditor_config_last_reload_successful") == 0
        assert d.metric("flink_auditor_config_reload_failures_total") == 1
        d.hang_up()
        eventually("a second failure", lambda: d.get("status")["reloads"]["failures"] == 2)
        looks = d.cluster("orders")["load"]["looks"]
        eventually("looks go on", lambda: d.cluster("orders")["load"]["looks"] >= looks + 2)
        assert d.ask("GET", "/-/ready").status == 200
        d.config_file.write_text(good)
        d.post("/-/reload").expect(200)
        assert d.metric("flink_auditor_config_last_reload_successful") == 1
        assert d.get("status")["reloads"]["last_error"] is None


def test_reloads_cost_the_others_no_look(daemon: Start) -> None:
    with Cluster.recorded(READY).serve() as server:
        d = daemon({"orders": server.url}, interval="1s")
        eventually("a look", lambda: d.cluster("orders")["load"]["looks"])
        began, looks = time.monotonic(), d.cluster("orders")["load"]["looks"]
        for number in range(20):
            d.config["clusters"][1:] = [{"name": f"x{number}", "url": f"http://127.0.0.1:{hostile.closed_port()}"}]
            d.reload().expect(200)
        eventually("three looks", lambda: d.cluster("orders")["load"]["looks"] >= looks + 3)
        passed = time.monotonic() - began
        assert d.cluster("orders")["load"]["looks"] - looks <= passed + 1, "nor did a reload look anew"


def test_what_needs_a_restart_is_told(daemon: Start) -> None:
    d = daemon()
    d.config["web"] |= {"threads": 3}
    d.config["storage"] |= {"path": str(d.folder / "other.db")}
    d.reload().expect(200)
    assert d.log_lines("level=warn", "web.threads")
    assert d.log_lines("level=warn", "storage.path")
    assert not (d.folder / "other.db").exists()


def test_token_is_read_again(daemon: Start, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first\n")
    d = daemon(start=False)
    del d.config["web"]["bearer_token"]
    d.config["web"]["bearer_token_file"] = str(token)
    d.start()
    d.ask("POST", "/-/reload", b"", token="second").expect(401)
    token.write_text("second\n")
    d.ask("POST", "/-/reload", b"", token="first").expect(200)
    d.ask("POST", "/-/reload", b"", token="first").expect(401)
    d.ask("POST", "/-/reload", b"", token="second").expect(200)


# Discovery


def write_targets(file: Path, targets: list[tuple[str, str]]) -> None:
    """By renaming, as tools do."""
    part = file.with_suffix(".part")
    groups = [{"targets": [url], "labels": {"cluster": name, "team": "us"}} for name, url in targets]
    part.write_text(yaml.safe_dump(groups))
    part.rename(file)


def names(d: Daemon) -> list[str]:
    return [row["name"] for row in d.get("clusters")["clusters"]]


def test_targets_in_files(daemon: Start, tmp_path: Path) -> None:
    file = tmp_path / "targets" / "a.yaml"
    file.parent.mkdir()
    with Cluster.recorded(READY).serve() as first, Cluster.recorded(BARE).serve() as second:
        write_targets(file, [("one", first.url)])
        d = daemon(file_sd=[{"files": [str(file.parent / "*.yaml")], "refresh_interval": "1s"}])
        eventually("the first target", lambda: names(d) == ["one"])
        d.look("one")
        assert d.cluster("one")["labels"] == {"team": "us"}
        write_targets(file, [("one", first.url), ("two", second.url)])
        eventually("the second target", lambda: names(d) == ["one", "two"])
        d.look("two")
        file.write_text("- targets: [")
        eventually("the error", lambda: d.get("status")["discovery_errors"])
        assert str(file) in json.dumps(d.get("status")["discovery_errors"])
        assert d.metric("flink_auditor_discovery_failing") == 1
        assert d.log_lines("level=error", str(file))
        assert names(d) == ["one", "two"]
        file.unlink()
        write_targets(tmp_path / "targets" / "b.yaml", [("two", second.url)])
        eventually("the end of the first", lambda: names(d) == ["two"])
        assert d.get("status")["discovery_errors"] == {}
        d.settle()
        assert {row["state"] for row in d.findings(cluster="one")} == {"resolved"}
        assert {row["state"] for row in d.findings(cluster="two")} == {"firing"}


def test_targets_of_a_service(daemon: Start) -> None:
    with Cluster.recorded(READY).serve() as first, Cluster.recorded(BARE).serve() as second:
        groups = [{"targets": [first.url], "labels": {"cluster": "one"}}]
        reply = {"now": hostile.document(groups)}
        with hostile.Server(lambda request: reply["now"]) as service:
            d = daemon(http_sd=[{"url": f"{service.url}/targets", "refresh_interval": "1s"}])
            eventually("the target", lambda: names(d) == ["one"])
            assert set(service.seen.paths) == {"/targets"}
            d.look("one")
            for broken in (hostile.errors(500, "x"), hostile.body(b"<html>"), hostile.document({"targets": []})):
                reply["now"] = hostile.document(groups)
                eventually("no error", lambda: not d.get("status")["discovery_errors"])
                reply["now"] = broken
                eventually("the error", lambda: d.get("status")["discovery_errors"])
                assert names(d) == ["one"]
            reply["now"] = hostile.document([{"targets": [second.url], "labels": {"cluster": "two"}}])
            eventually("the other target", lambda: names(d) == ["two"])
            d.settle()
            assert {row["state"] for row in d.findings(cluster="one")} == {"resolved"}


def test_discovered_clusters_survive_a_restart_without_their_service(daemon: Start) -> None:
    with Cluster.recorded(READY).serve() as cluster:
        groups = [{"targets": [cluster.url], "labels": {"cluster": "one"}}]
        with hostile.Server(hostile.always(hostile.document(groups))) as service:
            d = daemon(http_sd=[{"url": service.url, "refresh_interval": "1s"}])
            eventually("the target", lambda: names(d) == ["one"])
            d.look("one")
            firing = {row["id"] for row in d.findings(state="firing")}
            d.stop()
        d.start()
        eventually("the error", lambda: d.get("status")["discovery_errors"])
        d.settle()
        assert {row["id"] for row in d.findings(state="firing")} == firing
        assert d.report("one")["jobs"]


# The backup


def test_backup_of_a_running_daemon(daemon: Start, tmp_path: Path) -> None:
    with Cluster.recorded(BARE).serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        expected = {row["id"] for row in d.findings()}
        copy = tmp_path / "copy.db"
        outcome = auditd("backup", copy, "--config", d.config_file)
        assert outcome.code == 0, outcome.stderr
        assert [path.name for path in tmp_path.glob("copy*")] == ["copy.db"]
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            found = {row[0] for row in connection.execute("SELECT lower(hex(public_id)) FROM findings")}
        assert found == expected
        auditd("backup", copy, "--config", d.config_file).refused(2, str(copy), "exists")
        assert d.ask("GET", "/-/ready").status == 200
        d.stop()
    # The copy can take the place of the database.
    shutil.copy(copy, d.database)
    d.start()
    assert {row["id"] for row in d.findings()} == expected
