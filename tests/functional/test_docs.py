"""What the documents say of the program is what the program says."""

import re
import subprocess
from pathlib import Path
from typing import Any

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


def test_readme_shows_a_real_list_of_uids() -> None:
    listing = said("uids", str(ROOT / "tests" / "recordings" / "bare-1.20.5.json.gz"), "--job", "fanout-none")
    shown = re.search(r"```\n(Job fanout-none.*?)\n```", README, re.DOTALL)
    assert shown
    pieces = shown[1].split("\n…\n")
    assert len(pieces) == 2
    for piece in pieces:
        assert piece in listing


def test_proofs_can_be_checked_by_hand() -> None:
    """The Python of the page gives the ids that it says, with a murmur3 that is not ours."""
    page = (ROOT / "docs" / "checks" / "operator-uid-missing.md").read_text()
    shown = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert shown
    known: dict[str, Any] = {}
    exec(shown[1], known)
    expected = re.findall(r"^(?:\w+ = )?(auto\(.*?\)) +# ([0-9a-f]{32})$", shown[1], re.MULTILINE)
    assert len(expected) == 3
    for expression, id_ in expected:
        assert eval(expression, known) == id_
    assert known["uid"]("remember") == "ee80cf1f8a547f701f43246f1b2ac71a"
