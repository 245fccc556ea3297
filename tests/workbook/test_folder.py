"""Files into a folder, all or none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from xl_kpi.problems import HostError
from xl_kpi.workbook.folder import filling


def old(name: str) -> bool:
    return name.startswith("old")


def content(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in folder.iterdir()}


def fill(folder: Path, *names: str) -> None:
    with filling(folder, old) as new:
        for name in names:
            (new / name).write_text("new")


def test_a_missing_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    fill(tmp_path / "a" / "b", "x", "y")
    assert content(tmp_path / "a" / "b") == {"x": "new", "y": "new"}
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b"]


def test_new_files_take_the_place_of_old_ones(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    for name in ("old1", "old2", "mine"):
        (folder / name).write_text(name)
    fill(folder, "old2", "old3")
    assert content(folder) == {"old2": "new", "old3": "new", "mine": "mine"}
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


@pytest.mark.parametrize("failing", range(4))
def test_a_move_that_fails_puts_all_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    """On Windows a file that is open in Excel can't be moved."""
    folder = tmp_path / "f"
    folder.mkdir()
    for name in ("old1", "old2", "mine"):
        (folder / name).write_text(name)
    before, rename, calls = content(folder), os.rename, 0

    def fail(source: Any, target: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == failing + 1:
            raise PermissionError(13, "in use")
        rename(source, target)

    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(HostError, match=r"可能正开着.*原来的文件没有改动"):
        fill(folder, "old2", "old3")
    assert content(folder) == before
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_old_and_new_are_never_there_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    for name in ("old1", "old2"):
        (folder / name).write_text("old")
    rename = os.rename

    def watched(source: Any, target: Any) -> None:
        rename(source, target)
        assert len(set(content(folder).values())) <= 1

    monkeypatch.setattr(os, "rename", watched)
    fill(folder, "old2", "old3")
    assert content(folder) == {"old2": "new", "old3": "new"}


def test_a_stop_while_writing_leaves_nothing(tmp_path: Path) -> None:
    def stopped() -> None:
        with filling(tmp_path / "f", old) as new:
            (new / "x").write_text("new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert list(tmp_path.iterdir()) == []


def test_somebody_elses_file_of_the_same_name_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "x").write_text("mine")
    (folder / "old1").write_text("old")
    with pytest.raises(HostError, match="已经有“x”这个文件"):
        fill(folder, "x")
    assert content(folder) == {"x": "mine", "old1": "old"}


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    left, other = tmp_path / ".f.0123abcd.xl-kpi.tmp", tmp_path / ".g.0123abcd.xl-kpi.tmp"
    for folder in (left, other):
        (folder / "new").mkdir(parents=True)
        (folder / "new" / "x").write_text("pay")
    fill(tmp_path / "f", "y")
    assert not left.exists()
    assert other.exists()


def test_a_parent_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    with pytest.raises(HostError, match="已经有“f”这个文件"):
        fill(tmp_path / "f" / "g", "x")


@pytest.mark.parametrize(("error", "told"), [
    (OSError(28, "No space left on device"), "磁盘空间不足"), (OSError(36, "File name too long"), "名字太长"),
    (OSError(5, "Input/output error"), "Input/output error"),
])
def test_the_machine_is_told_in_chinese(tmp_path: Path, error: OSError, told: str) -> None:
    with pytest.raises(HostError, match=told), filling(tmp_path / "f", old):
        raise error
    assert list(tmp_path.iterdir()) == []
