"""What the documents say of the program is what the program says."""

import re
import subprocess
from pathlib import Path

from conftest import AUDIT_NOW

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def said(*arguments: str) -> str:
    return subprocess.run([AUDIT_NOW, *arguments], capture_output=True, text=True, check=True).stdout


def test_readme_has_the_table_of_checks() -> None:
    assert said("checks", "--format", "markdown") in README


def test_readme_names_every_option() -> None:
    for option in re.findall(r"--[a-z][a-z-]+", said("--help")):
        if option not in ("--help", "--version", "--output", "--quiet", "--verbose"):
            assert f"{option}" in README, option


def test_readme_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_every_page_is_explained() -> None:
    pages = sorted((ROOT / "docs" / "checks").glob("*.md"))
    assert pages
    for page in pages:
        assert said("explain", page.stem) == page.read_text()


def test_readme_shows_a_real_report() -> None:
    """Between the "…" that stand for what is left out, the report in the README is the program's own."""
    report = subprocess.run(
        [AUDIT_NOW, ROOT / "tests" / "recordings" / "bare-1.20.5.json.gz"], capture_output=True, text=True
    ).stdout
    shown = re.search(r"```\n(Flink Auditor.*?)\n```", README, re.DOTALL)
    assert shown
    pieces = re.split(r"^ *…$", shown[1], flags=re.MULTILINE)
    assert len(pieces) > 3
    for piece in pieces:
        assert piece.strip("\n") in report
