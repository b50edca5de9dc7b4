"""How a cluster is reached, and that the audit does it no harm."""

import re
from collections import Counter
from pathlib import Path

import hostile
import pytest
from certificates import server_context
from conftest import Certificates, Outcome, Run
from hostile import Seen, errors
from replay import Cluster

RECORDING = "ready-1.20.5"

# DESIGN 5: GET only, from a fixed list of paths.
JOB = r"/jobs/[^/]+"
VERTEX = JOB + r"/vertices/[^/]+"
ALLOWED = re.compile(
    "|".join(
        [
            "/config",
            "/overview",
            "/jobs(/overview)?",
            "/(jobs|taskmanagers|jobmanager)/metrics",
            "/jobmanager/(config|environment)",
            "/taskmanagers(/[^/]+(/metrics)?)?",
            JOB + "(/(config|exceptions|metrics|plan|accumulators|checkpoints(/config)?|resource-requirements))?",
            JOB + r"/checkpoints/details/\d+(/subtasks/[^/]+)?",
            JOB + "/jobmanager/(config|environment)",
            JOB + "/rescales/[^/]+",
            VERTEX
            + "(/(backpressure|watermarks|taskmanagers|subtasktimes|metrics|subtasks/metrics|jm-operator-metrics))?",
        ]
    )
)


@pytest.fixture(scope="module")
def baseline(audit: Run) -> Outcome:
    with Cluster.recorded(RECORDING).serve() as server:
        return audit(server.url).judged()


def assert_harmless(seen: Seen) -> None:
    assert {request.method for request in seen.requests} == {"GET"}
    for request in seen.requests:
        assert ALLOWED.fullmatch(request.path), request.target
        assert "body" not in request.headers
        assert request.headers.get("content-length", "0") == "0"
    assert seen.at_once <= 4


@pytest.mark.parametrize("recording", ["bare-1.13.6", "bare-1.20.5", "bare-2.3.0", "sick-1.20.5", "ready-2.3.0"])
def test_requests_are_few_and_harmless(audit: Run, recording: str) -> None:
    cluster = Cluster.recorded(recording)
    # A little time for each answer, so that requests meet.
    server = cluster.serve()
    answer = server.answer
    server.answer = lambda request: hostile.slow(0.002, answer(request))
    with server:
        outcome = audit(server.url).judged()
    seen = server.seen
    assert_harmless(seen)
    assert max(Counter(request.target for request in seen.requests).values()) == 1
    assert len(seen.requests) == outcome.report["requests"]["count"]
    assert outcome.report["requests"]["bytes"] > 0
    for job_id in cluster.jobs.values():
        mine = [request.path for request in seen.requests if request.path.startswith(f"/jobs/{job_id}")]
        vertices = [path for path in mine if "/vertices/" in path]
        assert len(mine) - len(vertices) <= 8, mine
        assert len(vertices) <= 20, vertices
    assert len([path for path in seen.paths if not re.match("/jobs/[0-9a-f]{32}", path)]) <= 8 + 4


def test_user_agent_and_encoding(audit: Run) -> None:
    with Cluster.recorded(RECORDING).serve() as server:
        audit(server.url).judged()
    for request in server.seen.requests:
        assert request.headers["user-agent"].startswith("flink-auditor/")
        assert "gzip" in request.headers["accept-encoding"]
        assert "authorization" not in request.headers


@pytest.mark.parametrize("slashes", ["", "/", "///"])
def test_path_prefix(audit: Run, baseline: Outcome, slashes: str) -> None:
    cluster = Cluster.recorded(RECORDING)
    cluster.prefix = "/proxy/application_1_0001"
    with cluster.serve() as server:
        outcome = audit(server.url + cluster.prefix + slashes).judged()
    assert outcome.verdicts == baseline.verdicts
    assert all(path.startswith(cluster.prefix + "/") for path in server.seen.paths)
    assert not any("//" in path for path in server.seen.paths)


def test_url_without_scheme(audit: Run, baseline: Outcome) -> None:
    with Cluster.recorded(RECORDING).serve() as server:
        outcome = audit(f"127.0.0.1:{server.port}").judged()
    assert outcome.verdicts == baseline.verdicts
    assert outcome.report["cluster"]["url"] == server.url


def test_ipv6(audit: Run, baseline: Outcome) -> None:
    try:
        server = Cluster.recorded(RECORDING).serve("::1")
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with server:
        outcome = audit(server.url).judged()
    assert outcome.verdicts == baseline.verdicts


def test_https_with_ca_file(audit: Run, baseline: Outcome, pki: Certificates) -> None:
    with Cluster.recorded(RECORDING).serve(tls=server_context(pki.good)) as server:
        outcome = audit(server.url, "--ca-cert", pki.authority.certificate).judged()
    assert {k: v for k, v in outcome.verdicts.items() if k[0] != "rest-unencrypted"} == {
        k: v for k, v in baseline.verdicts.items() if k[0] != "rest-unencrypted"
    }


@pytest.mark.parametrize("together", [False, True], ids=["two files", "one file"])
def test_client_certificate(audit: Run, pki: Certificates, tmp_path: Path, together: bool) -> None:
    client = ["--client-cert", pki.client.certificate, "--client-key", pki.client.key]
    if together:
        both = tmp_path / "both.pem"
        both.write_text(pki.client.certificate.read_text() + pki.client.key.read_text())
        client = ["--client-cert", both]
    context = server_context(pki.good, pki.authority.certificate)
    with Cluster.recorded(RECORDING).serve(tls=context) as server:
        audit(server.url, "--ca-cert", pki.authority.certificate, *client).judged()
    assert server.seen.requests


def test_token_and_headers_arrive(audit: Run, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("abc.def-ghi\n")
    with Cluster.recorded(RECORDING).serve() as server:
        outcome = audit(
            server.url, "--token-file", token, "--header", "X-Team: streaming", "--header", "X-Two: a: b"
        ).judged()  # fmt: skip
    for request in server.seen.requests:
        assert request.headers["authorization"] == "Bearer abc.def-ghi"
        assert request.headers["x-team"] == "streaming"
        assert request.headers["x-two"] == "a: b"
    assert "abc.def-ghi" not in outcome.stdout + outcome.stderr


def test_credentials_stay_with_their_host(audit: Run, audit_now: Run, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("hunter2")
    with Cluster.recorded(RECORDING).serve() as other:
        answer = hostile.always(hostile.redirect(other.url + "/config"))
        with hostile.Server(answer) as server:
            outcome = audit_now(server.url, "--token-file", token, "-v")
            assert outcome.code == 3
            assert server.seen.requests[0].headers["authorization"] == "Bearer hunter2"
        assert not other.seen.requests
    assert "hunter2" not in outcome.stdout + outcome.stderr


def test_proxies_of_the_environment_are_not_used(audit: Run) -> None:
    with Cluster.recorded(RECORDING).serve() as server, Cluster.recorded(RECORDING).serve() as proxy:
        audit(server.url, env={"http_proxy": proxy.url, "all_proxy": proxy.url}).judged()
    assert not proxy.seen.requests


def test_history_server(audit: Run) -> None:
    cluster = Cluster.recorded("bare-1.20.5")
    cluster.body("/config")["features"]["web-history"] = True
    # It has no cluster of its own, no metrics, and only jobs that came to an end.
    absent = re.compile(
        r"/overview|/jobs|/(jobmanager|taskmanagers)\b.*|.*/(metrics|backpressure|watermarks|status)\b.*"
    )
    cluster.answers = {path: answer for path, answer in cluster.answers.items() if not absent.fullmatch(path)}
    for job in cluster.body("/jobs/overview")["jobs"]:
        job["state"] = "FINISHED"
        cluster.body(f"/jobs/{job['jid']}")["state"] = "FINISHED"
    with cluster.serve() as server:
        outcome = audit(server.url).judged()
    assert outcome.of("max-parallelism-unset") & {"pass", "fail"}
    assert outcome.of("high-availability-off") <= {"unknown", "not_applicable"}
    assert "HistoryServer" in outcome.stdout + outcome.stderr


def test_application_mode(audit: Run) -> None:
    cluster = Cluster.recorded(RECORDING)
    cluster.body("/config")["features"]["web-submit"] = False
    cluster.keep_jobs("ready-linear")
    cluster.body("/jobmanager/config").append({"key": "execution.target", "value": "kubernetes-application"})
    with cluster.serve() as server:
        outcome = audit(server.url).judged()
    assert outcome.of("rest-submission-open") == {"not_applicable"}


def test_one_hanging_job_delays_only_itself(audit: Run, baseline: Outcome) -> None:
    cluster = Cluster.recorded(RECORDING)
    path = cluster.job("ready-linear")
    for below in [p for p in cluster.answers if p.startswith(path)]:
        cluster.override(below.partition("?")[0], hostile.silence)
    with cluster.serve() as server:
        outcome = audit(server.url, "--timeout", "2s").judged()
    others = {k: v for k, v in baseline.verdicts.items() if k[2] not in (None, "ready-linear")}
    assert {k: v for k, v in outcome.verdicts.items() if k in others} == others
    reasons = {r["reason"] for r in outcome.results if r["subject"]["job_name"] == "ready-linear" and r["reason"]}
    assert any("within 2 s" in reason for reason in reasons), reasons


@pytest.mark.parametrize("recording", ["adaptive-1.13.6", "adaptive-1.20.5", "adaptive-2.3.0", "ready-1.13.6"])
def test_other_releases(audit: Run, recording: str) -> None:
    with Cluster.recorded(recording).serve() as server:
        outcome = audit(server.url).judged()
    assert outcome.report["cluster"]["flink_version"] == recording.partition("-")[2]
    assert outcome.report["score"]["coverage"] > 0.5


def test_minimum_coverage(audit: Run) -> None:
    cluster = Cluster.recorded(RECORDING)
    for name in cluster.jobs:
        cluster.override(cluster.job(name), errors(500, "Internal server error."))
    with cluster.serve() as server:
        outcome = audit(server.url, "--min-coverage", "99")
    assert outcome.code == 3
    assert outcome.report["results"]
    assert "coverage" in outcome.stderr
