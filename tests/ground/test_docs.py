"""What a person can use is documented, and what is documented exists."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from tests.ground.conftest import ROOT

SELF_HOSTING = (ROOT / "docs" / "self-hosting.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def pages() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pages()  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", ["commands.md", "settings.md", "errors.md", "documents.md"])
def test_the_reference_is_that_of_the_code(name: str) -> None:
    kept = (ROOT / "docs" / "reference" / name).read_text()
    assert kept == pages()[name], "Run: make docs"


def test_every_variable_of_the_environment_is_documented() -> None:
    files = [*(ROOT / "src").rglob("*.py")]
    named = {
        v
        for f in files
        for v in re.findall(r"\b(TRADEPOST_[A-Z_]*[A-Z]|DATABASE_URL|EMAIL_(?:URL|FROM))\b", f.read_text())
    }
    assert sorted(v for v in named if f"`{v}`" not in SELF_HOSTING) == []


def test_codes_of_errors_are_words_joined_by_hyphens() -> None:
    listed = re.findall(r"^\| `([^`]*)` \|", pages()["errors.md"], re.M)
    assert len(listed) > 50
    assert [code for code in listed if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)] == []


def test_every_make_target_is_documented() -> None:
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.M)
    assert targets
    assert [t for t in targets if f"make {t}" not in CONTRIBUTING] == []


@pytest.mark.parametrize(("name", "least"), [("calendar-guarantees.md", 30), ("qualities.md", 20)])
def test_every_test_that_the_guarantees_name_exists(name: str, least: int) -> None:
    page = (ROOT / "docs" / name).read_text()
    file, missing, found = "", [], 0
    for path, test in re.findall(r"`([\w/]*(?:\.py)?)(?:::(\w+))?`", page):
        file = path if path.endswith(".py") else file
        if file.endswith(".py") and "/" in file:
            source = ROOT / "tests" / file
            known = source.read_text() if source.exists() else ""
            missing += [f"{file}::{test}"] if not known or (test and f"def {test}(" not in known) else []
            found += bool(test)
    assert not missing
    assert found > least


def test_links_between_pages_lead_somewhere() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    broken = []
    for name in tracked.stdout.split():
        page = ROOT / name
        for link in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text()):
            if not (page.parent / link).exists():
                broken.append(f"{name} → {link}")
    assert broken == []


def test_make_help_lists_every_target() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("setup", "demo", "test", "check", "bench", "help"):
        assert re.search(rf"^  make {target} +\w", shown, re.M)


def test_an_unknown_benchmark_is_named_with_those_there_are() -> None:
    command = [sys.executable, "-m", "bench", "no.such"]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "There is no benchmark no.such" in refused.stderr


def test_the_drawing_of_the_house_has_every_floor_in_its_place() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers")
    floors = [re.findall(r"tradepost\.(\w+)", layer) for layer in layers]
    drawn = rooms_drawn()
    assert sorted(drawn) == sorted(name for floor in floors for name in floor)
    for upper, lower in pairwise(floors):
        assert max(drawn[name] for name in upper) < min(drawn[name] for name in lower), (upper, lower)


def rooms_drawn() -> dict[str, int]:
    """The line of the drawing that each room stands on: in a cell of its own, or before what is said of it."""
    drawing = (ROOT / "docs" / "architecture.md").read_text().partition(" ┌──")[2].partition(" └──")[0]
    cells = [(n, cell) for n, line in enumerate(drawing.splitlines()) for cell in line.split("│")[1:-1]]
    named = [(n, found[1]) for n, cell in cells if (found := re.match(r" ([a-z]+(?:  [a-z]+)*)  ", cell))]
    return {name: n for n, names in named for name in names.split()}


def test_no_registry_is_named_in_the_lock_files() -> None:
    for lock in Path(ROOT, "requirements").glob("*.txt"):
        assert not re.search(r"https?://|--index-url|--find-links", lock.read_text()), lock.name
