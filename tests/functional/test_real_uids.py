"""Which operators of real Flink jobs have UIDs: the verdicts on jobs of known truth, and the remedy carried out."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import Outcome, Run
from flink import lab

SHAPES = ("linear", "join", "connect", "fanout", "unchained", "hidden")
STATEFUL = {"numbers", "more-numbers", "numbers-tally", "meet", "remember"}
STATELESS = {"numbers-pace", "more-numbers-pace", "even", "drop-all", "odd", "out", "odd-out"}

# Nobody would guess a UID that begins so.
PREFIX = "9f3-"

CHECK = ("--check", "operator-uid-missing")


def bare(name: str) -> str:
    """The name that the job gave to an operator, without what Flink writes before it."""
    return re.sub(r"^(Source|Sink): ", "", name)


@dataclass(frozen=True)
class Job:
    """A job and the UIDs with which it was started."""

    shape: str
    uids: str
    prefix: str = ""

    @property
    def name(self) -> str:
        return f"{self.shape}-{self.uids}-{'secret' if self.prefix else 'plain'}"

    @property
    def arguments(self) -> tuple[str, ...]:
        what = ("--name", self.name, "--shape", self.shape, "--uids", self.uids, "--uid-prefix", self.prefix)
        return (*what, "--rate", "5")  # their records do not matter, and there are many jobs

    def uid(self, operator: str) -> str | None:
        """The UID of an operator, by its name."""
        name = bare(operator)
        assert name in STATEFUL | STATELESS, name
        group = "stateful" if name in STATEFUL else "stateless"
        return self.prefix + name if self.uids in ("all", group) else None


JOBS = [Job(shape, uids) for shape in SHAPES for uids in ("all", "none", "stateful", "stateless")]
JOBS += [Job(shape, uids, PREFIX) for shape in SHAPES for uids in ("all", "stateful", "stateless")]
BY_NAME = {job.name: job for job in JOBS}

SQL = {"sql-plain": (), "sql-uids": ("table.exec.uid.generation=ALWAYS",)}


@dataclass
class Flink:
    """A cluster on which all jobs run."""

    cluster: lab.Cluster
    # job name → operator → the automatic id, as Flink itself logged it
    automatic: dict[str, dict[str, str]] = field(default_factory=dict)

    def start(self, name: str, *arguments: str, savepoint: str | None = None) -> str:
        """Starts a StreamJob, and notes the ids that Flink generates for it."""
        log = self.cluster.folder / "jobmanager.log"
        seen = log.stat().st_size
        job = self.cluster.submit("StreamJob", "--name", name, *arguments, savepoint=savepoint)
        with log.open(errors="replace") as lines:
            lines.seek(seen)
            found = re.findall(r"Generated hash '([0-9a-f]{32})' for node '(.+)-\d+' \{", lines.read())
        self.automatic[name] = {bare(operator): identifier for identifier, operator in found}
        return job

    def operators(self, job: str) -> dict[str, list[str]]:
        """vertex → the names of its operators, as the plan shows them."""
        nodes = self.cluster.get(f"/jobs/{job}")["plan"]["nodes"]
        return {node["id"]: re.findall(r"(?:[: ]*[+:]- )?(.+?)<br/>", node["description"]) for node in nodes}


@pytest.fixture(scope="module", params=lab.VERSIONS)
def flink(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flink]:
    folder = tmp_path_factory.mktemp(f"flink-{request.param}")
    # A failure is to be seen, and what the tests wait for soon.
    conf = {
        "restart-strategy.type": "none",
        "metrics.fetcher.update-interval": "250",
        "web.refresh-interval": "250",
    }
    cluster = lab.Cluster(request.param, folder, conf, task_managers=2, slots=24)
    try:
        cluster.start()
        cluster.wait()
        yield Flink(cluster)
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def jobs(flink: Flink) -> Flink:
    """The cluster when all jobs whose verdicts are wanted run on it."""
    running = [flink.start(job.name, *job.arguments) for job in JOBS]
    for name, options in SQL.items():
        running.append(flink.cluster.submit("SqlJob", "agg", f"pipeline.name={name}", *options))
    for job in running:
        flink.cluster.wait_for_job(job)
    return flink


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of the UIDs that cannot be guessed, among others."""
    path = tmp_path_factory.mktemp("words") / "uids.txt"
    path.write_text("".join(f"{PREFIX}{name}\n" for name in ("other", *sorted(STATEFUL | STATELESS))))
    return path


@pytest.fixture(scope="module")
def source_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a program has them."""
    path = tmp_path_factory.mktemp("code") / "Job.java"
    calls = "".join(f'            .map(x -> x).uid("{PREFIX}{name}")\n' for name in sorted(STATEFUL | STATELESS))
    path.write_text(
        f"class Job {{\n    void build(DataStream<Long> in) {{\n        in\n{calls}            ;\n    }}\n}}\n"
    )
    return path


# -- the check ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    job: Job
    head: str
    verdict: str
    confidence: str

    @property
    def decided(self) -> bool:
        return self.verdict == "fail" or (self.verdict == "pass" and self.confidence == "certain")

    @property
    def wrong(self) -> bool:
        return self.decided and (self.verdict == "pass") != (self.job.uid(self.head) is not None)


def verdicts(outcome: Outcome) -> list[Verdict]:
    """Of the check, on all vertices of the jobs of known truth."""
    found = []
    for row in outcome.judged().results:
        subject = row["subject"]
        if row["check"] != CHECK[1] or subject["job_name"] not in BY_NAME:
            continue
        head = subject["vertex_name"].split(" -> ")[0]
        found.append(Verdict(BY_NAME[subject["job_name"]], head, row["verdict"], row["confidence"]))
    assert {verdict.job for verdict in found} == set(JOBS)
    return found


def undecided(found: Iterable[Verdict]) -> list[str]:
    return [f"{verdict.job.name}: {verdict.head}" for verdict in found if not verdict.decided]


def wrong(found: Iterable[Verdict]) -> list[str]:
    return [f"{verdict.job.name}: {verdict.head}: {verdict.verdict}" for verdict in found if verdict.wrong]


@pytest.fixture(scope="module")
def guessed(jobs: Flink, audit: Run) -> list[Verdict]:
    return verdicts(audit(jobs.cluster.url, *CHECK))


def test_no_verdict_is_wrong(guessed: list[Verdict]) -> None:
    assert wrong(guessed) == []


def test_uids_that_are_names_leave_nothing_undecided(guessed: list[Verdict]) -> None:
    assert undecided(verdict for verdict in guessed if not verdict.job.prefix) == []


def test_sources_are_decided_whatever_the_uids(guessed: list[Verdict]) -> None:
    assert undecided(verdict for verdict in guessed if verdict.head.startswith("Source: ")) == []


@pytest.mark.parametrize("file", ["words", "source_code"])
def test_words_decide_what_cannot_be_guessed(
    jobs: Flink, audit: Run, file: str, request: pytest.FixtureRequest
) -> None:
    found = verdicts(audit(jobs.cluster.url, *CHECK, "--uid-words", request.getfixturevalue(file)))
    assert wrong(found) == []
    assert undecided(found) == []


def test_sql_is_not_judged(jobs: Flink, audit: Run) -> None:
    outcome = audit(jobs.cluster.url, *CHECK, "--job", "sql-*").judged()
    assert {name: outcome.of(CHECK[1], name) for name in SQL} == {name: {"not_applicable"} for name in SQL}


# -- the list of UIDs --------------------------------------------------------------------------------------------------


# What `uids` says of each job, by name.
Listing = dict[str, dict[str, Any]]


def listed(audit_now: Run, flink: Flink, *arguments: str | Path) -> Listing:
    outcome = audit_now("uids", flink.cluster.url, "--format", "json", *arguments)
    assert outcome.code == 0, outcome.stderr
    assert outcome.report["schema"] == "flink-auditor/uids/1"
    return {job["name"]: job for job in outcome.report["jobs"]}


@pytest.fixture(scope="module")
def listing_by_guesses(jobs: Flink, audit_now: Run) -> Listing:
    return listed(audit_now, jobs)


@pytest.fixture(scope="module")
def listing_by_words(jobs: Flink, audit_now: Run, words: Path) -> Listing:
    return listed(audit_now, jobs, "--uid-words", words)


# Not a fixture of the module with parameters: pytest would start the clusters once more for them.
@pytest.fixture(params=["listing_by_guesses", "listing_by_words"])
def listing(jobs: Flink, request: pytest.FixtureRequest) -> Listing:
    return request.getfixturevalue(request.param)


def operators(listing: Listing) -> Iterator[tuple[Job, dict[str, Any], bool]]:
    """Each operator of the jobs of known truth, and whether it is the first of its vertex."""
    for job in JOBS:
        for vertex in listing[job.name]["vertices"]:
            for number, operator in enumerate(vertex["operators"]):
                yield job, operator, number == 0


def test_uids_lists_the_operators_of_the_plan(jobs: Flink, listing: Listing) -> None:
    assert set(listing) == set(BY_NAME) | set(SQL)
    for job in listing.values():
        shown = {vertex["id"]: [operator["name"] for operator in vertex["operators"]] for vertex in job["vertices"]}
        if job["name"] in BY_NAME:
            assert shown == jobs.operators(job["id"])
        for vertex in job["vertices"]:
            parents = [operator["parent"] for operator in vertex["operators"]]
            assert parents[0] is None
            assert all(parent in range(number) for number, parent in enumerate(parents) if number)
            assert vertex["operators"][0]["id"] == vertex["id"]


def test_uids_says_nothing_wrong(jobs: Flink, listing: Listing) -> None:
    errors = []
    for job, operator, _ in operators(listing):
        uid = job.uid(operator["name"])
        known = jobs.automatic[job.name].get(bare(operator["name"]))
        assert (known is None) == (uid is not None), "the lab's own truth"
        verdict = operator["verdict"]
        if (
            (verdict == "automatic" and (uid is not None or operator["id"] not in (None, known)))
            or (verdict == "explicit" and uid is None)
            or operator["uid"] not in (None, uid)
        ):
            errors.append(f"{job.name}: {operator}")
    assert errors == []


def test_uids_agrees_with_the_check(guessed: list[Verdict], listing_by_guesses: Listing) -> None:
    said = {"automatic": "fail", "explicit": "pass"}
    found = [
        (job.name, operator["name"], said[operator["verdict"]])
        for job, operator, head in operators(listing_by_guesses)
        if head and operator["verdict"] in said
    ]
    assert sorted(found) == sorted(
        (verdict.job.name, verdict.head, verdict.verdict) for verdict in guessed if verdict.decided
    )


def test_uids_finds_the_operators_hidden_behind_a_source(listing: Listing) -> None:
    """Their state can be kept only if their ids are known, and no REST answer shows these."""
    hidden = {"numbers-pace", "more-numbers-pace", "numbers-tally"}
    found = [(job, op) for job, op, _ in operators(listing) if job.uids == "none" and bare(op["name"]) in hidden]
    assert len(found) == 9
    assert [(job.name, op) for job, op in found if op["verdict"] != "automatic" or not op["id"]] == []


def test_uids_has_no_remedy_where_none_is_needed(listing: Listing) -> None:
    assert listing["connect-all-plain"]["remedy"]["operators"] == []


def test_uids_of_sql(listing: Listing) -> None:
    for name in SQL:
        assert listing[name]["note"]
        assert listing[name]["remedy"]["operators"] == []
        found = {op["verdict"] for vertex in listing[name]["vertices"] for op in vertex["operators"]}
        assert found.isdisjoint({"explicit"} if name == "sql-plain" else {"automatic"})


# -- the remedy --------------------------------------------------------------------------------------------------------

# Enough records to have met each key.
KEYS = ("--keys", "10")
RECORDS = 100
CHECKPOINTS = ("--conf", "execution.checkpointing.interval=500ms")
EXPECT_STATE = ("--expect-state", "yes")


def wait_for_records(flink: Flink, job: str) -> None:
    """Until each vertex has met each key."""

    def enough() -> bool:
        found = flink.cluster.get(f"/jobs/{job}")
        assert found["state"] == "RUNNING", flink.cluster.get(f"/jobs/{job}/exceptions")
        metrics = [vertex["metrics"] for vertex in found["vertices"]]
        return all(max(each["read-records"], each["write-records"]) >= RECORDS for each in metrics)

    lab.wait_for(f"{RECORDS} records in {job}", enough)


def assert_restored(flink: Flink, job: str, savepoint: str) -> None:
    """That the job runs, met no key or tally without its state, and takes checkpoints."""
    flink.cluster.wait_for_job(job)
    wait_for_records(flink, job)
    flink.cluster.wait_for_job(job, checkpoints=2)
    latest = flink.cluster.get(f"/jobs/{job}/checkpoints")["latest"]
    assert latest["restored"]["external_path"] == savepoint
    assert latest["completed"]["id"] > latest["restored"]["id"]
    assert latest["completed"]["state_size"] > 0


def arguments(remedy: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The remedy as arguments of the job: the UIDs, and the hashes."""
    uids, hashes = [], []
    for operator in remedy["operators"]:
        name = bare(operator["operator"])
        uids += ["--uid", f"{name}={operator['uid']}"]
        # The lab's sinks are of the old API; one of the new takes CustomSinkOperatorUidHashes instead.
        if operator["uid_hash"] is not None:
            hashes += ["--uid-hash", f"{name}={operator['uid_hash']}"]
    return uids, hashes


@pytest.mark.parametrize("shape", ["linear", "connect", "hidden"])
def test_the_remedy_keeps_the_state(flink: Flink, audit: Run, audit_now: Run, shape: str, tmp_path: Path) -> None:
    name = f"remedy-{shape}"
    common = ("--shape", shape, *KEYS, *CHECKPOINTS)
    job = flink.start(name, *common)
    flink.cluster.wait_for_job(job, checkpoints=1)
    wait_for_records(flink, job)
    remedy = listed(audit_now, flink, "--job", name)[name]["remedy"]
    assert remedy["blockers"] == []
    ids = {bare(operator["operator"]): operator["uid_hash"] for operator in remedy["operators"]}
    sources = {bare(operator) for operator in remedy["keep_automatic"]}
    assert sources == {operator for operator in flink.automatic[name] if operator in ("numbers", "more-numbers")}
    assert set(ids) == set(flink.automatic[name]) - sources
    assert {operator: flink.automatic[name][operator] for operator, known in ids.items() if known} == {
        operator: known for operator, known in ids.items() if known
    }
    uids, hashes = arguments(remedy)

    savepoint = flink.cluster.stop_with_savepoint(job)
    with pytest.raises(lab.LabError, match="Cannot map checkpoint/savepoint state for operator"):
        flink.start(name, *common, *uids, savepoint=savepoint)

    job = flink.start(name, *common, *EXPECT_STATE, *uids, *hashes, savepoint=savepoint)
    assert_restored(flink, job, savepoint)
    chosen = tmp_path / "uids.txt"
    chosen.write_text("".join(f"{operator['uid']}\n" for operator in remedy["operators"]))
    outcome = audit(flink.cluster.url, *CHECK, "--job", name, "--uid-words", chosen).judged()
    for row in outcome.results:
        source = row["subject"]["vertex_name"].startswith("Source: ")
        assert (row["verdict"], row["confidence"]) == ("fail" if source else "pass", "certain")

    savepoint = flink.cluster.stop_with_savepoint(job)
    job = flink.start(name, *common, *EXPECT_STATE, *uids, savepoint=savepoint)
    assert_restored(flink, job, savepoint)


def test_a_hash_does_not_bring_back_the_enumerator_of_a_source(flink: Flink) -> None:
    """By the hash Flink restores the readers of a source, but its enumerator by the operator's own id only; a new
    enumerator deals out again what the readers have had. What the advice says of sources rests on this."""
    common = ("--shape", "hidden", *KEYS, *CHECKPOINTS, "--last", "50000")
    job = flink.start("enumerator", *common)
    flink.cluster.wait_for_job(job)
    wait_for_records(flink, job)
    ids = flink.automatic["enumerator"]
    savepoint = flink.cluster.stop_with_savepoint(job)

    def restart(name: str, renamed: Iterable[str]) -> str:
        uids = [part for operator in renamed for part in ("--uid", f"{operator}=my-{operator}")]
        hashes = [part for operator in renamed for part in ("--uid-hash", f"{operator}={ids[operator]}")]
        rest = ("--rate", "1000000")  # what is left of the numbers, at once
        return flink.start(name, *common, *EXPECT_STATE, *rest, *uids, *hashes, savepoint=savepoint)

    left_alone = restart("enumerator-of-old", ids.keys() - {"numbers"})
    renamed = restart("enumerator-anew", ids)
    assert flink.cluster.wait_for_end(left_alone) == "FINISHED"
    assert flink.cluster.wait_for_end(renamed) == "FAILED"
    assert "the source began anew" in str(flink.cluster.get(f"/jobs/{renamed}/exceptions"))
