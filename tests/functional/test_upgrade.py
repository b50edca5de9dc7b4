"""`audit-now upgrade` on recorded clusters: the plan, the document, the converted configuration."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, Run

RECORDINGS = ROOT / "tests" / "recordings"
OLD = RECORDINGS / "sick-1.13.6.json.gz"


def flat(document: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Keys with dots, as Flink makes of nested YAML."""
    found: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def with_settings(tmp_path: Path, recording: Path, **changes: str) -> Path:
    """The recording of a cluster that sets these keys as well (a dot is written __)."""
    document = json.loads(gzip.decompress(recording.read_bytes()))
    entries = document["answers"]["/jobmanager/config"]["body"]
    for key, value in changes.items():
        name = key.replace("__", ".").replace("_", "-")
        entries[:] = [entry for entry in entries if entry["key"] != name] + [{"key": name, "value": value}]
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(document))
    return changed


@pytest.mark.parametrize(
    "recording", sorted(path.name for path in RECORDINGS.glob("*.json.gz") if "2.3" not in path.name)
)
def test_the_plan_fits_the_terminal(audit_now: Run, recording: str) -> None:
    outcome = audit_now("upgrade", RECORDINGS / recording, "--to", "2.3")
    assert outcome.code == (1 if "BREAKS" in outcome.stdout.split("\nNot among")[0] else 0)
    for line in outcome.stdout.splitlines():
        assert len(line) <= 80 or line.startswith("    audit-now upgrade "), line
        assert line == line.rstrip()


def test_json_has_every_item_with_its_evidence(audit_now: Run) -> None:
    outcome = audit_now("upgrade", OLD, "--to", "2.3", "--format", "json")
    assert outcome.code == 1
    document = outcome.report
    assert document["schema"] == "flink-auditor/upgrade/1"
    assert (document["from"], document["to"], document["breaks"]) == ("1.13.6", "2.3", True)
    recording = json.loads(gzip.decompress(OLD.read_bytes()))["answers"]
    entries = recording["/jobmanager/config"]["body"]
    keys = [item for item in document["items"] if item["key"]]
    assert {item["key"] for item in keys} >= {"state.checkpoints.dir", "restart-strategy"}
    for item in keys:
        (evidence,) = item["evidence"]
        assert evidence["source"]["path"] == "/jobmanager/config"
        index = int(evidence["source"]["pointer"].split("/")[1])
        assert entries[index]["key"] == item["key"]
    assert all(item["evidence"] for item in document["items"])
    assert audit_now("upgrade", OLD, "--to", "2.3", "--format", "json").stdout == outcome.stdout


def test_the_converted_configuration_is_yaml_with_the_same_values(audit_now: Run, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    changed = with_settings(
        tmp_path,
        OLD,
        cluster__evenly_spread_out_slots="true",
        state__backend="filesystem",
        state__backend__async="false",
        env__java__opts="-Dx=1.10 -Dy='a: b'",
        security__ssl__rest__key_password="******",
        pipeline__jars="file:/a.jar;file:/b.jar",
    )
    outcome = audit_now("upgrade", changed, "--to", "2.3", "--format", "config.yaml", "--config-yaml", file)
    assert outcome.code == 1
    assert file.read_text() == outcome.stdout
    made = flat(yaml.safe_load(outcome.stdout))
    assert made["taskmanager.load-balance.mode"] == "SLOTS"
    assert made["state.backend.type"] == "hashmap"
    assert made["restart-strategy.type"]
    assert made["pipeline.jars"] == ["file:/a.jar", "file:/b.jar"]
    assert made["security.ssl.rest.key-password"] == "******"
    assert "security.ssl.rest.key-password" in outcome.stderr, "the user must put it in"
    assert "-Dx=1.10 -Dy='a: b'" in made.values()
    assert not {"state.backend", "state.backend.async", "cluster.evenly-spread-out-slots"} & made.keys()
    assert "# state.backend.async: false" in outcome.stdout
    entries = {
        entry["key"]: entry["value"]
        for entry in json.loads(changed.read_text())["answers"]["/jobmanager/config"]["body"]
    }
    kept = entries.keys() & made.keys() - {"pipeline.jars"}
    assert len(kept) > 15
    for key in kept:
        assert str(made[key]).lower() == entries[key].lower(), key


def test_a_release_before_1_19_gets_its_own_file(audit_now: Run) -> None:
    outcome = audit_now("upgrade", OLD, "--to", "1.18", "--format", "config.yaml")
    settings = [line for line in outcome.stdout.splitlines() if not line.startswith("#")]
    assert "high-availability.type" not in outcome.stdout
    assert all(": " in line and not line.startswith(" ") for line in settings)


WRONG = {
    "no release": (["--to", "9.9"], ["--to", "9.9", "2.3"]),
    "with a patch": (["--to", "2.3.0"], ["2.3.0"]),
    "the same": (["--to", "1.13"], ["1.13.6", "already"]),
    "no --to": ([], ["--to"]),
    "unknown format": (["--to", "2.3", "--format", "pdf"], ["pdf"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use(audit_now: Run, case: str) -> None:
    arguments, words = WRONG[case]
    audit_now("upgrade", OLD, *arguments).refused(2, *words)


def test_without_the_configuration_it_cannot_be_assessed(audit_now: Run, tmp_path: Path) -> None:
    document = json.loads(gzip.decompress(OLD.read_bytes()))
    del document["answers"]["/jobmanager/config"]
    recording = tmp_path / "part.json"
    recording.write_text(json.dumps(document))
    audit_now("upgrade", recording, "--to", "2.3").refused(3, "configuration")
