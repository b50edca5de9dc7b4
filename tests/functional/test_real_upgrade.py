"""The configuration that `audit-now upgrade` converts, on real Flink: 1.20 runs with the old one, 2.3 with the new."""

from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from flink import lab

OLD, NEW = lab.VERSIONS

# What 2.x does not take, or reads under another name.
LEGACY = {
    "state.backend": "filesystem",
    "state.checkpoints.num-retained": "2",
    "cluster.evenly-spread-out-slots": "true",
    "akka.ask.timeout": "17 s",
    "restart-strategy": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "7",
    "execution.checkpointing.interval": "1 s",
}

JOB = ("--name", "orders", "--uids", "all", "--par", "2")


class Upgraded(lab.Cluster):
    """A cluster that starts with a converted configuration, in its own folder and on its own ports."""

    def __init__(self, folder: Path, old: lab.Cluster, converted: str):
        super().__init__(NEW, folder)
        self.old = old
        self.converted = converted

    def start_job_manager(self) -> None:
        file = self.folder / "conf" / "config.yaml"
        text = self.converted.replace(str(self.old.folder), str(self.folder))
        new = dict(line.split(": ", 1) for line in file.read_text().splitlines())
        for entry in self.old.get("/jobmanager/config"):
            if entry["key"] in ("rest.port", "jobmanager.rpc.port"):
                text = text.replace(f" {entry['value']}\n", f" {new[entry['key']]}\n")
        file.write_text(text)
        super().start_job_manager()


def settings(cluster: lab.Cluster) -> dict[str, str]:
    return {entry["key"]: entry["value"] for entry in cluster.get("/jobmanager/config")}


def plan(audit_now: Run, cluster: lab.Cluster, file: Path) -> dict[str, Any]:
    outcome = audit_now("upgrade", cluster.url, "--to", "2.3", "--format", "json", "--config-yaml", file)
    assert outcome.code == 1, outcome.stderr
    return outcome.report


def test_flink_2_runs_with_the_converted_configuration(audit_now: Run, tmp_path: Path) -> None:
    old = lab.Cluster(OLD, tmp_path / "old", LEGACY | {"state.checkpoints.dir": f"file://{tmp_path}/old/checkpoints"})
    new = None
    try:
        old.start()
        old.wait()
        old.wait_for_job(old.submit("StreamJob", *JOB))
        document = plan(audit_now, old, tmp_path / "config.yaml")
        items = {item["key"]: item["effect"] for item in document["items"] if item["key"]}
        assert items["state.backend"] == items["cluster.evenly-spread-out-slots"] == "breaks"
        assert items["akka.ask.timeout"] == items["restart-strategy"] == "works"

        new = Upgraded(tmp_path / "new", old, (tmp_path / "config.yaml").read_text())
        new.start()
        new.wait()
        read = settings(new)
        assert read["pekko.ask.timeout"] == "17 s"
        assert read["execution.checkpointing.num-retained"] == "2"
        assert read["taskmanager.load-balance.mode"] == "SLOTS"
        assert not LEGACY.keys() & read.keys() - {
            "execution.checkpointing.interval",
            "restart-strategy.fixed-delay.attempts",
        }

        job = new.submit("StreamJob", *JOB)
        new.wait_for_job(job, checkpoints=1)
        checkpoints = new.get(f"/jobs/{job}/checkpoints/config")
        assert checkpoints["interval"] == 1000
        assert checkpoints["state_backend"] == "HashMapStateBackend"
        assert checkpoints["checkpoint_storage"] == "FileSystemCheckpointStorage"
        assert "#7 restart attempts" in new.get(f"/jobs/{job}/config")["execution-config"]["restart-strategy"]

        # What the plan said of the old value: no job starts with it.
        with pytest.raises(lab.LabError):
            new.wait_for_job(new.submit("StreamJob", *JOB, "--conf", "state.backend.type=filesystem"))
    finally:
        old.stop()
        if new:
            new.stop()
