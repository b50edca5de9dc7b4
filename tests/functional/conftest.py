"""What the functional tests share: the program, its outcome, certificates."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import certificates
import pytest

pytest.register_assert_rewrite("browsing")

ROOT = Path(__file__).resolve().parents[2]
AUDIT_NOW = Path(os.environ.get("AUDITOR_BIN") or ROOT / "build" / "release" / "bin" / "audit-now")

# Never inherited: they would change what the program does or how it writes.
UNWANTED = re.compile(r"(?i)(https?|all|no)_proxy|NO_COLOR|CLICOLOR.*|SSL_CERT_.*|AUDITOR_.*|FLINK.*")

URL = re.compile(r"https?://|[\w.\[\]-]+:\d+(/|$)")


@dataclass(frozen=True)
class Outcome:
    """What a run of the program came to."""

    code: int
    stdout: str
    stderr: str

    @cached_property
    def report(self) -> dict[str, Any]:
        assert self.stdout, f"no report; exit {self.code}: {self.stderr}"
        return json.loads(self.stdout)

    @property
    def results(self) -> list[dict[str, Any]]:
        return self.report["results"]

    @property
    def verdicts(self) -> dict[tuple, str]:
        """(check, kind, job name, vertex name, ordinal among equals) → verdict."""
        found: dict[tuple, str] = {}
        for result in self.results:
            subject = result["subject"]
            where = (result["check"], subject["kind"], subject["job_name"], subject["vertex_name"])
            ordinal = 0
            while (*where, ordinal) in found:
                ordinal += 1
            found[(*where, ordinal)] = result["verdict"]
        return found

    def of(self, check: str, job: str | None = None) -> set[str]:
        """The verdicts of a check, on one job or on all subjects."""
        return {
            result["verdict"]
            for result in self.results
            if result["check"] == check and (job is None or result["subject"]["job_name"] == job)
        }

    def judged(self) -> "Outcome":
        """Asserts that an audit took place."""
        assert self.code in (0, 1), f"exit {self.code}: {self.stderr}"
        return self

    def refused(self, code: int, *words: str) -> "Outcome":
        """Asserts that there is one clear line on stderr with all the words in it, and the exit code."""
        assert self.code == code, f"exit {self.code}: {self.stderr or self.stdout[:500]}"
        lines = [line for line in self.stderr.splitlines() if line.strip()]
        assert len(lines) == 1, self.stderr
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", lines[0]), repr(lines[0])
        for word in words:
            assert word.lower() in lines[0].lower(), f"no {word!r} in: {lines[0]}"
        return self


Run = Callable[..., Outcome]


def execute(
    *arguments: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None, quick: bool = True
) -> Outcome:
    """`quick`: a cluster is read once, for what a replayed one has does not change in half a minute."""
    if quick and any(URL.match(str(argument)) for argument in arguments):
        of_subcommand = re.fullmatch(r"[a-z][a-z-]*", str(arguments[0]))
        arguments = arguments if of_subcommand or "--server" in arguments else (*arguments, "--quick")
    inherited = {name: value for name, value in os.environ.items() if not UNWANTED.fullmatch(name)}
    done = subprocess.run(
        [AUDIT_NOW, *map(str, arguments)],
        capture_output=True,
        timeout=120,
        env=inherited | {"LC_ALL": "C.UTF-8"} | (env or {}),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
    )
    # Strict: what the program writes is UTF-8, whatever it read.
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="session")
def audit_now() -> Run:
    """Runs the program with the arguments."""
    assert AUDIT_NOW.exists(), f"{AUDIT_NOW} is missing; make build"
    return execute


@pytest.fixture(scope="session")
def audit(audit_now: Run) -> Run:
    """Audits a target and gives the JSON report."""
    return lambda target, *arguments, **more: audit_now(target, "--format", "json", *arguments, **more)


@dataclass(frozen=True)
class Certificates:
    authority: certificates.Authority
    stranger: certificates.Authority
    good: certificates.Pair
    expired: certificates.Pair
    wrong_name: certificates.Pair
    client: certificates.Pair


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("pki")
    authority = certificates.Authority(folder, "authority")
    return Certificates(
        authority=authority,
        stranger=certificates.Authority(folder, "stranger"),
        good=authority.issue("good"),
        expired=authority.issue("expired", days=-1),
        wrong_name=authority.issue("wrong-name", alternative="DNS:other.example"),
        client=authority.issue("client"),
    )


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Starts daemons: `daemon({"orders": url}, web={…})`; see daemon.py."""
    from daemon import daemons  # here, for it takes the program's path from this file

    with daemons(tmp_path) as start:
        yield start
