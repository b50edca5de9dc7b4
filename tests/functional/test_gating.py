"""What decides the exit code: posture, the baseline, waivers."""

import json
from pathlib import Path

import pytest
from conftest import Run
from replay import RECORDINGS, Cluster

SICK = RECORDINGS / "sick-1.20.5.json.gz"
BARE = RECORDINGS / "bare-1.20.5.json.gz"
READY = RECORDINGS / "ready-1.20.5.json.gz"


@pytest.fixture
def waivers(tmp_path: Path) -> Path:
    """A file with one waiver of what bare-1.20.5 lacks."""
    file = tmp_path / "waivers.yaml"
    file.write_text("waivers:\n  - check: high-availability-off\n    reason: a test cluster\n    owner: ops\n")
    return file


def ha_off(cluster: Cluster) -> None:
    """A cluster that was ready loses its high availability."""
    entries = cluster.body("/jobmanager/config")
    entries[:] = [entry for entry in entries if not entry["key"].startswith("high-availability")]


# Posture alone


def test_health_does_not_fail_an_audit_unless_live(audit: Run, audit_now: Run) -> None:
    report = audit(SICK).report
    health = {practice["id"] for practice in report["practices"] if practice["kind"] == "health"}
    severe = {
        result["check"]
        for result in report["results"]
        if result["verdict"] == "fail" and result["practice"] in health and result["severity"] in ("high", "critical")
    }
    assert severe
    only = [argument for check in sorted(severe) for argument in ("--check", check)]
    text = audit_now(SICK, *only)
    assert text.code == 0
    assert "Not counted for the exit code: health (2 critical, 5 high; --live counts it)." in text.stdout
    assert all(check in text.stdout for check in severe)  # shown all the same
    live = audit_now(SICK, *only, "--live")
    assert live.code == 1
    assert "Not counted" not in live.stdout


def test_posture_fails_with_and_without_live(audit_now: Run) -> None:
    for arguments in ((), ("--live",)):
        assert audit_now(BARE, *arguments).code == 1
    assert audit_now(BARE, "--fail-on", "never").code == 0
    assert "Not counted" not in audit_now(SICK, "--fail-on", "never").stdout


# A baseline


def test_the_first_run_writes_the_baseline_and_is_green(audit_now: Run, audit: Run, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    first = audit_now(BARE, "--baseline", baseline)
    assert first.code == 0
    assert "wrote" in first.stderr
    assert "102 findings" in first.stderr
    assert str(baseline) in first.stderr
    assert json.loads(baseline.read_text()) == audit(BARE).report
    second = audit_now(BARE, "--baseline", baseline)
    assert second.code == 0
    assert not second.stderr
    assert "0 new, 102 known, 0 fixed" in second.stdout
    assert "what the baseline has" in second.stdout


def test_only_what_is_new_counts(audit_now: Run, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    cluster = Cluster.recorded("ready-1.20.5")
    with cluster.serve() as server:
        assert audit_now(server.url, "--baseline", baseline, "--fail-on", "info").code == 0
    kept = baseline.read_bytes()
    ha_off(cluster)
    for number, job in enumerate(cluster.jobs.values()):  # all redeployed
        cluster.replace_text(job, f"{number:032x}")
    with cluster.serve() as server:  # at another port, so another cluster by its name
        worse = audit_now(server.url, "--baseline", baseline, "--fail-on", "info")
        markdown = audit_now(server.url, "--baseline", baseline, "--format", "markdown")
    assert worse.code == 1
    assert "New: critical high-availability-off, cluster" in worse.stdout
    assert "1 new" in worse.stdout
    assert "Fixed: low high-availability-storage-local, cluster" in worse.stdout
    assert "- **new**: critical high-availability-off, cluster" in markdown.stdout
    assert "- fixed: low high-availability-storage-local, cluster" in markdown.stdout
    assert baseline.read_bytes() == kept


def test_a_narrowed_audit_calls_nothing_fixed(audit_now: Run, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    audit_now(BARE, "--baseline", baseline)
    for narrow in (("--check", "max-parallelism-*"), ("--job", "sql-*")):
        assert ", 0 fixed" in audit_now(BARE, "--baseline", baseline, *narrow).stdout, narrow


@pytest.mark.parametrize(
    ("content", "words"),
    [("{", ["not a report"]), ('{"schema": "flink-auditor/diff/1"}', ["not a report"]), ("", ["not a report"])],
)
def test_a_wrong_baseline_is_named(audit_now: Run, tmp_path: Path, content: str, words: list[str]) -> None:
    baseline = tmp_path / "baseline.json"
    baseline.write_text(content)
    audit_now(BARE, "--baseline", baseline).refused(2, "--baseline", str(baseline), "--format json", *words)
    assert baseline.read_text() == content


def test_a_baseline_that_cannot_be_read_or_written_is_named(audit_now: Run, tmp_path: Path) -> None:
    audit_now(BARE, "--baseline", tmp_path).refused(2, "--baseline", str(tmp_path))
    audit_now(BARE, "--baseline", tmp_path / "no" / "b.json").refused(2, "--baseline", "no folder")


def test_no_baseline_is_made_of_an_audit_that_saw_too_little(audit_now: Run, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    outcome = audit_now(SICK, "--baseline", baseline, "--min-coverage", "100")
    assert outcome.code == 3
    assert not baseline.exists()


# Waivers


def test_waivers_of_a_file_accept_findings(audit: Run, waivers: Path) -> None:
    only = ("--check", "high-availability-off")
    assert audit(BARE, *only).code == 1
    outcome = audit(BARE, *only, "--waivers", waivers)
    assert outcome.code == 0
    assert not outcome.stderr
    assert [result["waiver"]["reason"] for result in outcome.results] == ["a test cluster"]


def test_waivers_of_a_whole_configuration_and_no_more_of_it(audit: Run, tmp_path: Path) -> None:
    file = tmp_path / "flink-auditd.yaml"
    file.write_text(
        "clusters:\n  - {name: one, url: 'http://host:8081'}\n"
        "checks:\n  high-availability-off: {severity: low}\n"
        "waivers:\n  - {check: max-parallelism-unset, reason: later, owner: ops}\n"
    )
    outcome = audit(BARE, "--waivers", file)
    assert {result["severity"] for result in outcome.results if result["check"] == "high-availability-off"} == {
        "critical"
    }
    waived = [result for result in outcome.results if result["waiver"]]
    assert {result["check"] for result in waived} == {"max-parallelism-unset"}
    # --config takes the severity, too, and the two lists add up.
    both = audit(BARE, "--config", file, "--waivers", file)
    assert {result["severity"] for result in both.results if result["check"] == "high-availability-off"} == {"low"}


def test_no_waivers(audit: Run, waivers: Path) -> None:
    only = ("--check", "high-availability-off", "--config", waivers)
    assert audit(BARE, *only).code == 0
    strict = audit(BARE, *only, "--no-waivers")
    assert strict.code == 1
    assert [result["waiver"] for result in strict.results] == [None]


def test_expired_and_unused_waivers_are_named(audit_now: Run, tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(
        "waivers:\n"
        "  - {check: high-availability-off, reason: until the new quorum, owner: ops, until: 2026-11-01}\n"
        "  - {check: max-parallelism-unset, job: no-such-job, reason: it is small, owner: ops}\n"
        "  - {check: max-parallelism-unset, job: defaults-none, reason: it is small, owner: ops}\n"
        "  - {check: '*', cluster: elsewhere, reason: of another cluster, owner: ops}\n"
    )
    outcome = audit_now(BARE, "--waivers", file)
    assert outcome.code == 1
    expired, unused = outcome.stderr.splitlines()
    for words, line in (
        (["high-availability-off", "ops", "until the new quorum", "expired at 2026-11-02T00:00:00"], expired),
        (["max-parallelism-unset", "no-such-job", "no finding"], unused),
    ):
        assert all(word in line for word in words), line
    assert not audit_now(BARE, "--waivers", file, "-q").stderr
    narrowed = audit_now(BARE, "--waivers", file, "--job", "sql-*")
    assert "no finding" not in narrowed.stderr
    assert "expired" in narrowed.stderr


def test_wrong_waivers(audit_now: Run, tmp_path: Path, waivers: Path) -> None:
    empty = tmp_path / "empty.yaml"
    empty.write_text("checks: {}\n")
    audit_now(BARE, "--waivers", empty).refused(2, "--waivers", str(empty), "none in it")
    audit_now(BARE, "--waivers", tmp_path / "gone.yaml").refused(2, "--waivers", "gone.yaml")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("waivers:\n  - {chek: '*', reason: no, owner: ops}\n")
    audit_now(BARE, "--waivers", wrong).refused(2, "wrong.yaml:2", "chek", "check")
    audit_now(BARE, "--waivers", waivers, "--no-waivers").refused(2, "--waivers", "--no-waivers")
    audit_now("--server", "http://127.0.0.1:1", "one", "--waivers", waivers).refused(2, "--server", "--waivers")
