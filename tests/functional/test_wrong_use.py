"""Wrong flags, broken configuration files, unreadable recordings: one clear line, and exit 2 or 3."""

import gzip
import itertools
import json
import os
from pathlib import Path

import pytest
from certificates import server_context
from conftest import Certificates, Run
from hostile import Server, always, document
from replay import Cluster

# Flags

USAGE = {
    "no target": ([], []),
    "unknown flag": (["http://localhost:1", "--no-such-flag"], ["--no-such-flag"]),
    "unknown format": (["http://localhost:1", "--format", "pdf"], ["pdf", "json"]),
    "unknown severity": (["http://localhost:1", "--fail-on", "awful"], ["awful", "critical"]),
    "score no number": (["http://localhost:1", "--min-score", "many"], ["--min-score", "many"]),
    "score too high": (["http://localhost:1", "--min-score", "101"], ["--min-score", "101"]),
    "coverage too high": (["http://localhost:1", "--min-coverage", "101"], ["--min-coverage", "101"]),
    "bad timeout": (["http://localhost:1", "--timeout", "soon"], ["--timeout", "soon"]),
    "timeout of nothing": (["http://localhost:1", "--timeout", "0"], ["--timeout"]),
    "flag without value": (["http://localhost:1", "--format"], ["--format"]),
    "two targets": (["http://localhost:1", "http://localhost:2"], ["localhost:2"]),
    "unknown scheme": (["ftp://localhost"], ["ftp://localhost", "http://"]),
    "user and password": (["http://me:hunter2@localhost"], ["--token-file"]),
    "query": (["http://localhost:1?a=b"], ["query"]),
    "page's address": (["http://localhost:1/#/overview"], ["fragment"]),
    "bad port": (["http://localhost:99999"], ["port"]),
    "bare IPv6": (["http://::1:8081"], ["[::1]"]),
    "header without colon": (["http://localhost:1", "--header", "X"], ["header", "Name: value"]),
    "header with a line break": (["http://localhost:1", "--header", "X: a\nY: b"], ["header"]),
    "no such CA file": (["https://localhost:1", "--ca-cert", "/no/such.pem"], ["/no/such.pem"]),
    "no such token file": (["http://localhost:1", "--token-file", "/no/such"], ["/no/such"]),
    "no such client certificate": (
        ["https://localhost:1", "--client-cert", "/no/such.pem"],
        ["/no/such.pem"],
    ),
    "client key alone": (["https://localhost:1", "--client-key", "/no/such.pem"], ["--client-cert"]),
    "no check of that name": (["http://localhost:1", "--check", "no-such-check*"], ["no-such-check*"]),
    "explain what is not": (["explain", "max-paralelism-unset"], ["max-parallelism-unset"]),
    "record without file": (["record", "http://localhost:1"], []),
    "no such configuration": (["http://localhost:1", "--config", "/no/such.yaml"], ["/no/such.yaml"]),
    "output of unknown format": (["http://localhost:1", "-o", "pdf=x.pdf"], ["pdf"]),
}


@pytest.mark.parametrize("name", USAGE)
def test_wrong_use(audit_now: Run, name: str) -> None:
    arguments, words = USAGE[name]
    outcome = audit_now(*arguments).refused(2, *words)
    assert "hunter2" not in outcome.stderr


def test_ca_file_that_is_no_certificate(audit_now: Run, tmp_path: Path, pki: Certificates) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("not a certificate")
    with Server(always(document({})), tls=server_context(pki.good)) as server:
        outcome = audit_now(server.url, "--ca-cert", file)
    outcome.refused(outcome.code, str(file))
    assert outcome.code in (2, 3)


def test_client_key_of_another_certificate(audit_now: Run, pki: Certificates) -> None:
    context = server_context(pki.good, pki.authority.certificate)
    client = ("--client-cert", pki.client.certificate, "--client-key", pki.good.key)
    with Server(always(document({})), tls=context) as server:
        outcome = audit_now(server.url, "--ca-cert", pki.authority.certificate, *client)
    outcome.refused(outcome.code, str(pki.client.certificate), "key")
    assert outcome.code in (2, 3)


def test_output_to_a_folder_that_is_not(audit_now: Run, tmp_path: Path) -> None:
    with Cluster.recorded("ready-1.20.5").serve() as server:
        audit_now(server.url, "-o", f"json={tmp_path}/none/x").refused(2, f"{tmp_path}/none/x")


def test_token_file_with_two_lines(audit_now: Run, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("hunter2\nX-Evil: hunter2\n")
    with Server(always(document({}))) as server:
        outcome = audit_now(server.url, "--token-file", file).refused(2, str(file))
        assert not server.seen.requests
    assert "hunter2" not in outcome.stderr


def test_empty_token_file(audit_now: Run, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("\n")
    audit_now("http://localhost:1", "--token-file", file).refused(2, str(file), "empty")


# Configuration: {name: (YAML, line, column or None, words)}

CONFIGURATIONS = {
    "unknown key": ("check:\n  x: 1\n", 1, 1, ["check", "checks"]),
    "unknown key below": (
        "checks:\n  max-parallelism-unset:\n    enabeld: false\n",
        3,
        5,
        ["enabeld", "enabled"],
    ),
    "unknown check": (
        "checks:\n  max-paralelism-unset:\n    enabled: false\n",
        2,
        3,
        ["max-paralelism-unset", "max-parallelism-unset"],
    ),
    "unknown severity": (
        "checks:\n  max-parallelism-unset:\n    severity: hihg\n",
        3,
        15,
        ["high"],
    ),
    "wrong type": ("checks:\n  max-parallelism-unset:\n    enabled: maybe\n", 3, 14, ["true or false"]),
    "list for a map": ("checks:\n  - max-parallelism-unset\n", 2, None, []),
    "text for a map": ("checks: all\n", 1, 9, []),
    "unknown option": (
        "checks:\n  checkpoint-interval-long:\n    options:\n      maximun: 5 min\n",
        4,
        7,
        ["maximun"],
    ),
    "bad syntax": ("checks: [\n", None, None, []),
    "tab": ("checks:\n\tmax-parallelism-unset: {}\n", 2, None, []),
    "duplicate key": (
        "checks:\n  max-parallelism-unset: {enabled: true}\n  max-parallelism-unset: {enabled: false}\n",
        3,
        3,
        ["max-parallelism-unset"],
    ),
    "a list": ("- a\n- b\n", 1, 1, []),
    "two documents": ("checks: {}\n---\nchecks: {}\n", None, None, []),
    "control characters": ("checks: {\x01: 1}\n", None, None, []),
    "deep": ("[" * 10_000 + "\n", None, None, []),
    "bad UTF-8": (b"checks:\n  \xff\xfe: 1\n", None, None, []),
    "aliases that multiply": (
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in itertools.pairwise("abcdefghi")),
        None,
        None,
        [],
    ),
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_broken_configuration(audit_now: Run, tmp_path: Path, name: str) -> None:
    content, line, column, words = CONFIGURATIONS[name]
    file = tmp_path / "auditor.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    where = f"{file}:{line}:{column}" if column else f"{file}:{line}:" if line else str(file)
    audit_now("--check-config", "--config", file).refused(2, where, *words)
    audit_now("http://127.0.0.1:1", "--config", file).refused(2, where, *words)


def test_a_good_configuration(audit_now: Run, audit: Run, tmp_path: Path) -> None:
    file = tmp_path / "auditor.yaml"
    file.write_text(
        "checks:\n  max-parallelism-unset:\n    enabled: false\n  high-availability-off:\n    severity: low\n"
    )
    assert audit_now("--check-config", "--config", file).code == 0
    with Cluster.recorded("bare-1.20.5").serve() as server:
        outcome = audit(server.url, "--config", file).judged()
    assert outcome.of("max-parallelism-unset") == set()
    severities = {r["severity"] for r in outcome.results if r["check"] == "high-availability-off"}
    assert severities == {"low"}


def test_an_empty_configuration_is_good(audit_now: Run, tmp_path: Path) -> None:
    file = tmp_path / "auditor.yaml"
    file.write_text("")
    assert audit_now("--check-config", "--config", file).code == 0


# Recordings

GOOD = {
    "schema": "flink-auditor/recording/1",
    "recorded_at": "2026-11-24T00:00:00.000Z",
    "target": "http://flink:8081",
    "answers": {},
}
RECORDINGS = {
    "empty": b"",
    "no JSON": b"hello",
    "JSON cut short": json.dumps(GOOD).encode()[:-10],
    "gzip cut short": gzip.compress(os.urandom(4096) + json.dumps(GOOD).encode())[:2000],
    "damaged gzip": b"\x1f\x8b\x08\x00" + b"\xff" * 100,
    "gzip of no JSON": gzip.compress(b"hello"),
    "another document": b'{"schema": "other/1"}',
    "no schema": b'{"answers": {}}',
    "a later schema": json.dumps(GOOD | {"schema": "flink-auditor/recording/2"}).encode(),
    "a list": b"[]",
    "no answers": json.dumps({k: v for k, v in GOOD.items() if k != "answers"}).encode(),
    "answers are a list": json.dumps(GOOD | {"answers": []}).encode(),
    "an answer is a number": json.dumps(GOOD | {"answers": {"/jobs/overview": 7}}).encode(),
    "frames are a number": json.dumps(GOOD | {"frames": 7}).encode(),
    "deep": b'{"schema": "flink-auditor/recording/1", "answers": ' + b"[" * 100_000,
    "bad UTF-8": b'{"schema": "flink-auditor/recording/1\xff"}',
    "no answer in it": json.dumps(GOOD).encode(),
}


@pytest.mark.parametrize("name", RECORDINGS)
def test_unreadable_recording(audit_now: Run, tmp_path: Path, name: str) -> None:
    file = tmp_path / "some.json.gz"
    file.write_bytes(RECORDINGS[name])
    outcome = audit_now(file)
    outcome.refused(outcome.code, str(file))
    assert outcome.code in (2, 3)


def test_missing_recording(audit_now: Run, tmp_path: Path) -> None:
    outcome = audit_now(tmp_path / "missing.json.gz")
    outcome.refused(outcome.code, "missing.json.gz")
    assert outcome.code in (2, 3)


def test_folder_that_is_no_recording(audit_now: Run, tmp_path: Path) -> None:
    outcome = audit_now(tmp_path)
    outcome.refused(outcome.code, str(tmp_path), "index.json")
    assert outcome.code in (2, 3)


def test_folder_whose_index_leads_outside(audit_now: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"flink-version": "hunter2"}')
    folder = tmp_path / "capture"
    folder.mkdir()
    index = {path: {"file": "../secret.json", "status": 200} for path in ("/config", "/jobs/overview")}
    (folder / "index.json").write_text(json.dumps(index))
    outcome = audit_now(folder)
    assert "hunter2" not in outcome.stdout + outcome.stderr
    assert outcome.code in (0, 1, 2, 3)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_recording_without_permission(audit_now: Run, tmp_path: Path) -> None:
    file = tmp_path / "some.json"
    file.write_text(json.dumps(GOOD))
    file.chmod(0)
    outcome = audit_now(file)
    outcome.refused(outcome.code, str(file))
    assert outcome.code in (2, 3)


def test_recording_that_is_a_gzip_bomb(audit_now: Run, tmp_path: Path) -> None:
    file = tmp_path / "bomb.json.gz"
    with gzip.open(file, "wb", compresslevel=1) as bomb:
        for _ in range(1024):
            bomb.write(b" " * (1 << 20))
    outcome = audit_now(file)
    outcome.refused(outcome.code, str(file))
    assert outcome.code in (2, 3)
