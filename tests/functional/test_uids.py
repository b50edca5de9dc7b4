"""`audit-now uids` and `--uid-words`, on recorded clusters; test_real_uids.py has the real ones."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Run

RECORDING = ROOT / "tests" / "recordings" / "bare-1.20.5.json.gz"


def jobs(audit_now: Run, *arguments: str | Path) -> dict[str, Any]:
    outcome = audit_now("uids", RECORDING, "--format", "json", *arguments)
    assert outcome.code == 0, outcome.stderr
    document = json.loads(outcome.stdout)
    assert document["schema"] == "flink-auditor/uids/1"
    return {job["name"]: job for job in document["jobs"]}


def test_text_fits_the_terminal(audit_now: Run) -> None:
    outcome = audit_now("uids", RECORDING)
    assert outcome.code == 0
    assert "Job fanout-none" in outcome.stdout
    assert '.uid("numbers-pace").setUidHash("7df19f87deec5680128845fd9a6ca18d")' in outcome.stdout
    for line in outcome.stdout.splitlines():
        assert len(line) <= 83 if "setUidHash" in line else len(line) <= 80, line
        assert line == line.rstrip()


def test_job_narrows(audit_now: Run) -> None:
    assert set(jobs(audit_now, "--job", "fanout-*", "--job", "sql-a*")) == {"fanout-none", "sql-agg"}
    audit_now("uids", RECORDING, "--job", "nothing").refused(2, "--job nothing")


def test_chained_operators_are_listed_with_their_parents(audit_now: Run) -> None:
    job = jobs(audit_now, "--job", "fanout-none")["fanout-none"]
    assert job["note"] is None
    by_head = {vertex["operators"][0]["name"]: vertex for vertex in job["vertices"]}
    operators = by_head["remember"]["operators"]
    assert [(op["name"], op["parent"]) for op in operators] == [
        ("remember", None),
        ("even", 0),
        ("drop-all", 1),
        ("Sink: out", 2),
    ]
    assert operators[0]["proof"] == "auto(position 2, 1 chained output, input 7df19f87…)"
    assert operators[1]["id"] is None, "no vertex follows from it"
    assert operators[1]["id_without_uid"] == "e5ebb093256018a0621f548fbe118f8a"
    assert by_head["remember"]["state_size"] > 0


def without_names(recording: dict[str, Any]) -> dict[str, Any]:
    """The same jobs, with operators whose names tell nothing of their UIDs."""
    name = re.compile(r"(more-)?numbers(-pace)?|remember|even|drop-all|out")
    for answer in recording["answers"].values():
        if isinstance(answer["body"], dict) and {"plan", "vertices"} <= answer["body"].keys():
            for vertex in answer["body"]["vertices"]:
                vertex["name"] = name.sub("step", vertex["name"])
            for node in answer["body"]["plan"]["nodes"]:
                node["description"] = name.sub("step", node["description"])
    return recording


def test_words_from_source_files_decide(audit: Run, tmp_path: Path) -> None:
    recorded = gzip.decompress((ROOT / "tests" / "recordings" / "ready-1.20.5.json.gz").read_bytes())
    recording = tmp_path / "nameless.json"
    recording.write_text(json.dumps(without_names(json.loads(recorded))))

    def found(*arguments: str | Path) -> list[tuple[str, str]]:
        narrow = ("--check", "operator-uid-missing", "--job", "ready-linear")
        return sorted((row["verdict"], row["confidence"]) for row in audit(recording, *narrow, *arguments).results)

    # A source is decided by its id alone; behind it is a chained operator, whose UID nobody knows.
    assert found() == [("pass", "certain"), ("pass", "likely")]
    source = tmp_path / "Job.java"
    source.write_text('stream.process(new Remember()).name("x").uid("remember"); // don\'t change the uid\n')
    assert found("--uid-words", source) == [("pass", "certain"), ("pass", "certain")]
    words = tmp_path / "uids.txt"
    words.write_text("# of the lab\nnumbers\n  remember  \n")
    assert found("--uid-words", source, "--uid-words", words) == [("pass", "certain"), ("pass", "certain")]
    words.write_text("forgotten\n")
    assert found("--uid-words", words) == [("pass", "certain"), ("pass", "likely")]


@pytest.mark.parametrize("command", [(), ("uids",)])
def test_words_that_cannot_be_read(audit_now: Run, command: tuple[str, ...], tmp_path: Path) -> None:
    audit_now(*command, RECORDING, "--uid-words", tmp_path / "none.txt").refused(2, "--uid-words", "none.txt")
    many = tmp_path / "many.txt"
    many.write_text("".join(f"{number}\n" for number in range(200_001)))
    audit_now(*command, RECORDING, "--uid-words", many).refused(2, "many.txt", "200000 words")


def test_wrong_use(audit_now: Run) -> None:
    audit_now("uids").refused(2, "TARGET")
    audit_now("uids", RECORDING, "--format", "markdown").refused(2, "markdown")
    audit_now("uids", "nowhere.json").refused(2, "nowhere.json")
    audit_now("uid").refused(2, "did you mean the command uids?")
