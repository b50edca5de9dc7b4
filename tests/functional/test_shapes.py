"""Shapes that real answers have had: none may crash the audit or mislead it."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Outcome, Run
from hostile import document
from replay import Cluster

RECORDING = "ready-1.20.5"
JOB = "ready-linear"
NEVER_JUDGED = {"unknown", "not_applicable"}

Change = Callable[[Cluster], None]


@pytest.fixture(scope="module")
def baseline(audit: Run) -> Outcome:
    with Cluster.recorded(RECORDING).serve() as server:
        return audit(server.url).judged()


@pytest.fixture
def changed(audit: Run) -> Callable[[Change], Outcome]:
    """Audits the cluster after a change."""

    def run(change: Change) -> Outcome:
        cluster = Cluster.recorded(RECORDING)
        change(cluster)
        with cluster.serve() as server:
            return audit(server.url).judged()

    return run


def fails(outcome: Outcome) -> set[tuple]:
    return {key for key, verdict in outcome.verdicts.items() if verdict == "fail"}


def assert_not_misled(outcome: Outcome, baseline: Outcome) -> None:
    """A good thing is not called bad, nor a bad one good. Unknown is allowed."""
    for key, verdict in outcome.verdicts.items():
        if verdict in ("pass", "fail") and baseline.verdicts.get(key) in ("pass", "fail"):
            assert verdict == baseline.verdicts[key], key


def walk(value: Any, change: Callable[[dict], None]) -> None:
    """Calls `change` on each object, the inner ones first."""
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    for member in list(members):
        walk(member, change)
    if isinstance(value, dict):
        change(value)


# The same facts, written in another way: the same verdicts


def drop_nulls(cluster: Cluster) -> None:
    def drop(item: dict) -> None:
        for key in [key for key, value in item.items() if value is None]:
            del item[key]

    cluster.edit(lambda _, body: walk(body, drop))


def reverse_keys(cluster: Cluster) -> None:
    def turn(item: dict) -> None:
        for key in reversed(list(item)):
            item[key] = item.pop(key)

    cluster.edit(lambda _, body: walk(body, turn))


def add_unknown_fields(cluster: Cluster) -> None:
    cluster.edit(lambda _, body: walk(body, lambda item: item.update({"new-in-9.9": {"deep": [None, {"x": 1}]}})))


def number_of_inputs_as_text(cluster: Cluster) -> None:
    def change(item: dict) -> None:
        if "num" in item:
            item["num"] = str(item["num"])

    cluster.edit(lambda _, body: walk(body, change))


def whole_numbers_as_fractions(cluster: Cluster) -> None:
    def change(item: dict) -> None:
        for key in ("duration", "accumulated-idle-time", "accumulated-backpressured-time"):
            if isinstance(item.get(key), int):
                item[key] = float(item[key])

    cluster.edit(lambda _, body: walk(body, change))


def one_backpressure_spelling(key: str) -> Change:
    def change(cluster: Cluster) -> None:
        cluster.edit(lambda _, body: walk(body, lambda item: item.pop(key, None)))

    return change


@pytest.mark.parametrize(
    "change",
    [
        drop_nulls,
        reverse_keys,
        number_of_inputs_as_text,
        whole_numbers_as_fractions,
        one_backpressure_spelling("backpressure-level"),
        one_backpressure_spelling("backpressureLevel"),
    ],
    ids=["no nulls", "key order", "num as text", "fractions", "backpressureLevel", "backpressure-level"],
)
def test_same_facts_same_verdicts(changed, baseline: Outcome, change: Change) -> None:
    assert changed(change).verdicts == baseline.verdicts


def test_unknown_fields_are_ignored(changed, baseline: Outcome) -> None:
    # User configuration and metric lists are the job's own words, so a new key is news there.
    assert_not_misled(changed(add_unknown_fields), baseline)


def test_sizes_as_objects(changed, baseline: Outcome) -> None:
    def change(cluster: Cluster) -> None:
        def widen(item: dict) -> None:
            for key in ("checkpointed_size", "state_size"):
                if isinstance(item.get(key), int):
                    item[key] = {"min": 0, "max": item[key], "avg": item[key]}

        cluster.edit(lambda path, body: walk(body, widen) if "/checkpoints" in path else None)

    assert_not_misled(changed(change), baseline)


def test_summary_sizes_as_numbers(changed, baseline: Outcome) -> None:
    def change(cluster: Cluster) -> None:
        for name in cluster.jobs:
            summary = cluster.body(f"{cluster.job(name)}/checkpoints")["summary"]
            summary.update(checkpointed_size=12, state_size=12, end_to_end_duration=3)

    assert_not_misled(changed(change), baseline)


def test_nan_for_every_number_of_the_metrics(changed, baseline: Outcome) -> None:
    def change(cluster: Cluster) -> None:
        def blur(item: dict) -> None:
            for name in ("metrics", "summary"):
                if isinstance(item.get(name), dict):
                    walk(item[name], lambda inner: inner.update(
                        {key: "NaN" for key, value in inner.items() if isinstance(value, int | float)}
                    ))  # fmt: skip

        cluster.edit(lambda _, body: walk(body, blur))

    assert_not_misled(changed(change), baseline)


# Ids


@pytest.mark.parametrize("odd", ["job-1", "3a5e9fbf", "00000000-0000-0000-0000-000000000001", "A" * 300])
def test_job_id_that_is_not_32_hex_digits(changed, baseline: Outcome, odd: str) -> None:
    outcome = changed(lambda cluster: cluster.replace_text(cluster.jobs[JOB], odd))
    assert_not_misled(outcome, baseline)
    assert JOB in {job["name"] for job in outcome.report["jobs"]}


@pytest.mark.parametrize("odd", ["v1", "vertex-1.2", "f" * 31])
def test_vertex_id_that_is_not_32_hex_digits(changed, baseline: Outcome, odd: str) -> None:
    def change(cluster: Cluster) -> None:
        cluster.replace_text(cluster.body(cluster.job(JOB))["vertices"][0]["id"], odd)

    outcome = changed(change)
    # An id of another form proves nothing about uids.
    assert not fails(outcome) - fails(baseline)


# Plans


def edit_plan(edit: Callable[[dict], None]) -> Change:
    def change(cluster: Cluster) -> None:
        path = cluster.job(JOB)
        edit(cluster.body(path)["plan"])
        if f"{path}/plan" in cluster.answers:
            edit(cluster.body(f"{path}/plan")["plan"])

    return change


def extra_node(plan: dict) -> None:
    plan["nodes"].append(plan["nodes"][-1] | {"id": "0" * 32, "description": "a ghost"})


def input_from_nowhere(plan: dict) -> None:
    for node in plan["nodes"]:
        for entry in node.get("inputs", []):
            entry["id"] = "e" * 32


def duplicate_ids(plan: dict) -> None:
    plan["nodes"] += [dict(node) for node in plan["nodes"]]


def all_one_id(plan: dict) -> None:
    for node in plan["nodes"]:
        node["id"] = plan["nodes"][0]["id"]


def no_nodes(plan: dict) -> None:
    plan["nodes"] = []


def nothing(plan: dict) -> None:
    plan.clear()


def cycle(plan: dict) -> None:
    for node in plan["nodes"]:
        node["inputs"] = [{"num": 0, "id": node["id"], "ship_strategy": "HASH", "exchange": "pipelined"}]


def nodes_are_null(plan: dict) -> None:
    plan["nodes"] = None


def node_without_id(plan: dict) -> None:
    plan["nodes"][0].pop("id")


@pytest.mark.parametrize(
    "edit",
    [
        extra_node,
        input_from_nowhere,
        duplicate_ids,
        all_one_id,
        no_nodes,
        nothing,
        cycle,
        nodes_are_null,
        node_without_id,
    ],
)
def test_odd_plan(changed, baseline: Outcome, edit: Callable[[dict], None]) -> None:
    outcome = changed(edit_plan(edit))
    assert not fails(outcome) - fails(baseline)
    assert_not_misled(outcome, baseline)


@pytest.mark.parametrize("uids", ["defaults-none", "uids-stateful"])
@pytest.mark.parametrize("edit", [input_from_nowhere, all_one_id, no_nodes, cycle])
def test_an_odd_plan_proves_no_uid_missing(audit: Run, edit: Callable[[dict], None], uids: str) -> None:
    cluster = Cluster.recorded("bare-1.20.5")
    cluster.keep_jobs(uids)
    plain = cluster.answers
    with Cluster(plain).serve() as server:
        before = audit(server.url).judged()
    edit(cluster.body(cluster.job(uids))["plan"])
    with cluster.serve() as server:
        after = audit(server.url).judged()
    check = "operator-uid-missing"
    assert {k for k in fails(after) if k[0] == check} <= {k for k in fails(before) if k[0] == check}


# States


def test_a_job_that_is_not_running_yet(changed, baseline: Outcome) -> None:
    def change(cluster: Cluster) -> None:
        details = cluster.body(cluster.job(JOB))
        details.update(state="INITIALIZING", vertices=[], plan={}, maxParallelism=-1, **{"job-type": None})
        details["status-counts"] = {}
        for job in cluster.body("/jobs/overview")["jobs"]:
            if job["name"] == JOB:
                job["state"] = "INITIALIZING"

    outcome = changed(change)
    about = [r for r in outcome.results if r["subject"]["job_name"] == JOB]
    assert about
    assert {r["verdict"] for r in about} <= NEVER_JUDGED, [r for r in about if r["verdict"] not in NEVER_JUDGED]
    others = {k: v for k, v in baseline.verdicts.items() if k[2] not in (None, JOB)}
    assert {k: v for k, v in outcome.verdicts.items() if k[2] not in (None, JOB)} == others


@pytest.mark.parametrize("state", ["RESTARTING", "FAILING"])
def test_a_job_that_restarts_is_judged(changed, baseline: Outcome, state: str) -> None:
    def change(cluster: Cluster) -> None:
        cluster.body(cluster.job(JOB))["state"] = state
        for job in cluster.body("/jobs/overview")["jobs"]:
            if job["name"] == JOB:
                job["state"] = state

    assert changed(change).of("max-parallelism-unset", JOB) == baseline.of("max-parallelism-unset", JOB)


@pytest.mark.parametrize("state", ["FINISHED", "SCHEDULED", "CREATED", "A_NEW_STATE"])
def test_running_job_with_vertices_in_other_states(changed, baseline: Outcome, state: str) -> None:
    def change(cluster: Cluster) -> None:
        for vertex in cluster.body(cluster.job(JOB))["vertices"]:
            vertex["status"] = state
            vertex["tasks"] = dict.fromkeys(vertex["tasks"], 0) | {state: vertex["parallelism"]}

    outcome = changed(change)
    assert not fails(outcome) - fails(baseline)


@pytest.mark.parametrize("state", ["FINISHED", "CANCELED", "FAILED", "SUSPENDED", "A_NEW_STATE"])
def test_jobs_in_other_states(changed, state: str) -> None:
    def change(cluster: Cluster) -> None:
        for name in cluster.jobs:
            cluster.body(cluster.job(name))["state"] = state
        for job in cluster.body("/jobs/overview")["jobs"]:
            job["state"] = state

    changed(change)


def test_adaptive_batch_parallelism_of_minus_one(changed) -> None:
    def change(cluster: Cluster) -> None:
        details = cluster.body(cluster.job(JOB))
        details["job-type"] = "BATCH"
        details["plan"]["type"] = "BATCH"
        for vertex in details["vertices"]:
            vertex.update(parallelism=-1, maxParallelism=-1)

    outcome = changed(change)
    assert outcome.of("checkpointing-off", JOB) == {"not_applicable"}
    assert "fail" not in outcome.of("max-parallelism-without-headroom", JOB)


# Checkpoints


def edit_checkpoints(edit: Callable[[dict], None]) -> Change:
    return lambda cluster: edit(cluster.body(f"{cluster.job(JOB)}/checkpoints"))


def failed_without_history(document: dict) -> None:
    document["counts"] = {"restored": 0, "total": 23, "in_progress": 0, "completed": 0, "failed": 23}
    document["latest"] = {"completed": None, "savepoint": None, "failed": None, "restored": None}
    document["history"] = []


def savepoint_is_newer(document: dict) -> None:
    document["latest"]["savepoint"] = document["latest"]["completed"] | {
        "id": 10**6,
        "is_savepoint": True,
        "checkpoint_type": "SAVEPOINT",
        "external_path": "hdfs:/savepoints/savepoint-1",
        "trigger_timestamp": document["latest"]["completed"]["trigger_timestamp"] + 60_000,
    }


def not_addressable(document: dict) -> None:
    walk(document, lambda item: item.update(external_path="<checkpoint-not-externally-addressable>")
         if "external_path" in item else None)  # fmt: skip


def no_latest(document: dict) -> None:
    del document["latest"]


def nothing_but_counts(document: dict) -> None:
    for key in [key for key in document if key != "counts"]:
        del document[key]


@pytest.mark.parametrize(
    "edit", [failed_without_history, savepoint_is_newer, not_addressable, no_latest, nothing_but_counts]
)
def test_odd_checkpoints(changed, baseline: Outcome, edit: Callable[[dict], None]) -> None:
    outcome = changed(edit_checkpoints(edit))
    assert not {key for key in fails(outcome) - fails(baseline) if key[0] != "checkpoint-storage-on-jobmanager"}


PATHS = {
    "hdfs:/flink/checkpoints": "pass",
    "hdfs:///flink/checkpoints": "pass",
    "s3://bucket/checkpoints": "pass",
    "oss://bucket/checkpoints": "pass",
    "abfss://c@account.dfs.core.windows.net/x": "pass",
    "gs://bucket/x": "pass",
    "file:///tmp/checkpoints": "fail",
    "file:/tmp/checkpoints": "fail",
}


@pytest.mark.parametrize("path", PATHS)
def test_checkpoint_paths(changed, path: str) -> None:
    def change(cluster: Cluster) -> None:
        for entry in cluster.body("/jobmanager/config"):
            if entry["key"] == "state.checkpoints.dir":
                entry["value"] = path

        def move(item: dict) -> None:
            if item.get("external_path"):
                item["external_path"] = f"{path}/job/chk-{item.get('id', 1)}"

        cluster.edit(lambda where, body: walk(body, move) if "/checkpoints" in where else None)

    outcome = changed(change)
    assert outcome.of("checkpoint-storage-local", JOB) == {PATHS[path]}
    assert outcome.of("checkpoint-storage-on-jobmanager", JOB) == {"pass"}


def test_checkpointing_off_makes_its_checks_not_applicable(audit: Run) -> None:
    cluster = Cluster.recorded("bare-1.20.5")
    cluster.keep_jobs("no-checkpointing")
    with cluster.serve() as server:
        outcome = audit(server.url).judged()
    job = "no-checkpointing"
    assert outcome.of("checkpointing-off", job) == {"fail"}
    for check in [
        "checkpoint-storage-on-jobmanager",
        "checkpoint-storage-local",
        "checkpoints-not-retained",
        "checkpoint-interval-long",
        "checkpoint-failures-tolerated",
        "checkpoint-failure-restarts-job",
        "concurrent-checkpoints",
        "checkpoint-min-pause-unset",
        "heap-state-large",
        "full-checkpoints-of-large-state",
    ]:
        assert outcome.of(check, job) == {"not_applicable"}, check
    assert outcome.of("state-backend-unchosen", job) == {"fail"}


# The cluster's configuration


def set_key(cluster: Cluster, key: str, value: str, *gone: str) -> None:
    entries = cluster.body("/jobmanager/config")
    entries[:] = [entry for entry in entries if entry["key"] not in (key, *gone)]
    entries.append({"key": key, "value": value})


HA_ON = [
    ("high-availability", "zookeeper"),
    ("high-availability", "ZOOKEEPER"),
    ("high-availability", "kubernetes"),
    ("high-availability", "org.apache.flink.kubernetes.highavailability.KubernetesHaServicesFactory"),
    ("high-availability.type", "kubernetes"),
    ("high-availability.type", "org.example.OwnHaServicesFactory"),
    ("recovery.mode", "zookeeper"),
]
HA_OFF = [("high-availability", "NONE"), ("high-availability.type", "none"), ("high-availability.type", "")]


@pytest.mark.parametrize(
    ("key", "value", "verdict"), [(*on, "pass") for on in HA_ON] + [(*off, "fail") for off in HA_OFF]
)
def test_spellings_of_high_availability(changed, key: str, value: str, verdict: str) -> None:
    gone = ("high-availability", "high-availability.type", "recovery.mode")
    outcome = changed(lambda cluster: set_key(cluster, key, value, *gone))
    assert outcome.of("high-availability-off") == {verdict}


def test_masked_harmless_boolean(changed, baseline: Outcome) -> None:
    def change(cluster: Cluster) -> None:
        set_key(cluster, "web.submit.enable", "******")
        set_key(cluster, "security.ssl.rest.enabled", "******")
        set_key(cluster, "state.backend.rocksdb.memory.managed", "******")
        set_key(cluster, "state.backend.incremental", "******")

    outcome = changed(change)
    assert outcome.of("rocksdb-memory-unbounded") <= NEVER_JUDGED
    # What is masked in one place, /config's features tell in another.
    assert outcome.of("rest-submission-open") == baseline.of("rest-submission-open")
    assert not fails(outcome) - fails(baseline)


def test_sixty_user_keys_of_nested_json(changed, baseline: Outcome) -> None:
    def change(cluster: Cluster) -> None:
        nested: Any = "end"
        for level in range(20):
            nested = {f"level {level}": [nested, '"quoted" <b>&amp;</b>']}
        config = cluster.body(f"{cluster.job(JOB)}/config")["execution-config"]
        config["user-config"] = {f"key.{n}": json.dumps(nested) for n in range(60)}

    assert changed(change).verdicts == baseline.verdicts


def test_user_configuration_that_is_not_text(changed, baseline: Outcome) -> None:
    def change(cluster: Cluster) -> None:
        config = cluster.body(f"{cluster.job(JOB)}/config")["execution-config"]
        config["user-config"] = {"object": {"a": [1, {}]}, "number": 7, "null": None}

    assert_not_misled(changed(change), baseline)


@pytest.mark.parametrize("config", [{}, None, [], {"key": "a", "value": "b"}, [{"key": "a"}], [None], [["a", "b"]]])
def test_odd_cluster_configuration(changed, baseline: Outcome, config: object) -> None:
    outcome = changed(lambda cluster: cluster.set("/jobmanager/config", config))
    others = {k: v for k, v in outcome.verdicts.items() if k[0] == "max-parallelism-without-headroom"}
    assert others == {k: v for k, v in baseline.verdicts.items() if k[0] == "max-parallelism-without-headroom"}


def test_two_versions_behind_one_address(audit: Run) -> None:
    cluster = Cluster.recorded(RECORDING)
    old = cluster.body("/config")
    versions = itertools.cycle(["1.20.5", "2.3.0"])
    cluster.override_each("/config", lambda _: document(old | {"flink-version": next(versions)}))
    cluster.body("/overview")["flink-version"] = "2.3.0"
    with cluster.serve() as server:
        outcome = audit(server.url).judged()
    assert outcome.report["cluster"]["flink_version"] in ("1.20.5", "2.3.0")


@pytest.mark.parametrize(
    "version", ["1.18.0-amzn-1", "1.20.0-csa1.14", "1.17-vvr-8.0.9", "3.0-SNAPSHOT", "<unknown>", "DeadBeef"]
)
def test_versions_that_are_not_apaches(changed, version: str) -> None:
    def change(cluster: Cluster) -> None:
        cluster.body("/config")["flink-version"] = version
        cluster.body("/overview")["flink-version"] = version

    assert "fail" not in changed(change).of("flink-version-unsupported")


# Names


def rename(document: Any, old: str, new: str) -> None:
    """Gives the job's name, and what is described by it, another text."""

    def change(item: dict) -> None:
        item.update({key: new for key in ("name", "description") if item.get(key) == old})

    walk(document, change)


NAMES = [
    "订单实时统计-作业",
    "a | b | c",
    "a.b.c",
    'it\'s "quoted" `ticks`',
    "$HOME $(id) ${x}",
    "<script>alert(1)</script>",
    "</td></tr>&amp;<br/>",
    "*bold* _under_ [link](http://x) # head",
    "C:\\path\\n",
    "line\nbreak\ttab",
    "\x1b[31mred\x1b[0m\x07",
    "right\u202eto left",
    "emoji 👩‍👩‍👧‍👦 e\u0301",
    "x" * 500,
    " ",
    "",
    "{0} %s %n {{x}}",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_kind(audit: Run, audit_now: Run, baseline: Outcome, name: str) -> None:
    cluster = Cluster.recorded(RECORDING)
    cluster.edit(lambda _, body: rename(body, JOB, name))
    details = cluster.body(cluster.job(name))
    details["vertices"][0]["name"] = f"Source: {name}"
    details["plan"]["nodes"][-1]["description"] = f"Source: {name}"
    with cluster.serve() as server:
        outcome = audit(server.url).judged()
        assert name in {job["name"] for job in outcome.report["jobs"]}
        assert len(fails(outcome)) == len(fails(baseline))
        for form in ("text", "markdown"):
            written = audit_now(server.url, "--format", form).judged().stdout
            assert "<script>" not in written or form == "text"
            assert "\x1b" not in written
            assert "\x07" not in written
            assert "\u202e" not in written


def test_jobs_of_the_same_name(changed) -> None:
    def change(cluster: Cluster) -> None:
        for name, job_id in cluster.jobs.items():
            for path in ("/jobs/overview", f"/jobs/{job_id}", f"/jobs/{job_id}/config"):
                rename(cluster.body(path), name, "twin")

    outcome = changed(change)
    assert len(outcome.report["jobs"]) == len(Cluster.recorded(RECORDING).jobs)
    assert {job["name"] for job in outcome.report["jobs"]} == {"twin"}
    prints = [r["fingerprint"] for r in outcome.results if r["verdict"] == "fail"]
    assert len(prints) == len(set(prints))


# Clusters without jobs


def test_no_jobs(changed) -> None:
    outcome = changed(lambda cluster: cluster.keep_jobs())
    assert outcome.report["jobs"] == []
    assert outcome.of("high-availability-off") == {"pass"}


def test_no_task_managers(changed) -> None:
    outcome = changed(lambda cluster: cluster.set("/taskmanagers", {"taskmanagers": []}))
    assert outcome.report["cluster"]["task_managers"] == 0
