"""Manual pages and completions: printed by the programs, of the options that --help has."""

import re
import subprocess
from collections.abc import Callable

import pytest
from conftest import AUDIT_NOW, Outcome, Run, execute

from daemon import auditd

PROGRAMS: dict[str, Callable[..., Outcome]] = {"audit-now": execute, "flink-auditd": auditd}
SHELLS = ("bash", "zsh", "fish")


def commands() -> list[str]:
    """Those that --help names."""
    return re.findall(r"(?m)^  audit-now ([a-z-]+) ", execute("--help").stdout)


def options(help_text: str) -> set[str]:
    """The long ones at the beginning of a line of --help."""
    return set(re.findall(r"(?m)^  (?:-\w,)?(--[a-z-]+)", help_text))


def test_the_manual_has_every_command_and_option(audit_now: Run) -> None:
    page = audit_now("--generate", "man").stdout.replace("\\-", "-")
    assert page.startswith(".TH AUDIT-NOW 1 ")
    assert len(commands()) >= 9
    for command in ("", *commands()):
        section = page.split(f".SS audit-now {command}\n")[1] if command else page.split(".SH COMMANDS")[0]
        section = section.split(".SS ")[0]
        said = options(audit_now(*([command] if command else []), "--help").stdout)
        assert said
        assert said <= set(re.findall(r"--[a-z-]+", section)), command


def test_the_daemons_manual() -> None:
    page = auditd("--generate", "man").stdout.replace("\\-", "-")
    assert page.startswith(".TH FLINK-AUDITD 8 ")
    assert options(auditd("--help").stdout) <= set(re.findall(r"--[a-z-]+", page))
    assert ".SS flink-auditd backup" in page


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_page_is_the_same_each_time(program: str) -> None:
    first, second = (PROGRAMS[program]("--generate", "man").stdout for _ in range(2))
    assert first == second


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_completions_know_the_options(program: str, shell: str) -> None:
    outcome = PROGRAMS[program]("--generate", shell)
    assert outcome.code == 0
    for option in options(PROGRAMS[program]("--help").stdout):
        assert option.removeprefix("--") in outcome.stdout, option


def test_other_kinds_are_refused(audit_now: Run) -> None:
    audit_now("--generate", "csh").refused(2, "man, bash, zsh or fish")
    assert auditd("--generate", "csh").code == 2


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["audit-now", "ga"], {"gate"}),
        (["audit-now", "--fail"], {"--fail-on"}),
        (["audit-now", "http://host:8081", "--fail-on", "c"], {"critical"}),
        (["audit-now", "gate", "--from", ""], {"savepoint", "native-savepoint", "checkpoint"}),
        (["audit-now", "uids", "--uid-w"], {"--uid-words"}),
        (["audit-now", "record", "--format"], set()),
        (["flink-auditd", "--check"], {"--check-config"}),
        (["flink-auditd", "ba"], {"backup"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bash_completes(typed: list[str], offered: set[str], tmp_path) -> None:
    """In a real bash, as its readline calls the function."""
    program = AUDIT_NOW.with_name(typed[0])
    function = "_" + typed[0].replace("-", "_")
    script = f"""
        source <('{program}' --generate bash)
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        {function}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "-c", script, "bash", *typed], capture_output=True, text=True, cwd=tmp_path, timeout=30, check=True
    )
    assert done.stderr == ""
    assert set(done.stdout.split()) == offered
