"""`audit-now gate` and `what-if` on real Flink: what they foretell, and what Flink then does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import Outcome, Run
from flink import lab

SAFE, CANNOT_KNOW, LOSES, FAILS = "safe", "cannot know", "will lose state", "will fail"
EXITS = {SAFE: 0, CANNOT_KNOW: 3, LOSES: 1, FAILS: 1}

# A restored run throws where a key's state is not there.
COMMON = ("--keys", "10", "--rate", "50", "--conf", "execution.checkpointing.interval=500ms")
WITH_STATE = ("--expect-state", "yes")
# The keyed operator alone in its vertex, so that its state is its own.
BASE = ("--shape", "unchained", "--uids", "all", "--par", "2")
RECORDS = 100


@dataclass
class Lab:
    cluster: lab.Cluster
    savepoints: dict[tuple[str, ...], tuple[Path, str]]

    def stopped(self, audit_now: Run, folder: Path, *arguments: str, kind: str = "CANONICAL") -> tuple[Path, str]:
        """A recording of a job that ran with the arguments, and the savepoint that it was stopped with."""
        key = (*arguments, kind)
        if key not in self.savepoints:
            job = self.cluster.submit("StreamJob", "--name", "running", *COMMON, *arguments)
            self.cluster.wait_for_job(job)
            self.wait_for_records(job)
            done = self.cluster.get(f"/jobs/{job}/checkpoints")["counts"]["completed"]
            self.cluster.wait_for_job(job, checkpoints=done + 2)
            recording = folder / f"running-{len(self.savepoints)}.json.gz"
            assert audit_now("record", self.cluster.url, recording).code == 0
            self.savepoints[key] = recording, self.cluster.stop_with_savepoint(job, kind)
        return self.savepoints[key]

    def wait_for_records(self, job: str) -> None:
        def enough() -> bool:
            found = self.cluster.get(f"/jobs/{job}")
            if found["state"] in ("FAILED", "FAILING"):
                raise lab.LabError(f"{job}: {self.cluster.get(f'/jobs/{job}/exceptions')}")
            metrics = [vertex["metrics"] for vertex in found["vertices"]]
            return max(each["read-records"] for each in metrics) >= RECORDS

        lab.wait_for(f"{RECORDS} records in {job}", enough)

    def record_candidate(self, audit_now: Run, folder: Path, *arguments: str) -> Path:
        """A recording of the new version as it runs on a staging cluster, without state of the old one."""
        job = self.cluster.submit("StreamJob", "--name", "candidate", *COMMON, *arguments)
        self.cluster.wait_for_job(job)
        recording = folder / "candidate.json.gz"
        assert audit_now("record", self.cluster.url, recording).code == 0
        self.cluster.cancel(job)
        return recording

    def restore(self, savepoint: str, *arguments: str, drop_unclaimed: bool = False) -> dict[str, Any]:
        """Starts the new version from the savepoint, sees records pass, and gives the job's answer. LabError where it
        does not start, or meets a key without its state."""
        job = self.cluster.submit(
            *("StreamJob", "--name", "restored", *COMMON, *WITH_STATE, *arguments),
            savepoint=savepoint,
            drop_unclaimed=drop_unclaimed,
        )
        try:
            self.cluster.wait_for_job(job)
            self.wait_for_records(job)
            return self.cluster.get(f"/jobs/{job}")
        finally:
            if self.cluster.get(f"/jobs/{job}")["state"] == "RUNNING":
                self.cluster.cancel(job)


@pytest.fixture(scope="module", params=lab.VERSIONS)
def flink(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp(f"gate-{request.param}")
    conf = {
        "restart-strategy.type": "none",
        "metrics.fetcher.update-interval": "250",
        "web.refresh-interval": "250",
        "execution.checkpointing.dir": f"file://{folder}/checkpoints",
    }
    cluster = lab.Cluster(request.param, folder, conf, task_managers=1, slots=12)
    try:
        cluster.start()
        cluster.wait()
        yield Lab(cluster, {})
    finally:
        cluster.stop()


def gate(audit_now: Run, candidate: Path, running: Path, *arguments: str | Path) -> Outcome:
    outcome = audit_now("gate", candidate, "--against", running, "--format", "json", *arguments)
    assert outcome.code == EXITS[outcome.report["verdict"]], outcome.stderr
    return outcome


def rows(outcome: Outcome, topic: str, subject: str = "") -> list[dict[str, Any]]:
    found = [row for row in outcome.report["rows"] if row["topic"] == topic and subject in row["subject"]]
    assert found, outcome.stdout
    return found


@dataclass(frozen=True)
class Case:
    """A change of the job. `topic` is what the worst row is about; `error` is a part of what Flink says."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    verdict: str
    topic: str = "state"
    error: str = ""
    kind: str = "CANONICAL"
    said: tuple[str, ...] = ("--presume-same-names",)


CASES = [
    Case("nothing changes", BASE, BASE, SAFE),
    Case("another parallelism", BASE, (*BASE, "--par", "3"), SAFE),
    Case("max parallelism of the state is taken over", (*BASE, "--job-max-par", "64"), BASE, SAFE),
    Case("max parallelism set as the state has it", BASE, (*BASE, "--job-max-par", "128"), SAFE),
    Case(
        "max parallelism set to another value",
        BASE,
        (*BASE, "--job-max-par", "64"),
        FAILS,
        "max-parallelism",
        "Max parallelism mismatch",
    ),
    Case(
        "more subtasks than key groups",
        (*BASE, "--job-max-par", "3"),
        (*BASE, "--par", "4"),
        FAILS,
        "max-parallelism",
        "maximum parallelism",
    ),
    Case("UIDs are gone", BASE, ("--shape", "unchained", "--uids", "none", "--par", "2"), LOSES, error="Cannot map"),
    Case("the UID is another", BASE, (*BASE, "--uid", "remember=other"), LOSES, error="Cannot map"),
    Case(
        "an automatic id moves with the shape",
        ("--shape", "unchained", "--uids", "none", "--par", "2"),
        ("--shape", "join", "--uids", "none", "--par", "2"),
        LOSES,
        error="Cannot map",
    ),
    Case("chained otherwise", BASE, ("--shape", "linear", "--uids", "all", "--par", "2"), SAFE),
    Case(
        "another backend by a canonical savepoint",
        BASE,
        (*BASE, "--conf", "state.backend.type=rocksdb"),
        SAFE,
    ),
    Case(
        "another backend by a native savepoint",
        (*BASE, "--conf", "state.backend.type=rocksdb"),
        BASE,
        FAILS,
        "state-backend",
        "Exception",
        kind="NATIVE",
        said=("--presume-same-names", "--from", "native-savepoint"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_the_gate_foretells_comes_true(flink: Lab, audit_now: Run, tmp_path: Path, case: Case) -> None:
    running, savepoint = flink.stopped(audit_now, flink.cluster.folder, *case.before, kind=case.kind)
    candidate = flink.record_candidate(audit_now, tmp_path, *case.after)
    outcome = gate(audit_now, candidate, running, *case.said)
    assert outcome.report["verdict"] == case.verdict, outcome.stdout
    if case.verdict == SAFE:
        restored = flink.restore(savepoint, *case.after)
        shown = {vertex["name"]: vertex["maxParallelism"] for vertex in restored["vertices"]}
        of_state = rows(outcome, "max-parallelism", "remember")[0]["evidence"][0]["value"]
        assert next(value for name, value in shown.items() if name.startswith("remember")) == of_state
        return
    assert outcome.report["rows"][0]["topic"] == case.topic
    with pytest.raises(lab.LabError, match=case.error):
        flink.restore(savepoint, *case.after)
    if case.verdict == LOSES:
        lost = [row for row in outcome.report["rows"] if row["verdict"] == LOSES]
        assert any("remember" in row["subject"] and row["state"] > 0 for row in lost)
        # Allowed to drop what nobody claims, the job starts, and throws where it meets a key without its state.
        with pytest.raises(lab.LabError, match="state"):
            flink.restore(savepoint, *case.after, drop_unclaimed=True)


def test_hidden_operators_are_not_presumed_unless_told(flink: Lab, audit_now: Run, tmp_path: Path) -> None:
    running, _ = flink.stopped(audit_now, flink.cluster.folder, *BASE)
    outcome = gate(audit_now, flink.record_candidate(audit_now, tmp_path, *BASE), running)
    assert outcome.report["verdict"] == CANNOT_KNOW
    assert rows(outcome, "state", "numbers-pace")[0]["verdict"] == CANNOT_KNOW
    assert rows(outcome, "state", "remember")[0]["verdict"] == SAFE


def test_a_hash_in_the_code_brings_the_state_back(flink: Lab, audit_now: Run, tmp_path: Path) -> None:
    running, savepoint = flink.stopped(audit_now, flink.cluster.folder, *BASE)
    renamed = (*BASE, "--uid", "remember=other")
    candidate = flink.record_candidate(audit_now, tmp_path, *renamed)
    without = gate(audit_now, candidate, running, "--presume-same-names")
    row = rows(without, "state", "remember")[0]
    assert row["verdict"] == LOSES
    old_id = row["evidence"][0]["value"]
    assert f'.setUidHash("{old_id}")' in row["remedy"]
    code = tmp_path / "Job.java"
    code.write_text(f'stream.process(new Remember()).uid("other").setUidHash("{old_id}");\n')
    told = gate(audit_now, candidate, running, "--presume-same-names", "--uid-words", code)
    assert told.report["verdict"] == SAFE
    flink.restore(savepoint, *renamed, "--uid-hash", f"remember={old_id}")


def test_a_plan_leaves_open_what_it_does_not_show(flink: Lab, audit_now: Run, tmp_path: Path) -> None:
    running, _ = flink.stopped(audit_now, flink.cluster.folder, *BASE)
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(flink.cluster.plan("StreamJob", "--name", "candidate", *COMMON, *BASE)))
    outcome = gate(audit_now, plan, running, "--presume-same-names")
    assert outcome.report["verdict"] == CANNOT_KNOW
    open_rows = {row["topic"] for row in outcome.report["rows"] if row["verdict"] == CANNOT_KNOW}
    assert open_rows == {"max-parallelism", "state-backend"}
    told = ("--presume-same-names", "--state-backend", "hashmap", "--max-parallelism")
    assert gate(audit_now, plan, running, *told, "auto").report["verdict"] == SAFE
    assert gate(audit_now, plan, running, *told, "128").report["verdict"] == SAFE
    assert gate(audit_now, plan, running, *told, "64").report["verdict"] == FAILS
    other = tmp_path / "other.json"
    bare = ("--shape", "unchained", "--uids", "none", "--par", "2")
    other.write_text(json.dumps(flink.cluster.plan("StreamJob", "--name", "candidate", *COMMON, *bare)))
    assert gate(audit_now, other, running, *told, "auto").report["verdict"] == LOSES


def test_what_flink_info_prints_has_no_ids(flink: Lab, audit_now: Run, tmp_path: Path) -> None:
    running, _ = flink.stopped(audit_now, flink.cluster.folder, *BASE)
    printed = tmp_path / "info.txt"
    printed.write_text(flink.cluster.info("StreamJob", "--name", "candidate", *COMMON, *BASE))
    outcome = gate(audit_now, printed, running)
    assert outcome.report["verdict"] == CANNOT_KNOW
    assert "flink info" in outcome.report["rows"][0]["message"]


def test_the_job_that_runs_is_compared_in_place(flink: Lab, audit_now: Run, tmp_path: Path) -> None:
    """Both versions on one cluster, by URL; the report in words."""
    jobs = [
        flink.cluster.submit("StreamJob", "--name", name, *COMMON, *BASE, *more)
        for name, more in (("old", ()), ("new", ("--job-max-par", "64")))
    ]
    for job in jobs:
        flink.cluster.wait_for_job(job, checkpoints=2)
    url = flink.cluster.url
    outcome = audit_now("gate", url, "--against", url, "--job", "old", "--candidate-job", "new")
    for job in jobs:
        flink.cluster.cancel(job)
    assert outcome.code == 1, outcome.stderr
    assert "WILL FAIL max-parallelism of remember" in outcome.stdout
    assert max(len(line) for line in outcome.stdout.splitlines()) <= 80


def test_key_groups_are_those_of_flink(flink: Lab, audit_now: Run) -> None:
    """`what-if` against Flink's own class, for every parallelism of each max parallelism."""
    running, _ = flink.stopped(audit_now, flink.cluster.folder, *BASE)
    largest = [*range(1, 130), 255, 720, 1000, 5040]
    flinks: dict[int, list[list[int]]] = {}
    for line in flink.cluster.run("KeyGroups", *map(str, largest)).splitlines():
        max_parallelism, *rest = map(int, line.split())
        flinks.setdefault(max_parallelism, []).append(rest)
    for max_parallelism in largest:
        outcome = audit_now("what-if", running, "--max-parallelism", max_parallelism, "--format", "json")
        group = outcome.report["groups"][-1]
        assert (group["max_parallelism"], group["proposed"]) == (max_parallelism, True)
        ours = [[row[key] for key in ("parallelism", "fewest", "most", "with_most")] for row in group["choices"]]
        assert ours == flinks[max_parallelism]
        assert [row["parallelism"] for row in group["choices"] if row["even"]] == [
            p for p in range(1, max_parallelism + 1) if max_parallelism % p == 0
        ]


def test_state_lies_where_what_if_says(flink: Lab, audit_now: Run, tmp_path: Path) -> None:
    """The state of each subtask is in proportion to its key groups."""
    keys = 20_000
    arguments = (*BASE, "--keys", str(keys), "--rate", "100000", "--par", "4", "--job-max-par", "10")
    job = flink.cluster.submit("StreamJob", "--name", "spread", "--conf", COMMON[-1], *arguments)
    flink.cluster.wait_for_job(job)

    def state() -> list[int] | None:
        """Of the keyed vertex' subtasks in the latest checkpoint, once every key has its state."""
        latest = flink.cluster.get(f"/jobs/{job}/checkpoints")["latest"]["completed"]
        vertices = flink.cluster.get(f"/jobs/{job}")["vertices"]
        keyed = next(vertex for vertex in vertices if vertex["name"].startswith("remember"))
        if not latest or keyed["metrics"]["read-records"] < 5 * keys:
            return None
        path = f"/jobs/{job}/checkpoints/details/{latest['id']}/subtasks/{keyed['id']}"
        return [subtask["state_size"] for subtask in flink.cluster.get(path)["subtasks"]]

    lab.wait_for("records for all keys", state)
    done = flink.cluster.get(f"/jobs/{job}/checkpoints")["counts"]["completed"]
    flink.cluster.wait_for_job(job, checkpoints=done + 2)
    sizes = state()
    outcome = audit_now("what-if", flink.cluster.url, "--job", "spread", "--format", "json")
    flink.cluster.cancel(job)
    assert sizes is not None
    group = next(group for group in outcome.report["groups"] if group["keyed"])
    choice = group["choices"][4 - 1]
    expected = [3] * choice["with_most"] + [2] * (4 - choice["with_most"])
    assert (choice["most"], choice["fewest"], sum(expected)) == (3, 2, 10)
    assert [round(10 * size / sum(sizes)) for size in sorted(sizes, reverse=True)] == expected
    assert outcome.report["used"] == 4
