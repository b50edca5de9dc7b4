"""What the tests of packages share. They run by `make packages`, for they take root and minutes."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "release" / "bin"


def run(*command: str | Path, **more: object) -> str:
    """What a command printed; fails with all that it said."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=900, **more)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def package() -> Path:
    found = sorted((ROOT / "build" / "packages").glob("flink-auditor_*.deb"), key=lambda file: file.stat().st_mtime)
    assert found, "make deb"
    return found[-1]
