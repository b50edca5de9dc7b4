"""The Grafana dashboard asks for what the daemon exposes, in PromQL that Prometheus takes."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from replay import Cluster

from daemon import Start

DASHBOARD = json.loads((ROOT / "packaging" / "grafana" / "flink-auditor.json").read_text())
PROMTOOL = ROOT / ".cache" / "prometheus" / "usr" / "bin" / "promtool"
# What Grafana puts in the place of its variables.
VARIABLES = {"$__rate_interval": "5m", "$cluster": ".*", "$job": ".*"}


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries() -> list[str]:
    found = [target["expr"] for panel in panels() for target in panel["targets"]]
    assert len(found) > 20
    return found


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
    rules = []
    for number, query in enumerate(queries()):
        for variable, value in VARIABLES.items():
            query = query.replace(variable, value)
        assert "$" not in query
        rules.append({"record": f"dashboard:{number}", "expr": query})
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = subprocess.run([PROMTOOL, "check", "rules", file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_each_panel_is_whole(panel: dict[str, Any]) -> None:
    place = panel["gridPos"]
    assert place["x"] + place["w"] <= 24
    assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])
    others = [other["id"] for other in DASHBOARD["panels"]]
    assert others.count(panel["id"]) == 1
