"""When a start may leave out preparing the database: never on a doubt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tradepost.cli import release


def _nothing(data: Path) -> None:
    """The folder stays as it was prepared."""


def _other_tables(data: Path) -> None:
    (data / "postgres").rename(data / "old")
    (data / "postgres").mkdir()


def _no_static(data: Path) -> None:
    (data / "static").rmdir()


def _another_release(data: Path) -> None:
    [stamp] = (data / "postgres").iterdir()
    stamp.write_text("what another release wrote")


@pytest.mark.parametrize(
    ("change", "prepared"),
    [(_nothing, True), (_other_tables, False), (_no_static, False), (_another_release, False)],
)
def test_a_folder_is_prepared_only_while_all_of_it_is(
    change: Callable[[Path], None], prepared: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "postgres").mkdir()
    (tmp_path / "static").mkdir()
    assert not release.is_prepared(tmp_path)
    release.note_prepared(tmp_path)
    change(tmp_path)
    assert release.is_prepared(tmp_path) is prepared


def test_a_database_of_others_is_never_taken_for_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "static").mkdir()
    release.note_prepared(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/tradepost")
    assert not release.is_prepared(tmp_path)
