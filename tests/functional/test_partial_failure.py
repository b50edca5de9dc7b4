"""One bad answer among good ones: what failed for one job does not stop the others, and nothing is called good or bad
for want of an answer."""

import itertools
import json

import hostile
import pytest
from conftest import Run
from hostile import body, document, errors
from replay import Cluster

SHORT = ("--timeout", "2s")
HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: {hostile.JSON}\r\n".encode()
HTML = body(b"<!DOCTYPE html><html><title>Sign in</title></html>", content_type="text/html")

ONE_BAD = {
    "silence": hostile.silence,
    "closed": hostile.raw(b""),
    "403": body(b"", 403),
    "404": errors(404, "Not found"),
    "redirect": hostile.redirect("/login"),
    "500": errors(500, "Internal server error."),
    "503": errors(503, "Service temporarily unavailable due to an ongoing leader election."),
    "HTML": HTML,
    "another's JSON": document({"status": "UP"}),
    "a list": document([]),
    "a number": document(1),
    "null": document(None),
    "an empty object": document({}),
    "malformed": body(b'{"a": [}'),
    "cut short": hostile.cut(b'{"a": 1', 100),
    "deep": body(b"[" * 100_000 + b"]" * 100_000),
    "bad UTF-8": body(b'{"name": "\xff\xfe\xc3\x28"}'),
    "too large": hostile.raw(HEAD + b"Content-Length: 99999999999\r\n\r\n{"),
}

VICTIM = "ready-linear"

# resource of the victim or the cluster → a check that cannot be judged without it
RESOURCES = {
    "{job}": ("max-parallelism-unset", VICTIM),
    "{job}/checkpoints/config": ("checkpointing-off", VICTIM),
    "{job}/checkpoints": (None, VICTIM),
    "{job}/config": (None, VICTIM),
    "/jobmanager/config": ("high-availability-off", None),
    "/taskmanagers": (None, None),
    "/config": (None, None),
}


def unharmed(verdicts: dict[tuple, str], victim: str | None) -> dict[tuple, str]:
    """The verdicts about other jobs than the victim."""
    return {key: verdict for key, verdict in verdicts.items() if key[2] not in (None, victim)}


@pytest.fixture(scope="module")
def baseline(audit: Run) -> dict[tuple, str]:
    with Cluster.recorded("ready-1.20.5").serve() as server:
        return audit(server.url).judged().verdicts


@pytest.mark.parametrize(("resource", "name"), list(itertools.product(RESOURCES, ONE_BAD)))
def test_one_bad_answer(audit: Run, baseline: dict[tuple, str], resource: str, name: str) -> None:
    cluster = Cluster.recorded("ready-1.20.5")
    check, victim = RESOURCES[resource]
    cluster.override(resource.format(job=cluster.job(VICTIM)), ONE_BAD[name])
    with cluster.serve() as server:
        # Short for silence alone: a good answer may be late on a busy machine.
        outcome = audit(server.url, *(SHORT if name == "silence" else ()))
    if victim is None and outcome.code == 3:
        # No version, no audit: allowed, if it is said.
        outcome.refused(3, server.url, resource)
        assert resource == "/config"
        return
    outcome.judged()
    if victim:
        assert unharmed(outcome.verdicts, victim) == unharmed(baseline, victim)
    # What was not seen is never called good or bad for lack of it.
    for key, verdict in outcome.verdicts.items():
        if verdict in ("pass", "fail") and baseline.get(key) in ("pass", "fail"):
            assert verdict == baseline[key], key
    for result in outcome.results:
        assert result["verdict"] != "unknown" or result["reason"], result
    if check and not (name == "404" and resource == "{job}"):
        assert outcome.of(check, victim) == {"unknown"}


def test_a_job_gone_between_list_and_detail_is_no_error(audit: Run, baseline: dict[tuple, str]) -> None:
    cluster = Cluster.recorded("ready-1.20.5")
    path = cluster.job(VICTIM)
    cluster.forget_below(path)
    cluster.override(path, errors(404, f"Job {path.rpartition('/')[2]} not found"))
    with cluster.serve() as server:
        outcome = audit(server.url).judged()
    assert unharmed(outcome.verdicts, VICTIM) == unharmed(baseline, VICTIM)
    assert "error" not in outcome.stderr.lower()
    about_it = [r for r in outcome.results if r["subject"]["job_name"] == VICTIM]
    assert not [r for r in about_it if r["verdict"] in ("pass", "fail")]
    assert all("gone" in r["reason"] or "not found" in r["reason"] for r in about_it if r["reason"])


def test_all_jobs_gone_leaves_an_audit_of_the_cluster(audit: Run) -> None:
    cluster = Cluster.recorded("ready-1.20.5")
    for name in cluster.jobs:
        cluster.override(cluster.job(name), errors(404, "Job not found"))
    with cluster.serve() as server:
        outcome = audit(server.url).judged()
    assert outcome.of("high-availability-off") == {"pass"}


def test_every_job_failing_is_told(audit: Run) -> None:
    cluster = Cluster.recorded("ready-1.20.5")
    for name in cluster.jobs:
        cluster.override(cluster.job(name), errors(500, "Internal server error."))
    with cluster.serve() as server:
        outcome = audit(server.url)
    assert outcome.of("max-parallelism-unset") == {"unknown"}


# Values of the wrong kind in otherwise good documents

WRONG = {
    "null": None,
    "text": "x",
    "empty text": "",
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "number": 7,
    "negative": -1,
    "2^31": 2**31,
    "2^63": 2**63,
    "2^64": 2**64,
    "fraction": 1.5,
    "1e400": "RAW:1e400",
    "true": True,
    "list": [[]],
    "object": {"x": {}},
    "missing": "MISSING",
    "duplicate": "DUPLICATE",
}


def damaged(value: object, wrong: object) -> str:
    """The document with every leaf (or member) made wrong in the same way."""
    if wrong == "DUPLICATE":
        return doubled(value)
    if wrong == "MISSING":
        return json.dumps(without_leaves(value))
    replaced = json.dumps(with_leaves(value, wrong))
    return replaced.replace('"RAW:1e400"', "1e400")


def with_leaves(value: object, leaf: object) -> object:
    if isinstance(value, dict):
        return {key: with_leaves(member, leaf) for key, member in value.items()}
    if isinstance(value, list):
        return [with_leaves(member, leaf) for member in value]
    return leaf


def without_leaves(value: object) -> object:
    if isinstance(value, dict):
        return {k: without_leaves(v) for k, v in value.items() if isinstance(v, dict | list)}
    if isinstance(value, list):
        return [without_leaves(member) for member in value]
    return value


def doubled(value: object) -> str:
    """JSON text in which every object has each of its keys twice; the second is null."""
    if isinstance(value, dict):
        first = [f"{json.dumps(key)}: {doubled(member)}" for key, member in value.items()]
        return "{" + ", ".join(first + [f"{json.dumps(key)}: null" for key in value]) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(doubled, value)) + "]"
    return json.dumps(value)


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("resource", RESOURCES)
def test_wrong_values(audit: Run, baseline: dict[tuple, str], resource: str, name: str) -> None:
    cluster = Cluster.recorded("ready-1.20.5")
    _, victim = RESOURCES[resource]
    path = resource.format(job=cluster.job(VICTIM))
    cluster.override(path, body(damaged(cluster.body(path), WRONG[name]).encode()))
    with cluster.serve() as server:
        outcome = audit(server.url)
    if victim is None and outcome.code == 3:
        outcome.refused(3, server.url, resource)
        return
    outcome.judged()
    if victim:
        assert unharmed(outcome.verdicts, victim) == unharmed(baseline, victim)


@pytest.mark.parametrize("name", WRONG)
def test_wrong_values_in_the_list_of_jobs(audit: Run, name: str) -> None:
    cluster = Cluster.recorded("ready-1.20.5")
    text = damaged(cluster.body("/jobs/overview"), WRONG[name])
    cluster.override("/jobs/overview", body(text.encode()))
    with cluster.serve() as server:
        outcome = audit(server.url)
    if outcome.code == 3:
        outcome.refused(3, server.url, "/jobs/overview")
    else:
        outcome.judged()


def test_ids_cannot_reach_other_resources(audit: Run) -> None:
    evil = ["../../x", "a/yarn-cancel", "a?x=yarn-cancel", "a#b", "%2e%2e", "a b\r\nX: y", "", ".", "..", "é"]
    cluster = Cluster.recorded("ready-1.20.5")
    overview = cluster.body("/jobs/overview")
    model = overview["jobs"][0]
    overview["jobs"] += [model | {"jid": jid, "name": f"evil {i}"} for i, jid in enumerate(evil)]
    with cluster.serve() as server:
        outcome = audit(server.url)
    outcome.judged()
    for request in server.seen.requests:
        assert request.method == "GET"
        assert not request.target.endswith(("/yarn-cancel", "/yarn-stop")), request.target
        assert "/../" not in request.target
        assert "x=yarn-cancel" not in request.query
        assert "x" not in request.headers
