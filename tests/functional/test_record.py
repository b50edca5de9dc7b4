"""`audit-now record`: what it keeps is enough for the same audit, and holds no secret."""

import gzip
import json
import stat
from pathlib import Path

import pytest
from conftest import Run
from hostile import closed_port
from replay import Cluster

STABLE = ("check", "practice", "verdict", "severity", "confidence", "subject", "message", "reason", "fingerprint")


@pytest.mark.parametrize("recording", ["bare-1.20.5", "bare-1.13.6", "ready-2.3.0", "sick-2.3.0"])
def test_a_recording_gives_the_results_of_its_cluster(
    audit: Run, audit_now: Run, tmp_path: Path, recording: str
) -> None:
    file = tmp_path / "cluster.json.gz"
    with Cluster.recorded(recording).serve() as server:
        live = audit(server.url).judged()
        done = audit_now("record", server.url, file)
        assert done.code == 0, done.stderr
        assert {request.method for request in server.seen.requests} == {"GET"}
    replayed = audit(file).judged()
    assert replayed.code == live.code
    assert replayed.report["score"] == live.report["score"]
    kept = [[{key: r[key] for key in STABLE} for r in outcome.results] for outcome in (live, replayed)]
    assert kept[0] == kept[1]
    # The same input gives the same bytes.
    assert audit(file).stdout == replayed.stdout
    assert replayed.report["requests"]["duration_ms"] == 0


def test_the_form_of_a_recording(audit_now: Run, tmp_path: Path) -> None:
    file = tmp_path / "cluster.json.gz"
    with Cluster.recorded("ready-1.20.5").serve() as server:
        assert audit_now("record", server.url, file).code == 0
        url = server.url
    recording = json.loads(gzip.decompress(file.read_bytes()))
    assert recording["schema"] == "flink-auditor/recording/1"
    assert recording["recorded_at"].endswith("Z")
    assert recording["target"] == url
    assert recording["answers"]["/jobs/overview"]["status"] == 200
    assert recording["answers"]["/jobs/overview"]["body"]["jobs"]
    assert stat.S_IMODE(file.stat().st_mode) & 0o022 == 0


def test_a_recording_may_be_plain(audit: Run, audit_now: Run, tmp_path: Path) -> None:
    file = tmp_path / "cluster.json.gz"
    with Cluster.recorded("ready-1.20.5").serve() as server:
        assert audit_now("record", server.url, file).code == 0
    plain = tmp_path / "cluster.json"
    plain.write_bytes(gzip.decompress(file.read_bytes()))
    assert audit(plain).results == audit(file).results


SECRETS = {
    "fs.azure.account.key.x": "hunter2-a",
    "s3.secret-key": "hunter2-b",
    "s3.access-key": "hunter2-c",
    "security.ssl.rest.keystore-password": "hunter2-d",
    "my.api.token": "hunter2-e",
    "high-availability.storageDir": "s3://user:hunter2-f@bucket/ha",
    "env.java.opts": "-Djavax.net.ssl.trustStorePassword=hunter2-g -Xmx1g",
    "metrics.reporter.x.apikey": "hunter2-h",
    "kafka.sasl.jaas.config": 'PlainLoginModule required username="u" password="hunter2-i";',
}


def test_secrets_are_masked(audit: Run, audit_now: Run, tmp_path: Path) -> None:
    cluster = Cluster.recorded("ready-1.20.5")
    config = cluster.body("/jobmanager/config")
    config[:] = [entry for entry in config if entry["key"] not in SECRETS]
    config += [{"key": key, "value": value} for key, value in SECRETS.items()]
    user = cluster.body(f"{cluster.job('ready-linear')}/config")["execution-config"]
    user["user-config"] = {"db.password": "hunter2-j", "jdbc.url": "jdbc:x://u:hunter2-k@h/db", "note": "plain"}
    token = tmp_path / "token"
    token.write_text("hunter2-l")
    file = tmp_path / "cluster.json.gz"
    with cluster.serve() as server:
        credentials = ("--token-file", token, "--header", "X-Key: hunter2-m")
        done = audit_now("record", server.url, file, *credentials)
        assert done.code == 0, done.stderr
        outcome = audit(server.url, *credentials)
    text = gzip.decompress(file.read_bytes()).decode()
    leaked = [f"hunter2-{letter}" for letter in "abcdefghijklm" if f"hunter2-{letter}" in text]
    assert not leaked
    assert "hunter2" not in done.stdout + done.stderr
    assert "hunter2" not in outcome.stdout + outcome.stderr
    assert "high-availability.storageDir" in text


def test_recording_of_nothing_leaves_no_file(audit_now: Run, tmp_path: Path) -> None:
    file = tmp_path / "cluster.json.gz"
    port = closed_port()
    audit_now("record", f"http://127.0.0.1:{port}", file).refused(3, "refused", str(port))
    assert not list(tmp_path.iterdir())


def test_recording_to_a_folder_that_is_not(audit_now: Run, tmp_path: Path) -> None:
    with Cluster.recorded("ready-1.20.5").serve() as server:
        outcome = audit_now("record", server.url, tmp_path / "no" / "cluster.json.gz")
    outcome.refused(2, str(tmp_path / "no"))


def test_a_recording_may_lack_anything(audit: Run, tmp_path: Path) -> None:
    whole = Cluster.recorded("ready-1.20.5")
    resources = {path for path in whole.answers if path.count("/") <= 2 or "checkpoints" in path}
    for missing in sorted({"/config", "/overview", "/taskmanagers", "/jobmanager/config"} & resources):
        answers = {path: answer for path, answer in whole.answers.items() if path != missing}
        file = tmp_path / "part.json"
        file.write_text(json.dumps({
            "schema": "flink-auditor/recording/1",
            "recorded_at": "2026-11-24T00:00:00.000Z",
            "target": "http://flink:8081",
            "answers": answers,
        }))  # fmt: skip
        outcome = audit(file).judged()
        assert outcome.of("max-parallelism-unset"), missing


def test_a_timeline_is_audited_at_its_last_frame(audit: Run, tmp_path: Path) -> None:
    first, last = Cluster.recorded("ready-1.20.5"), Cluster.recorded("ready-1.20.5")
    first.keep_jobs("ready-linear")
    file = tmp_path / "timeline.json"
    file.write_text(json.dumps({
        "schema": "flink-auditor/recording/1",
        "recorded_at": "2026-11-24T00:00:00.000Z",
        "target": "http://flink:8081",
        "frames": [
            {"recorded_at": "2026-11-24T00:00:00.000Z", "answers": first.answers},
            {"recorded_at": "2026-11-24T00:01:00.000Z", "answers": last.answers},
        ],
    }))  # fmt: skip
    outcome = audit(file).judged()
    assert outcome.report["cluster"]["jobs"] == len(last.jobs)
    assert outcome.report["taken_at"] == "2026-11-24T00:01:00.000Z"
