"""The Dockerfile, as a linter reads it: no container engine is here."""

from pathlib import Path

from conftest import ROOT, run

FOLDER = ROOT / "packaging" / "docker"


def test_hadolint() -> None:
    run(ROOT / ".venv" / "bin" / "hadolint", "--no-color", FOLDER / "Dockerfile")


def test_it_copies_what_make_deb_made(package: Path) -> None:
    """The folder that its first lines name as the context of the build."""
    text = (FOLDER / "Dockerfile").read_text()
    (context,) = {line.split()[-1] for line in text.splitlines() if "docker build" in line}
    (pattern,) = [line.split()[1] for line in text.splitlines() if line.startswith("COPY ")]
    assert package in (ROOT / context).glob(pattern)
