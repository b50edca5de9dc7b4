"""The systemd unit is understood and leaves little open; the image runs as nobody and tells its health."""

import json
import re
import subprocess
from pathlib import Path

from conftest import ROOT
from hostile import closed_port

from daemon import Start

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


def image() -> dict[str, str]:
    """Instruction → what it says, in their order; each is used once."""
    text = (ROOT / "packaging" / "docker" / "Dockerfile").read_text()
    lines = re.sub(r"(?m)^#.*\n", "", text).replace("\\\n", "").splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line]
    assert len(dict(steps)) == len(steps)
    return dict(steps)


def test_the_image_holds_the_package_and_runs_as_nobody() -> None:
    """No container engine is here: what can be read of it."""
    said = image()
    assert said["FROM"] == "debian:bookworm-slim"
    assert said["COPY"] == "flink-auditor_*.deb /tmp/"
    assert int(said["USER"].split(":")[0]) > 0
    order = list(said)
    assert order.index("RUN") < order.index("USER"), "only installing takes root"
    assert said["EXPOSE"] == "8484"
    assert said["VOLUME"] == "/var/lib/flink-auditor"
    assert json.loads(said["ENTRYPOINT"]) == ["/usr/bin/flink-auditd"]
    assert json.loads(said["CMD"]) == ["--config", "/etc/flink-auditor/flink-auditd.yaml"]


def test_the_health_check_of_the_image(daemon: Start) -> None:
    """Run as a container engine runs it, but for the port."""
    d = daemon()
    command = re.search(r"CMD (\[.*\])$", image()["HEALTHCHECK"])
    assert command

    def healthy(port: int) -> bool:
        words = [word.replace("/8484 ", f"/{port} ") for word in json.loads(command[1])]
        assert words != json.loads(command[1])
        return subprocess.run(words, capture_output=True, timeout=20).returncode == 0

    assert healthy(int(d.url.rsplit(":", 1)[1]))
    assert not healthy(closed_port())
