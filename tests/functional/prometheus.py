"""Debian's Prometheus as a process, scraping one daemon each second."""

import json
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import yaml
from conftest import ROOT

# scripts/setup test unpacks it.
PROMETHEUS = ROOT / ".cache" / "prometheus" / "usr" / "bin" / "prometheus"


class Prometheus:
    def __init__(self, folder: Path, target: str, rules: list[str] | None = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": rules or [],
            "scrape_configs": [
                {"job_name": "auditor", "static_configs": [{"targets": [target.removeprefix("http://")]}]}
            ],
        }
        file = folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(config))
        self._log = (folder / "prometheus.log").open("wb")
        self._process = subprocess.Popen(
            [
                *(PROMETHEUS, f"--config.file={file}", f"--storage.tsdb.path={folder}/tsdb"),
                f"--web.listen-address={self.url.removeprefix('http://')}",
            ],
            stdout=self._log,
            stderr=self._log,
        )

    def __enter__(self) -> "Prometheus":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    def get(self, path: str, **query: str) -> Any:
        try:
            with urllib.request.urlopen(f"{self.url}{path}?{urllib.parse.urlencode(query)}", timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError:
            return None  # it starts

    def query(self, text: str) -> dict[str, str]:
        """Value by cluster."""
        found = self.get("/api/v1/query", query=text)
        return {row["metric"].get("cluster", ""): row["value"][1] for row in (found or {"result": []})["result"]}
