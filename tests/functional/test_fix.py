"""`audit-now fix` on recorded clusters: each kind of patch has the form of its reader."""

import re
from typing import Any

import pytest
import yaml
from conftest import ROOT, Outcome, Run

RECORDINGS = ROOT / "tests" / "recordings"
CLUSTERS = sorted(path.name for path in RECORDINGS.glob("*.json.gz"))
OLD = RECORDINGS / "bare-1.13.6.json.gz"
NEW = RECORDINGS / "bare-2.3.0.json.gz"

STATEMENT = re.compile(r"SET '[a-z][a-zA-Z0-9.-]*' = '[^']*';")


def fix(audit_now: Run, *arguments: Any) -> Outcome:
    outcome = audit_now("fix", *arguments)
    assert outcome.code == 0, outcome.stderr
    return outcome


def only_comments_are_long(text: str, mark: str) -> None:
    for line in text.splitlines():
        if line.lstrip().startswith(mark):
            assert len(line) <= 80, line
        assert line == line.rstrip()


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_configuration_is_yaml_with_every_key_once(audit_now: Run, cluster: str) -> None:
    outcome = fix(audit_now, RECORDINGS / cluster)
    settings = yaml.safe_load(outcome.stdout) or {}
    assert settings
    keys = re.findall(r"^([a-z][^:]*): ", outcome.stdout, re.MULTILINE)
    assert keys == list(settings), "a key stands once"
    assert not {"pipeline.max-parallelism", "state.backend", "state.backend.type"} & settings.keys()
    incomplete = [key for key, value in settings.items() if "FILL-IN" in str(value)]
    named = outcome.stderr.strip().removeprefix("audit-now: fill in, where it says FILL-IN: ").split(", ")
    assert sorted(filter(None, named)) == sorted(incomplete)
    only_comments_are_long(outcome.stdout, "#")


def test_names_are_those_of_the_release(audit_now: Run) -> None:
    old = yaml.safe_load(fix(audit_now, OLD).stdout)
    new = yaml.safe_load(fix(audit_now, NEW).stdout)
    assert {"high-availability", "state.checkpoints.dir"} <= old.keys()
    assert {"high-availability.type", "execution.checkpointing.dir"} <= new.keys()


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_deployment_has_the_shape_of_its_kind(audit_now: Run, cluster: str) -> None:
    outcome = fix(audit_now, RECORDINGS / cluster, "--for", "flinkdeployment")
    document = yaml.safe_load(outcome.stdout)
    assert document["apiVersion"] == "flink.apache.org/v1beta1"
    assert document["kind"] == "FlinkDeployment"
    assert document["metadata"].keys() == {"name"}
    assert document["spec"].keys() == {"flinkConfiguration"}
    settings = document["spec"]["flinkConfiguration"]
    assert settings
    assert all(isinstance(value, str) for value in settings.values())
    only_comments_are_long(outcome.stdout, "#")


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_sql_is_statements_and_comments(audit_now: Run, cluster: str) -> None:
    outcome = fix(audit_now, RECORDINGS / cluster, "--for", "sql")
    for line in outcome.stdout.splitlines():
        assert not line or line.startswith("-- ") or STATEMENT.fullmatch(line), line
    only_comments_are_long(outcome.stdout, "--")


def test_sql_pins_each_jobs_own_values(audit_now: Run) -> None:
    text = fix(audit_now, NEW, "--for", "sql", "--job", "sql-agg").stdout
    assert "SET 'pipeline.max-parallelism' = '128';" in text
    assert "SET 'state.backend.type' = 'hashmap';" in text
    assert "high-availability" not in "".join(re.findall(r"^SET.*", text, re.MULTILINE))


def test_every_finding_is_answered_or_named(audit_now: Run, audit: Run) -> None:
    found = {row["check"] for row in audit(NEW).results if row["verdict"] == "fail"}
    text = fix(audit_now, NEW).stdout
    assert found
    for check in found:
        assert check in text, check
    unmended = text[text.index("# No setting mends these:") :]
    for check in re.findall(r"^#   ([a-z0-9-]+): ", unmended, re.MULTILINE):
        assert f"audit-now explain {check}" in unmended


def test_a_ready_cluster_gets_no_more_than_it_needs(audit_now: Run) -> None:
    settings = yaml.safe_load(fix(audit_now, RECORDINGS / "ready-2.3.0.json.gz").stdout) or {}
    assert "high-availability.type" not in settings
    assert "execution.checkpointing.interval" not in settings


def test_wrong_use(audit_now: Run) -> None:
    audit_now("fix", OLD, "--for", "config.yaml").refused(2, "1.13.6", "flink-conf.yaml")
    audit_now("fix", NEW, "--for", "flink-conf.yaml").refused(2, "2.3.0", "config.yaml")
    audit_now("fix", NEW, "--for", "helm").refused(2, "helm")
    audit_now("fix", NEW, "--check", "no-such*").refused(2, "no-such*")
