"""`/metrics`: read by Prometheus' own client, its linter and a real Prometheus."""

import contextlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import hostile
import pytest
from conftest import ROOT
from prometheus import PROMETHEUS, Prometheus
from prometheus_client.parser import text_string_to_metric_families
from replay import Cluster

from daemon import Daemon, Start, eventually

ODD = 'we"ird\\name é'
Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(d: Daemon) -> tuple[Series, dict[str, str]]:
    """All series, no two of which are the same, and the type of each name."""
    series: Series = {}
    types: dict[str, str] = {}
    for family in text_string_to_metric_families(d.metrics()):
        assert family.documentation, family.name
        assert family.type != "unknown", family.name
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in series, key
            series[key] = sample.value
            types[sample.name] = family.type
    return series, types


def is_counter(name: str, kind: str) -> bool:
    return kind == "counter" or name.endswith(("_count", "_bucket", "_sum"))


@pytest.fixture
def clusters() -> dict[str, Cluster]:
    return {"ready": Cluster.recorded("ready-1.20.5"), ODD: Cluster.recorded("bare-1.20.5")}


@pytest.fixture
def fleet(daemon: Start, clusters: dict[str, Cluster]) -> Iterator[Daemon]:
    with contextlib.ExitStack() as stack:
        urls = {name: stack.enter_context(cluster.serve()).url for name, cluster in clusters.items()}
        clusters["ready"].replace_text("ready-join", 'a"b\\c\nd')
        d = daemon(urls | {"down": "http://127.0.0.1:1"})
        for name in (*urls, "down"):
            d.look(name)
        yield d


def labels_of(series: Series, name: str) -> list[dict[str, str]]:
    return [dict(labels) for (found, labels) in series if found == name]


def test_the_clients_parser_reads_it(fleet: Daemon) -> None:
    answer = fleet.ask("GET", "/metrics").expect(200)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    series, _ = scrape(fleet)
    ups = {row["cluster"]: series[("flink_auditor_cluster_up", frozenset(row.items()))]
           for row in labels_of(series, "flink_auditor_cluster_up")}  # fmt: skip
    assert ups == {"ready": 1, ODD: 1, "down": 0}
    jobs = {row["job"] for row in labels_of(series, "flink_auditor_job_coverage_ratio") if row["cluster"] == "ready"}
    assert jobs == {"ready-linear", "ready-fanout", "maxpar-huge", 'a"b\\c d'}
    cluster = fleet.cluster("ready")
    key = ("flink_auditor_cluster_score", frozenset({("cluster", "ready")}))
    assert series[key] == pytest.approx(cluster["score"]["value"], abs=0.01)
    for severity in ("info", "low", "medium", "high", "critical"):
        key = ("flink_auditor_findings", frozenset({("cluster", "ready"), ("severity", severity)}))
        assert series[key] == cluster["findings"][severity]
    version = labels_of(series, "flink_auditor_build_info")[0]["version"]
    assert version == fleet.get("status")["version"]


def test_counters_never_fall(fleet: Daemon) -> None:
    before, types = scrape(fleet)
    fleet.look("ready", times=2)
    fleet.look("down")
    after, _ = scrape(fleet)
    for key, value in before.items():
        if is_counter(key[0], types[key[0]]):
            assert after[key] >= value, key
    looks = ("flink_auditor_looks_total", frozenset({("cluster", "ready")}))
    assert after[looks] == before[looks] + 2
    # Nor do those of the whole daemon when a cluster leaves.
    fleet.config["clusters"] = fleet.config["clusters"][:1]
    fleet.reload().expect(200)
    eventually("two clusters less", lambda: len(fleet.get("clusters")["clusters"]) == 1)
    last, _ = scrape(fleet)
    for key, value in after.items():
        if is_counter(key[0], types[key[0]]) and "cluster" not in dict(key[1]):
            assert last[key] >= value, key
    assert {dict(labels).get("cluster") for _, labels in last} <= {None, "ready"}


@pytest.mark.parametrize("names", [("a b", "a\nb"), ("same", "same"), ("\x01", "\x02")])
def test_names_that_look_alike(daemon: Start, names: tuple[str, str]) -> None:
    """Of two equal series Prometheus refuses the whole scrape, and so would lose all other clusters."""
    cluster = Cluster.recorded("ready-1.20.5")
    cluster.keep_jobs("ready-linear", "ready-join")
    for old, new in zip(("ready-linear", "ready-join"), names, strict=True):
        cluster.replace_text(old, new)
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        series, _ = scrape(d)
        assert len(labels_of(series, "flink_auditor_job_score")) == 2


def test_job_that_is_listed_twice(daemon: Start) -> None:
    cluster = Cluster.recorded("ready-1.20.5")
    cluster.body("/jobs/overview")["jobs"] *= 2
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders", times=2)
        series, _ = scrape(d)
        assert len(labels_of(series, "flink_auditor_job_score")) == 4
        assert len(d.jobs()) == 4


def test_histogram_adds_up(fleet: Daemon) -> None:
    series, _ = scrape(fleet)
    name = "flink_auditor_poll_duration_seconds"
    buckets = sorted(
        (float(dict(labels)["le"]), value) for (found, labels), value in series.items() if found == f"{name}_bucket"
    )
    counts = [count for _, count in buckets]
    assert counts == sorted(counts)
    assert buckets[-1][0] == float("inf")
    looks = sum(value for (found, _), value in series.items() if found == "flink_auditor_looks_total")
    assert counts[-1] == series[(f"{name}_count", frozenset())] == looks


def test_series_of_a_vanished_job_vanish(fleet: Daemon, clusters: dict[str, Cluster]) -> None:
    assert 'job="ready-linear"' in fleet.metrics()
    clusters["ready"].keep_jobs("ready-fanout")
    fleet.look("ready")
    series, _ = scrape(fleet)
    jobs = {
        dict(labels)["job"]
        for (_, labels) in series
        if dict(labels).get("cluster") == "ready" and "job" in dict(labels)
    }
    assert jobs == {"ready-fanout"}


def test_memory_and_files(fleet: Daemon) -> None:
    series, _ = scrape(fleet)
    assert 1e6 < series[("process_resident_memory_bytes", frozenset())] < 500e6
    assert series[("process_open_fds", frozenset())] > 5
    assert series[("flink_auditor_database_bytes", frozenset())] > 0


def test_descriptors_do_not_grow(fleet: Daemon) -> None:
    def descriptors() -> float:
        return scrape(fleet)[0][("process_open_fds", frozenset())]

    for name in ("down", "ready"):
        fleet.look(name, times=5)
    before = descriptors()
    for name in ("down", "ready"):
        fleet.look(name, times=30)
    for _ in range(30):
        fleet.reload().expect(200)
    assert descriptors() <= before + 3


def test_promtool(fleet: Daemon) -> None:
    done = subprocess.run(
        [PROMETHEUS.with_name("promtool"), "check", "metrics"],
        input=fleet.metrics(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


# A real Prometheus


def test_a_real_prometheus_scrapes_it(fleet: Daemon, tmp_path: Path) -> None:
    with Prometheus(tmp_path, fleet.url) as prometheus:
        eventually("the target to be up", lambda: prometheus.query("up") == {"": "1"}, 30)
        (target,) = prometheus.get("/api/v1/targets")["activeTargets"]
        assert (target["health"], target["lastError"]) == ("up", "")
        eventually(
            "the clusters' series",
            lambda: prometheus.query("flink_auditor_cluster_up") == {"ready": "1", ODD: "1", "down": "0"},
        )
        scores = prometheus.query("flink_auditor_cluster_score")
        assert float(scores["ready"]) == pytest.approx(fleet.cluster("ready")["score"]["value"], abs=0.01)
        critical = prometheus.query('sum by (cluster) (flink_auditor_findings{severity="critical"}) > 0')
        assert set(critical) == {ODD}
        kinds = prometheus.get("/api/v1/metadata", metric="flink_auditor_poll_duration_seconds")
        assert kinds["flink_auditor_poll_duration_seconds"][0]["type"] == "histogram"


def test_a_real_prometheus_fires_the_shipped_rules(fleet: Daemon, daemon: Start, tmp_path: Path) -> None:
    """Without the times that they wait: a cluster that is down, a configuration that is wrong, a daemon that ended."""
    text = (ROOT / "packaging" / "prometheus-rules.yaml").read_text()
    (tmp_path / "rules.yaml").write_text(re.sub(r"for: \w+", "for: 0s", text))
    d = daemon({"down": f"http://127.0.0.1:{hostile.closed_port()}"})
    d.look("down")

    def firing(prometheus: Prometheus) -> set[tuple[str, str]]:
        found = prometheus.get("/api/v1/alerts") or {"alerts": []}
        return {
            (alert["labels"]["alertname"], alert["labels"].get("cluster", ""))
            for alert in found["alerts"]
            if alert["state"] == "firing"
        }

    with Prometheus(tmp_path, d.url, ["rules.yaml"]) as prometheus:
        unreachable = {("FlinkClusterUnreachable", "down")}
        eventually("an unreachable cluster", lambda: firing(prometheus) == unreachable, 30)
        d.config["clusters"][0]["interval"] = "soon"
        assert d.reload().status >= 400
        wrong = unreachable | {("FlinkAuditorReloadFailed", "")}
        eventually("a wrong configuration", lambda: firing(prometheus) == wrong, 30)
        d.config["clusters"][0]["interval"] = "1h"
        d.reload().expect(200)
        eventually("that it is mended", lambda: firing(prometheus) == unreachable, 30)
        d.stop()
        eventually("that nobody looks", lambda: ("FlinkAuditorDown", "") in firing(prometheus), 30)
