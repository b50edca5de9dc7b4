"""The configuration's schema, its example and the program agree."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from conftest import Run

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config" / "flink-auditd.yaml"
SCHEMA = json.loads((ROOT / "config" / "flink-auditd.schema.json").read_text())


class Loader(yaml.SafeLoader):
    """Times stay texts and `yes` is no truth, as in YAML 1.2's core schema and in editors."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|false"), list("tf"))


def load(text: str) -> Any:
    return yaml.load(text, Loader)  # noqa: S506: a safe loader


def brought_in(text: str) -> str:
    """The example with its "#name: value" brought in."""
    return re.sub(r"(?m)^( *)#([^ #].*)$", r"\1\2", text)


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return jsonschema.Draft202012Validator(SCHEMA)


def test_the_example_fits(validator: jsonschema.Draft202012Validator, audit_now: Run, tmp_path: Path) -> None:
    text = EXAMPLE.read_text()
    validator.validate(load(text))
    assert audit_now("--check-config", "--config", EXAMPLE).code == 0
    full = load(brought_in(text))
    assert full["clusters"][0]["interval"] == "30s"
    validator.validate(full)
    file = tmp_path / "full.yaml"
    file.write_text(brought_in(text))
    assert audit_now("--check-config", "--config", file).code == 0


def test_the_defaults_in_the_schema_fit_it() -> None:
    seen = 0

    def walk(schema: dict[str, Any]) -> None:
        nonlocal seen
        if "default" in schema:
            seen += 1
            jsonschema.Draft202012Validator({**schema, "$defs": SCHEMA["$defs"]}).validate(schema["default"])
        for child in [*schema.get("properties", {}).values(), schema.get("items")]:
            if isinstance(child, dict):
                walk(child)

    walk(SCHEMA)
    assert seen > 100


GOOD = [
    "",
    "clusters:\n",
    "clusters: [{url: http://a}]",
    "clusters: [{url: a, labels: {n: 5, b: true}, auth: {}, tls: {}}]",
    "defaults: {interval: 1h30m, max_body: 1048576}",
    "defaults: {auth: {basic: {user: u, password: p}}}",
    "defaults: {auth: {bearer_token: a, basic: }}",
    "file_sd: [{files: [a.yaml]}]",
    "checks: {checkpoint-interval-long: {severity: low, for: 0, options: {longest: 5 min}}}",
    "waivers: [{job: j, reason: r, owner: o, until: 2027-01-01}]",
    'web: {threads: "${AUDITOR_TEST_UNSET}", protect_reads: "${AUDITOR_TEST_UNSET}"}',
]
BAD = [
    "- a",
    "cluster: []",
    "clusters: {}",
    "clusters: [{name: a}]",
    "clusters: [{url: a, lables: {}}]",
    "defaults: {interval: soon}",
    "defaults: {requests_in_flight: 0}",
    "defaults: {auth: {bearer_token: a, bearer_token_file: b}}",
    "defaults: {auth: {bearer_token: a, basic: {user: u, password: p}}}",
    "file_sd: [{files: []}]",
    "checks: {no-such-check: {}}",
    "checks: {checkpoint-interval-long: {options: {shortest: 1s}}}",
    "waivers: [{job: j, owner: o}]",
    "web: {protect_reads: yes}",
    "log: {level: all}",
]


@pytest.mark.parametrize("text", GOOD)
def test_what_both_take(validator: jsonschema.Draft202012Validator, audit_now: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text)
    outcome = audit_now("--check-config", "--config", file)
    assert outcome.code == 0, outcome.stderr
    validator.validate(load(text) or {})


@pytest.mark.parametrize("text", BAD)
def test_what_both_refuse(
    validator: jsonschema.Draft202012Validator, audit_now: Run, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text)
    audit_now("--check-config", "--config", file).refused(2, f"{file}:1:")
    assert not validator.is_valid(load(text))
