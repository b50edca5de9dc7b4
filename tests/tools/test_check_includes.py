"""The include arrows: the house keeps them, and the script that says so sees each kind of breach."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check-includes"


def check(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_the_house_keeps_its_arrows() -> None:
    done = check()
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("path", "line", "reason"),
    [
        ("model/job.h", '#include "checks/check.h"', "model/ may not include checks/"),
        ("checks/flow/slow.cpp", '#include "http/client.h"', "checks/ may not include http/"),
        ("cli/main.cpp", '  #  include "daemon/application.h"', "cli/ may not include daemon/"),
        ("report/text.cpp", '#include "text_layout.h"', "is in no room"),
        ("collectors/jobs.cpp", "#include <simdjson.h>", "belongs in collectors/wire/"),
        ("model/report.h", "#include <nlohmann/json.hpp>", "belongs in *.cpp"),
        ("base/text.cpp", "#include <boost/regex.hpp>", "has no home yet"),
    ],
)
def test_a_breach_is_named_with_its_line(tmp_path: Path, path: str, line: str, reason: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(f"#include <string>\n{line}\n")
    done = check(tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{path}:2: ")
    assert reason in done.stdout


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("checks/flow/slow.cpp", '#include "model/verdict.h"'),
        ("collectors/wire/job.cpp", "#include <simdjson.h>"),
        ("model/report_json.cpp", "#include <nlohmann/json.hpp>"),
        ("base/files.cpp", "#include <sys/stat.h>"),
        ("tests/unit/cli/options.cpp", '#include "cli/options.h"'),
    ],
)
def test_what_the_table_allows_passes(tmp_path: Path, path: str, line: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(line + "\n")
    done = check(tmp_path)
    assert done.returncode == 0, done.stdout
