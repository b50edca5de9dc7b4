"""The systemd unit is one that systemd understands, and leaves little open."""

import json
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "packaging" / "systemd" / "flink-auditd.service"


def analyze(*arguments: str | Path) -> str:
    outcome = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout + outcome.stderr


def test_the_unit_is_understood(tmp_path: Path) -> None:
    """What systemd does not know in a unit it names and ignores. The program need not be installed."""
    unit = tmp_path / UNIT.name
    content, replaced = re.subn(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text())
    assert replaced == 1
    unit.write_text(content)
    assert UNIT.name not in analyze("verify", "--man=no", unit)


def test_the_unit_is_hardened() -> None:
    said = analyze("security", "--offline=true", "--no-pager", UNIT)
    level = re.search(r"exposure level for flink-auditd.service: ([0-9.]+)", said)
    assert level, said
    assert float(level[1]) <= 2.0, said


def test_the_unit_does_what_the_documents_say() -> None:
    lines = UNIT.read_text().splitlines()
    for line in (
        "Type=notify",
        "WatchdogSec=30s",
        "Restart=on-failure",
        "ExecReload=/bin/kill -HUP $MAINPID",
        "StateDirectory=flink-auditor",
        "DynamicUser=yes",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    ):
        assert line in lines, line
    assert any(re.fullmatch(r"MemoryMax=\d+[MG]", line) for line in lines)


def test_the_image_holds_the_package_and_runs_as_nobody() -> None:
    """No container engine is here: what can be read of it."""
    lines = (ROOT / "packaging" / "docker" / "Dockerfile").read_text().splitlines()
    steps = [line.split(maxsplit=1) for line in lines if re.match(r"[A-Z]+ ", line)]
    said = dict(steps)
    assert said["FROM"] == "debian:bookworm-slim"
    assert said["COPY"] == "flink-auditor_*.deb /tmp/"
    assert int(said["USER"].split(":")[0]) > 0
    assert steps[[name for name, _ in steps].index("USER") :][-1] == ["CMD", said["CMD"]]
    assert said["VOLUME"] == "/var/lib/flink-auditor"
    assert json.loads(said["ENTRYPOINT"]) == ["/usr/bin/flink-auditd"]
    assert json.loads(said["CMD"]) == ["--config", "/etc/flink-auditor/flink-auditd.yaml"]
