"""docs/recipes.md, run as it stands there against a cluster played back."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import AUDIT_NOW, ROOT
from hostile import Server
from prometheus_client.parser import text_string_to_metric_families
from receivers import Receiver
from replay import Cluster

DOCUMENT = (ROOT / "docs" / "recipes.md").read_text()
BLOCKS = re.findall(r"(?ms)^```(yaml|sh)\n(.*?)^```", DOCUMENT)
WORKFLOWS = [yaml.safe_load(text) for language, text in BLOCKS if language == "yaml"]
CRONTAB = [line.split(maxsplit=5)[5] for language, text in BLOCKS if language == "sh" for line in text.splitlines()]
WAIVERS = {"waivers": [{"check": "rest-unencrypted", "reason": "inside the mesh", "owner": "platform"}]}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Server]:
    with Cluster.recorded("bare-1.20.5").serve() as server:
        yield server


class Shell:
    """A folder in which recipes run one after the other."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        (folder / "bin" / "audit-now").symlink_to(AUDIT_NOW)
        self.env = {
            **os.environ,
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "FLINK_URL": url,
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "TEXTFILES": str(folder),
        }

    def __call__(self, script: str) -> int:
        done = subprocess.run(
            ["bash", "-e", "-c", script], cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=120
        )
        assert "not found" not in done.stderr, done.stderr
        assert done.returncode in (0, 1, 3), done.stderr
        return done.returncode


@pytest.fixture
def shell(tmp_path: Path, cluster: Server) -> Shell:
    return Shell(tmp_path, cluster.url)


def job_with(key: str) -> dict[str, Any]:
    return next(workflow for workflow in WORKFLOWS if key in workflow)[key]


def test_github_actions(shell: Shell) -> None:
    (shell.folder / ".flink").mkdir()
    (shell.folder / ".flink" / "waivers.yaml").write_text(json.dumps(WAIVERS))
    steps = job_with("jobs")["audit"]["steps"]
    for _ in range(2):  # the first run writes the baseline, the second is held to it
        assert [shell(step["run"]) for step in steps if "run" in step] == [0, 0, 0]
    upload = next(step for step in steps if "upload-sarif" in step.get("uses", ""))
    sarif = json.loads((shell.folder / upload["with"]["sarif_file"]).read_text())
    results = sarif["runs"][0]["results"]
    assert results
    places = {
        place["physicalLocation"]["artifactLocation"]["uri"] for result in results for place in result["locations"]
    }
    assert places == {"deploy/orders.yaml"}
    assert "high-availability-off" in (shell.folder / "summary.md").read_text()
    baseline = shell.folder / ".flink" / "baseline.json"
    report = json.loads(baseline.read_text())
    report["results"] = [row for row in report["results"] if row["check"] != "high-availability-off"]
    baseline.write_text(json.dumps(report))
    assert shell(steps[-1]["run"]) == 1, "what is not in the baseline is new"


def test_gitlab(shell: Shell) -> None:
    job = job_with("flink-audit")
    for _ in range(2):
        assert [shell(line) for line in job["script"]] == [0]
    assert (shell.folder / job["artifacts"]["reports"]["junit"]).read_text().startswith("<?xml")
    assert all((shell.folder / path).exists() for path in job["artifacts"]["paths"])


def test_gitlab_gate(shell: Shell, cluster: Server) -> None:
    running = Cluster.recorded("ready-1.20.5")
    running.keep_jobs("ready-linear")
    for job in running.body("/jobs/overview")["jobs"]:
        job["name"] = "orders"
    running.body(running.job("orders"))["name"] = "orders"
    plan = {"plan": running.body(running.job("orders"))["plan"]}
    (shell.folder / "plan.json").write_text(json.dumps(plan))
    with running.serve() as server:
        shell.env["FLINK_URL"] = server.url
        assert [shell(line) for line in job_with("flink-gate")["script"]] == [0]


def test_kubernetes(shell: Shell) -> None:
    spec = next(workflow for workflow in WORKFLOWS if workflow.get("kind") == "CronJob")["spec"]["jobTemplate"]["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    command = [word.replace("$(FLINK_URL)", shell.env["FLINK_URL"]) for word in container["command"]]
    assert {variable["name"] for variable in container["env"]} == {"FLINK_URL"}
    assert shell(" ".join(f"'{word}'" for word in [*command, "--quick"])) == 1


def test_cron(shell: Shell) -> None:
    notify, textfile = CRONTAB
    assert shell(textfile) == 0
    families = {
        family.name for family in text_string_to_metric_families((shell.folder / "flink-orders.prom").read_text())
    }
    assert "flink_auditor_cluster_score" in families
    with Receiver() as receiver:
        configuration = {
            "clusters": [],
            "alerting": {"receivers": [{"name": "team", "kind": "webhook", "url": receiver.url}]},
        }
        file = shell.folder / "flink-auditd.yaml"
        file.write_text(json.dumps(configuration))
        line = notify.replace("/etc/flink-auditor/flink-auditd.yaml", str(file))
        assert line != notify
        assert shell(line.replace("--quiet", "--quiet --quick")) == 1
        assert "high-availability-off" in receiver.posts[0].body.decode()
