"""The Grafana dashboard asks for what the daemon exposes, in PromQL that Prometheus takes."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hostile import closed_port
from prometheus import PROMETHEUS, Prometheus
from receivers import Receiver
from replay import Cluster

from daemon import Start, eventually

DASHBOARD = json.loads((ROOT / "packaging" / "grafana" / "flink-auditor.json").read_text())
# What Grafana puts in the place of its variables.
VARIABLES = {"$__rate_interval": "5m", "$cluster": ".*", "$job": ".*"}


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries() -> list[str]:
    found = [target["expr"] for panel in panels() for target in panel["targets"]]
    assert len(found) > 20
    return found


def filled_in(query: str) -> str:
    for variable, value in VARIABLES.items():
        query = query.replace(variable, value)
    assert "$" not in query
    return query


def test_its_metrics_exist(daemon: Start) -> None:
    with Cluster.recorded("sick-1.20.5").serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        exposed = set(re.findall(r"(?m)^# TYPE (\w+) ", d.ask("GET", "/metrics").text))
    asked = {name for query in queries() for name in re.findall(r"\b(?:flink_auditor|process)_\w+", query)}
    base = {re.sub(r"_(sum|count|bucket)$", "", name) for name in asked}
    # Without alerting in the configuration nobody is told.
    assert base - exposed <= {"flink_auditor_notifications_waiting", "flink_auditor_notifications_total"}
    for variable in DASHBOARD["templating"]["list"]:
        for name in re.findall(r"flink_auditor_\w+", str(variable.get("definition", ""))):
            assert name in exposed


def test_prometheus_takes_its_queries(tmp_path: Path) -> None:
    rules = [{"record": f"dashboard:{number}", "expr": filled_in(query)} for number, query in enumerate(queries())]
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = subprocess.run(
        [PROMETHEUS.with_name("promtool"), "check", "rules", file], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_real_prometheus_has_data_for_each_query(daemon: Start, tmp_path: Path) -> None:
    """A label that no series has is good PromQL, and an empty panel."""
    with Receiver() as receiver, Cluster.recorded("bare-1.20.5").serve() as server:
        alerting = {
            "receivers": [{"name": "team", "kind": "webhook", "url": receiver.url}],
            "route": {"receiver": "team", "group_wait": "0s"},
        }
        at_once = {"cluster-unreachable": {"for": "0s"}}
        clusters = {"orders": server.url, "down": f"http://127.0.0.1:{closed_port()}"}
        d = daemon(clusters, checks=at_once, alerting=alerting)
        for name in clusters:
            d.look(name)
        receiver.wait_for(lambda posts: bool(posts))
        with Prometheus(tmp_path, d.url) as prometheus:

            def empty() -> list[str]:
                answers = {query: prometheus.get("/api/v1/query", query=filled_in(query)) for query in queries()}
                return [query for query, answer in answers.items() if not (answer and answer["result"])]

            try:
                eventually("data for each query", lambda: not empty(), 30)  # rates need two scrapes
            except AssertionError:
                assert empty() == [], "these queries"


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_each_panel_is_whole(panel: dict[str, Any]) -> None:
    place = panel["gridPos"]
    assert place["x"] + place["w"] <= 24
    assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])
    others = [other["id"] for other in DASHBOARD["panels"]]
    assert others.count(panel["id"]) == 1
