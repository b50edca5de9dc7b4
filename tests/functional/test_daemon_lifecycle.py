"""What the daemon makes of clusters and jobs that come, go, fail and come back, and of its own end."""

import copy
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import hostile
import pytest
from hostile import errors
from replay import Cluster

from daemon import Daemon, Start, daemons, eventually

READY, BARE = "ready-1.20.5", "bare-1.20.5"
UNREACHABLE = {"cluster-unreachable": {"for": "1s", "keep_firing_for": "0s"}}
JOB = "ready-linear"
NEW_ID = "0123456789abcdef0123456789abcdef"


def one_job(name: str = JOB) -> Cluster:
    cluster = Cluster.recorded(READY)
    cluster.keep_jobs(name)
    return cluster


def unset_max_parallelism(cluster: Cluster, name: str = JOB) -> None:
    """Makes the job fail `max-parallelism-unset`."""
    job = cluster.body(cluster.job(name))
    job["maxParallelism"] = -1
    for vertex in job["vertices"]:
        vertex["maxParallelism"] = 128


def set_state(cluster: Cluster, name: str, state: str) -> None:
    for job in cluster.body("/jobs/overview")["jobs"]:
        if job["name"] == name:
            job["state"] = state
    cluster.body(cluster.job(name))["state"] = state


def open_findings(daemon: Daemon, **query: Any) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in daemon.findings(state=["pending", "firing"], **query)}


# Clusters


def test_unreachable_pends_fires_and_resolves(daemon: Start) -> None:
    cluster = one_job()
    with cluster.serve() as server:
        d = daemon({"orders": server.url}, checks=UNREACHABLE)
        d.look("orders")
        assert d.finding(check="cluster-unreachable") is None
        jobs_findings = set(open_findings(d))
        assert jobs_findings
        dead = server.port
    d.look("orders")
    pending = d.finding(check="cluster-unreachable")
    assert pending["state"] == "pending"
    assert pending["severity"] == "critical"
    assert pending["job"] is None

    def fires() -> dict[str, Any] | None:
        d.look("orders")
        found = d.finding(check="cluster-unreachable")
        return found if found["state"] == "firing" else None

    firing = eventually("firing", fires)
    assert firing["id"] == pending["id"]
    assert firing["pending_since"] == pending["pending_since"] < firing["firing_since"]
    assert any("refused" in str(evidence["value"]) for evidence in firing["evidence"]), firing["evidence"]
    state = d.cluster("orders")
    assert state["state"] == "down"
    assert f"127.0.0.1:{dead}" in state["error"]
    assert state["failing_since"]
    assert d.metric('flink_auditor_cluster_up{cluster="orders"}') == 0
    # What cannot be seen is neither resolved nor found anew, and the last report stays.
    assert jobs_findings <= set(open_findings(d))
    assert [job["name"] for job in d.report("orders")["jobs"]] == [JOB]

    with cluster.serve() as server:
        d.config["clusters"][0]["url"] = server.url
        d.reload().expect(200)
        eventually("the cluster's return", lambda: d.look("orders")["state"] == "up")
        resolved = d.finding(check="cluster-unreachable")
        assert resolved["state"] == "resolved"
        assert jobs_findings <= set(open_findings(d))
    history = d.get(f"findings/{resolved['id']}")["history"]
    assert [step["to"] for step in history] == ["pending", "firing", "resolved"]
    events = [event["kind"] for event in d.get("clusters/orders/timeline")["events"]]
    assert events.index("cluster_unreachable") < events.index("cluster_reachable") or set(events) >= {
        "cluster_unreachable",
        "cluster_reachable",
    }
    d.stop()


def test_fail_over_is_unknown_at_first(daemon: Start) -> None:
    cluster = one_job()
    election = errors(503, "Service temporarily unavailable due to an ongoing leader election. Please refresh.")
    with cluster.serve() as server:
        d = daemon(
            {"orders": server.url},
            checks={"cluster-unreachable": {"for": "0s", "keep_firing_for": "0s", "options": {"failover_time": "2s"}}},
        )
        d.look("orders")
        before = set(open_findings(d))
        for path in ("/config", "/jobs/overview"):
            cluster.override(path, election)
        began = time.monotonic()
        assert d.look("orders")["state"] == "down"
        if time.monotonic() - began < 2:
            assert d.finding(check="cluster-unreachable") is None
        assert set(open_findings(d)) == before

        def found() -> dict[str, Any] | None:
            d.look("orders")
            return d.finding(check="cluster-unreachable")

        finding = eventually("an end of patience", found)
        assert time.monotonic() - began >= 1.9
        assert "503" in finding["message"]
        cluster.overrides.clear()
        d.look("orders")
        assert d.finding(check="cluster-unreachable")["state"] == "resolved"
        assert set(open_findings(d)) == before


def test_ended_application_is_gone_and_not_unreachable(daemon: Start) -> None:
    cluster = one_job()
    cluster.body("/jobmanager/config").append({"key": "execution.target", "value": "kubernetes-application"})
    with cluster.serve() as server:
        d = daemon({"orders": server.url}, checks={"cluster-unreachable": {"for": "0s"}})
        d.look("orders")
        set_state(cluster, JOB, "FINISHED")
        d.look("orders")
    d.look("orders")
    assert d.finding(check="cluster-unreachable") is None
    assert "cluster_gone" in [event["kind"] for event in d.get("clusters/orders/timeline")["events"]]


# Jobs


def test_job_that_ends(daemon: Start) -> None:
    cluster = one_job()
    unset_max_parallelism(cluster)
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        (job,) = d.jobs()
        assert d.finding(check="max-parallelism-unset", job=job["id"])["state"] == "firing"
        assert d.metric(f'flink_auditor_job_coverage_ratio{{cluster="orders",job="{JOB}"}}') is not None
        set_state(cluster, JOB, "FINISHED")
        d.look("orders")
        (ended,) = d.jobs()
        assert ended["id"] == job["id"]
        assert ended["state"] == "FINISHED"
        assert ended["ended_at"]
        assert d.jobs(live="true") == []
        assert open_findings(d, job=job["id"]) == {}
        finding = d.finding(check="max-parallelism-unset", job=job["id"])
        assert finding["state"] == "resolved"
        last = d.get(f"findings/{finding['id']}")["history"][-1]
        assert last["reason"] == "the job is no longer there"
        timeline = d.timeline(job["id"])
        (end,) = [event for event in timeline["events"] if event["kind"] == "job_ended"]
        assert end["to"] == "FINISHED"
        assert all(verdict["closed_at"] for verdict in timeline["verdicts"])
        assert d.metric(f'flink_auditor_job_coverage_ratio{{cluster="orders",job="{JOB}"}}') is None


def test_redeployment_keeps_the_job(daemon: Start) -> None:
    cluster = one_job()
    unset_max_parallelism(cluster)
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        (job,) = d.jobs()
        finding = d.finding(check="max-parallelism-unset")
        old = job["flink_job_id"]
        cluster.replace_text(old, NEW_ID)
        for vertex in cluster.body(f"/jobs/{NEW_ID}")["vertices"]:
            vertex["parallelism"] += 1
        d.look("orders")
        (now,) = d.jobs()
        assert now["id"] == job["id"]
        assert now["flink_job_id"] == NEW_ID
        assert now["first_seen"] == job["first_seen"]
        assert now["ended_at"] is None
        timeline = d.timeline(job["id"])
        deployments = sorted(timeline["deployments"], key=lambda row: row["seen_at"])
        assert [row["flink_job_id"] for row in deployments] == [old, NEW_ID]
        assert deployments[1]["changed"] == ["JobID", "parallelism"]
        kinds = [event["kind"] for event in timeline["events"]]
        assert kinds.count("job_deployed") == 1
        assert "job_ended" not in kinds
        assert "jobmanager_failed_over" not in kinds
        again = d.finding(check="max-parallelism-unset")
        assert (again["id"], again["state"], again["episodes"]) == (finding["id"], "firing", 1)


def restored(cluster: Cluster) -> None:
    """The job began again from its latest checkpoint, as it does under the next JobManager."""
    checkpoints = cluster.body(f"{cluster.job(JOB)}/checkpoints")
    latest = checkpoints["latest"]["completed"]
    checkpoints["counts"]["restored"] = 1
    checkpoints["latest"]["restored"] = {
        "id": latest["id"],
        "restore_timestamp": latest["trigger_timestamp"] + 60_000,
        "is_savepoint": False,
        "external_path": latest["external_path"],
    }


def test_start_under_the_same_id_is_a_fail_over(daemon: Start) -> None:
    cluster = one_job()
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        (job,) = d.jobs()
        before = open_findings(d)
        cluster.body(cluster.job(JOB))["start-time"] += 60_000
        for row in cluster.body("/jobs/overview")["jobs"]:
            row["start-time"] += 60_000
        restored(cluster)
        d.look("orders")
        assert d.events(job["id"]).count("jobmanager_failed_over") == 1
        assert "job_deployed" not in d.events(job["id"])
        assert len(d.timeline(job["id"])["deployments"]) == 1
        assert open_findings(d) == before
        # A daemon that starts anew does not tell it again.
        d.stop()
        d.start()
        d.look("orders")
        assert d.events(job["id"]).count("jobmanager_failed_over") == 1


def test_fail_over_as_flink_shows_it(daemon: Start) -> None:
    """Nothing answers, then 503, then no jobs, then a job without a plan, then the job under its old id."""
    cluster = one_job()
    unset_max_parallelism(cluster)
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        (job,) = d.jobs()
        before = open_findings(d)
        details = cluster.body(cluster.job(JOB))
        whole, path = copy.deepcopy(details), cluster.job(JOB)
        listed = copy.deepcopy(cluster.body("/jobs/overview")["jobs"])
        cluster.override("/config", hostile.raw(b""))
        cluster.override("/jobs/overview", hostile.raw(b""))
        assert d.look("orders")["state"] == "down"
        cluster.override("/config", errors(503, "leader election"))
        cluster.override("/jobs/overview", errors(503, "leader election"))
        assert d.look("orders")["state"] == "down"
        cluster.overrides.clear()
        cluster.body("/jobs/overview")["jobs"] = []
        assert d.look("orders")["state"] == "up"
        start = whole["start-time"] + 60_000
        cluster.body("/jobs/overview")["jobs"] = [
            row | {"state": "INITIALIZING", "start-time": start} for row in listed
        ]
        details |= {"state": "INITIALIZING", "start-time": start, "vertices": [], "maxParallelism": -1}
        details["plan"] = {"nodes": []}
        d.look("orders")
        cluster.body("/jobs/overview")["jobs"] = [row | {"start-time": start} for row in listed]
        cluster.set(path, whole | {"start-time": start})
        restored(cluster)
        d.look("orders", times=2)
        assert open_findings(d) == before
        kinds = d.events(job["id"])
        assert kinds.count("jobmanager_failed_over") == 1
        assert not {"job_deployed", "job_ended", "job_disappeared", "job_restarted"} & set(kinds)
        assert len(d.timeline(job["id"])["deployments"]) == 1


def test_configuration_change_is_a_deployment(daemon: Start) -> None:
    cluster = one_job()
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        (job,) = d.jobs()
        cluster.replace_text(job["flink_job_id"], NEW_ID)
        cluster.body("/jobmanager/config").append({"key": "state.backend.local-recovery", "value": "true"})
        d.look("orders")
        changed = [row["changed"] for row in d.timeline(job["id"])["deployments"]]
        assert sorted(changed) == [[], ["JobID", "configuration"]]


def test_job_that_vanishes_for_a_while(daemon: Start) -> None:
    """As behind a fail-over: nothing opens, nothing resolves, nothing is told."""
    cluster = one_job()
    unset_max_parallelism(cluster)
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        (job,) = d.jobs()
        before = open_findings(d, job=job["id"])
        assert before
        listed = cluster.body("/jobs/overview")["jobs"]
        cluster.body("/jobs/overview")["jobs"] = []
        d.look("orders", times=3)
        assert open_findings(d, job=job["id"]) == before
        assert d.jobs()[0]["ended_at"] is None
        cluster.body("/jobs/overview")["jobs"] = listed
        d.look("orders")
        assert open_findings(d, job=job["id"]) == before
        assert d.events(job["id"]) == ["job_appeared"]


@pytest.mark.parametrize("status", [404, 500, 503])
def test_job_behind_a_fail_over(daemon: Start, status: int) -> None:
    """A job that is listed and cannot be read is not judged: nothing opens, nothing resolves."""
    cluster = one_job()
    unset_max_parallelism(cluster)
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        before = open_findings(d)
        cluster.override(cluster.job(JOB), errors(status, "Job could not be found."))
        d.look("orders", times=2)
        assert open_findings(d) == before
        assert d.cluster("orders")["state"] == "up"
        assert d.jobs()[0]["ended_at"] is None
        of_job = [row for row in d.report("orders")["results"] if row["subject"]["job_name"] == JOB]
        assert {row["verdict"] for row in of_job} <= {"unknown"}
        if status != 404:
            assert all(str(status) in row["reason"] for row in of_job)
            assert of_job
        cluster.overrides.clear()
        d.look("orders")
        assert open_findings(d) == before


def test_two_jobs_of_one_name(daemon: Start) -> None:
    cluster = Cluster.recorded(READY)
    cluster.keep_jobs("ready-linear", "ready-join")
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        assert d.finding(check="job-name-not-unique") is None
        assert {job["name"] for job in d.jobs()} == {"ready-linear", "ready-join"}
        for row in cluster.body("/jobs/overview")["jobs"]:
            row["name"] = "same"
        for job_id in [row["jid"] for row in cluster.body("/jobs/overview")["jobs"]]:
            cluster.body(f"/jobs/{job_id}")["name"] = "same"
        d.look("orders")
        shared = d.findings(check="job-name-not-unique", state="firing")
        assert shared
        assert {row["severity"] for row in shared} == {"info"}
        assert len([line for line in d.metrics().splitlines() if line.startswith("flink_auditor_job_score")]) == 2


def test_two_jobs_of_one_name_from_the_start(daemon: Start) -> None:
    cluster = Cluster.recorded(READY)
    cluster.keep_jobs("ready-linear", "ready-join")
    ids = set(cluster.jobs.values())
    cluster.replace_text("ready-linear", "same")
    cluster.replace_text("ready-join", "same")
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        jobs = d.jobs()
        assert {job["name"] for job in jobs} == {"same"}
        assert {job["flink_job_id"] for job in jobs} == ids
        assert len({job["id"] for job in jobs}) == 2
        # A redeployment is found by its plan though the name says nothing.
        old = jobs[0]["flink_job_id"]
        cluster.replace_text(old, NEW_ID)
        d.look("orders")
        again = {job["id"]: job["flink_job_id"] for job in d.jobs()}
        assert again == {jobs[0]["id"]: NEW_ID, jobs[1]["id"]: jobs[1]["flink_job_id"]}


def test_checkpoints_stand_in_the_timeline(daemon: Start) -> None:
    with one_job().serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders", times=2)
        (job,) = d.jobs()
        checkpoints = d.timeline(job["id"])["checkpoints"]
    assert checkpoints
    assert len({row["id"] for row in checkpoints}) == len(checkpoints)
    newest = max(checkpoints, key=lambda row: row["id"])
    for phase in ("start_delay_ms", "alignment_ms", "sync_ms", "async_ms", "duration_ms", "state_bytes"):
        assert newest[phase] is not None, phase


# Waivers


def waiver(**more: str) -> dict[str, str]:
    return {"check": "max-parallelism-unset", "reason": "it is small", "owner": "us"} | more


def status_of(d: Daemon, waiver_id: str | None = None) -> dict[str, Any]:
    d.settle()
    rows = d.get("waivers")["waivers"]
    return next(row for row in rows if waiver_id is None or row["id"] == waiver_id)


@pytest.fixture
def unset(daemon: Start) -> Any:
    cluster = one_job()
    unset_max_parallelism(cluster)
    with cluster.serve() as server:
        yield lambda **config: daemon({"orders": server.url}, **config)


def test_waiver_of_the_configuration(unset: Any) -> None:
    d = unset(waivers=[waiver(cluster="ord*", job=JOB), waiver(cluster="other")])
    d.look("orders")
    finding = d.finding(check="max-parallelism-unset")
    assert finding["waiver"]
    assert d.findings(waived="false", check="max-parallelism-unset") == []
    assert d.metric('flink_auditor_waived_findings{cluster="orders"}') == 1
    row = next(r for r in d.report("orders")["results"] if r["check"] == "max-parallelism-unset")
    assert row["verdict"] == "fail"
    assert row["waiver"]
    used = next(w for w in d.get("waivers")["waivers"] if w["id"] == finding["waiver"])
    assert (used["source"], used["owner"]) == ("configuration", "us")
    wanted = {"active", "unused"}
    eventually("the waivers' counts", lambda: {w["status"] for w in d.get("waivers")["waivers"]} == wanted)
    assert [w["cluster"] for w in d.get("waivers", status="unused")["waivers"]] == ["other"]
    assert d.ask("DELETE", f"/api/v1/waivers/{finding['waiver']}").status == 409
    d.config["waivers"] = []
    d.reload().expect(200)
    d.look("orders")
    assert d.finding(check="max-parallelism-unset")["waiver"] is None


def test_waiver_by_the_api(unset: Any) -> None:
    d = unset()
    d.look("orders")
    score = d.cluster("orders")["score"]["value"]
    made = d.post("/api/v1/waivers", waiver()).expect(201).json
    assert made["source"] == "api"
    d.look("orders")
    assert d.finding(check="max-parallelism-unset")["waiver"] == made["id"]
    assert d.cluster("orders")["score"]["value"] > score
    d.stop()
    d.start()  # it outlives the process
    assert status_of(d, made["id"])["reason"] == "it is small"
    d.look("orders")
    assert d.finding(check="max-parallelism-unset")["waiver"] == made["id"]
    assert d.ask("DELETE", f"/api/v1/waivers/{made['id']}").status == 204
    assert d.ask("DELETE", f"/api/v1/waivers/{made['id']}").status == 404
    d.look("orders")
    assert d.finding(check="max-parallelism-unset")["waiver"] is None
    assert d.cluster("orders")["score"]["value"] == score


def test_waiver_that_expires(unset: Any) -> None:
    d = unset()
    until = datetime.now(UTC) + timedelta(seconds=3)
    made = d.post("/api/v1/waivers", waiver(until=until.isoformat(timespec="milliseconds").replace("+00:00", "Z")))
    made_id = made.expect(201).json["id"]
    d.look("orders")
    assert d.finding(check="max-parallelism-unset")["waiver"] == made_id
    eventually("its end", lambda: status_of(d, made_id)["status"] == "expired")
    d.look("orders")
    assert d.finding(check="max-parallelism-unset")["waiver"] is None
    assert d.findings(check="max-parallelism-unset", state="firing")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"check": "x", "reason": "r", "owner": "o"}, "no check"),
        ({"check": "*", "owner": "o"}, "reason"),
        ({"check": "*", "reason": "r"}, "owner"),
        ({"check": "*", "reason": "r", "owner": "o", "until": "2020-01-01T00:00:00Z"}, "over"),
        ({"check": "*", "reason": "r", "owner": "o", "until": "soon"}, "until"),
        ({"check": "*", "reason": "r", "owner": "o", "untill": "2099-01-01T00:00:00Z"}, "untill"),
        ([], "object"),
    ],
)
def test_waivers_that_are_refused(idle: Daemon, body: Any, words: str) -> None:
    answer = idle.post("/api/v1/waivers", body).expect(400)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert words in answer.json["detail"]


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with daemons(tmp_path_factory.mktemp("idle")) as start:
        yield start()


# The daemon's own end


def undated(result: dict[str, Any]) -> dict[str, Any]:
    """A verdict without when it was made: what depends on the time is made in each look, and not stored in each."""
    return result | {"evidence": [row | {"observed_at": None} for row in result["evidence"]]}


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_history_outlives_the_process(daemon: Start, end: str) -> None:
    cluster = Cluster.recorded(BARE)
    with cluster.serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders", times=2)

        def stored_report() -> bool:
            with sqlite3.connect(f"file:{d.database}?mode=ro", uri=True) as connection:
                return connection.execute("SELECT count(*) FROM reports").fetchone()[0] == 1

        eventually("the report's row", stored_report)
        findings, jobs = {row["id"]: row for row in d.findings()}, d.jobs()
        report = d.report("orders")
        timeline = d.timeline(jobs[0]["id"])
        assert len(findings) > 50
        getattr(d, end)()
    assert d.integrity() == "ok"
    # The cluster is unreachable now, and yet all is there at once.
    d.start()
    assert {row["id"]: row for row in d.findings()} == findings
    assert d.jobs() == jobs
    assert d.timeline(jobs[0]["id"]) == timeline
    # The stored report may be an earlier look's: what flows is known from the second one on.
    told, stored = (
        [undated(row) for row in results if row["practice"] not in ("flow", "resources")]
        for results in (report["results"], d.report("orders")["results"])
    )
    assert stored == told
    overview = d.get("overview")
    assert overview["jobs"] == len(report["jobs"])
    assert overview["score"]["value"] == pytest.approx(report["score"]["value"], abs=0.01)
    with cluster.serve() as server:
        d.config["clusters"][0]["url"] = server.url
        d.reload().expect(200)
        d.look("orders")
        assert {key: (row["first_seen"], row["episodes"]) for key, row in open_findings(d).items()} == {
            key: (row["first_seen"], row["episodes"]) for key, row in findings.items() if row["state"] != "resolved"
        }
        assert [job["first_seen"] for job in d.jobs()] == [job["first_seen"] for job in jobs]
        assert len(d.timeline(jobs[0]["id"])["deployments"]) == len(timeline["deployments"])
    d.stop()


def test_stops_while_a_cluster_hangs(daemon: Start) -> None:
    with hostile.Server(hostile.always(hostile.silence)) as server:
        d = daemon({"silent": server.url}, interval="20s", defaults={"request_timeout": "20s"})
        d.post("/api/v1/clusters/silent/audit").expect(202)
        eventually("a request", lambda: server.seen.requests)
        d.stop()
