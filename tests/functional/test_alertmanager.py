"""A real Alertmanager takes what the daemon sends, groups it, and sees it end; real Prometheus rules are right."""

import contextlib
import json
import os
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from churn import Churn
from receivers import Receiver

from daemon import Start, eventually

ROOT = Path(__file__).resolve().parents[2]
ALERTMANAGER = ROOT / ".cache" / "prometheus-alertmanager" / "usr" / "bin" / "prometheus-alertmanager"
PROMTOOL = ROOT / ".cache" / "prometheus" / "usr" / "bin" / "promtool"
CHECK = "checkpoint-failing"


class Alertmanager:
    """Tells all that it gets to one webhook, cluster by cluster."""

    def __init__(self, folder: Path, webhook: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        file = folder / "alertmanager.yml"
        route = {"receiver": "all", "group_by": ["cluster"], "group_wait": "0s", "group_interval": "1s"}
        receivers = [{"name": "all", "webhook_configs": [{"url": webhook, "send_resolved": True}]}]
        file.write_text(yaml.safe_dump({"route": route, "receivers": receivers}))
        self._log = (folder / "alertmanager.log").open("wb")
        # Debian's reads its templates from a fixed place, where the package is not installed.
        namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        share = ALERTMANAGER.parents[1] / "share"
        self._process = subprocess.Popen(
            [
                *(*namespace, "sh", "-c", 'mount --bind "$0" /usr/share && exec "$@"', share),
                *(ALERTMANAGER, f"--config.file={file}", f"--storage.path={folder}/alertmanager"),
                *(f"--web.listen-address={self.url.removeprefix('http://')}", "--cluster.listen-address="),
            ],
            stdout=self._log,
            stderr=self._log,
        )

    def __enter__(self) -> "Alertmanager":
        eventually("Alertmanager", lambda: self.get("/-/ready") is not None, 30)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    def get(self, path: str) -> bytes | None:
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read()
        return None

    def alerts(self) -> dict[str, dict[str, Any]]:
        """What it holds to be firing, by job."""
        return {alert["labels"].get("job", ""): alert for alert in json.loads(self.get("/api/v2/alerts") or b"[]")}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


def test_a_real_alertmanager_gets_groups_and_resolves(daemon: Start, receiver: Receiver, tmp_path: Path) -> None:
    churn = Churn("sick-2.3.0", "failing-snapshots", canceled=True)
    with churn.serve() as server, Alertmanager(tmp_path, receiver.url) as alertmanager:
        alerting = {
            "external_url": "https://auditor.example.org",
            "receivers": [{"name": "am", "kind": "alertmanager", "url": alertmanager.url}],
            "route": {"receiver": "am"},
        }
        checks = {CHECK: {"severity": "critical", "for": "0s", "keep_firing_for": "0s"}}
        d = daemon({"prod": server.url}, checks=checks, alerting=alerting)
        d.look("prod")
        first = f"job-{churn.latest}"
        eventually("the first alert", lambda: first in alertmanager.alerts(), 30)
        alert = alertmanager.alerts()[first]
        assert alert["labels"]["alertname"] == CHECK
        assert alert["labels"]["cluster"] == "prod"
        assert alert["annotations"]["summary"]
        assert alert["generatorURL"].startswith("https://auditor.example.org/")
        assert alert["endsAt"] > alert["startsAt"], "it ends by itself where the auditor is gone"
        d.look("prod")
        second = f"job-{churn.latest}"
        eventually("the second alert", lambda: second in alertmanager.alerts(), 40)
        eventually("the end of the first", lambda: first not in alertmanager.alerts(), 40)

        def over(posts: list[Any]) -> bool:
            return any(
                alert["labels"].get("job") == first and alert["status"] == "resolved"
                for post in posts
                for alert in post.document["alerts"]
            )

        posts = receiver.wait_for(over)
        assert posts[0].document["groupLabels"] == {"cluster": "prod"}


def test_the_rules_for_prometheus_are_right() -> None:
    """packaging/prometheus-rules.yaml, with what fires when."""
    for arguments in (["check", "rules", "prometheus-rules.yaml"], ["test", "rules", "prometheus-rules.test.yaml"]):
        run = subprocess.run([PROMTOOL, *arguments], cwd=ROOT / "packaging", capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "SUCCESS" in run.stdout


def test_the_rules_ask_for_series_that_there_are(daemon: Start, receiver: Receiver) -> None:
    rules = yaml.safe_load((ROOT / "packaging" / "prometheus-rules.yaml").read_text())
    alerting = {"receivers": [{"name": "ops", "kind": "webhook", "url": receiver.url}], "route": {"receiver": "ops"}}
    with Churn("sick-2.3.0", "failing-snapshots").serve() as server:
        d = daemon({"prod": server.url}, alerting=alerting)
        d.look("prod")
        exposition = d.metrics()
    names = {
        word
        for group in rules["groups"]
        for rule in group["rules"]
        for word in rule["expr"].replace("(", " ").replace("{", " ").replace("[", " ").replace(")", " ").split()
        if word.startswith("flink_auditor_")
    }
    assert len(names) >= 8
    for name in names:
        assert f"# TYPE {name} " in exposition, name
