"""Texts: what cannot be seen is not there, and texts that look alike are told apart."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.command import run_json
from tests.departments import base_department, write_book
from xl_kpi.hand.texts import difference, is_blank, kept, normal, squeezed, visible

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2069\U000e0001"
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Sk", "Mn", "Mc", "Me"]), max_size=12)


@pytest.mark.parametrize(("typed", "stays", "reads", "compares"), [
    ("KF001", "KF001", "KF001", "KF001"),
    (" KF 001 ", "KF 001", "KF 001", "KF001"),
    ("KF\u200b001\ufeff", "KF001", "KF001", "KF001"),
    ("ＫＦ００１", "ＫＦ００１", "KF001", "KF001"),
    ("\u202e张\u00ad三\u202c", "张三", "张三", "张三"),
    ("补贴（餐）", "补贴（餐）", "补贴(餐)", "补贴(餐)"),
    ("张\u3000三\n", "张\u3000三", "张 三", "张三"),
    ("葛\U000e0100", "葛\U000e0100", "葛", "葛"),
    ("✔\ufe0f", "✔\ufe0f", "✔", "✔"),
    ("a\x07b", "ab", "ab", "ab"),
    ("\u200b\ufeff", "", "", ""),
])
def test_a_text(typed: str, stays: str, reads: str, compares: str) -> None:
    assert (kept(typed), normal(typed), squeezed(typed)) == (stays, reads, compares)


@pytest.mark.parametrize("cell", [None, "", " ", "\u3000\n", "\u200b", " \ufeff ", float("nan")])
def test_blank(cell: object) -> None:
    assert is_blank(cell)


@pytest.mark.parametrize("cell", [0, False, "0", "-", "\u200b0"])
def test_not_blank(cell: object) -> None:
    assert not is_blank(cell)


@given(TEXTS, TEXTS, st.sampled_from(INVISIBLE))
def test_what_cannot_be_seen_changes_nothing(before: str, after: str, hidden: str) -> None:
    assert visible(before + hidden + after) == visible(before + after)
    assert squeezed(before + hidden + after) == squeezed(before + after)


@given(TEXTS)
def test_reading_again_changes_nothing(text: str) -> None:
    assert kept(kept(text)) == kept(text)
    assert squeezed(squeezed(text)) == squeezed(text)
    assert squeezed(kept(text)) == squeezed(text)


@pytest.mark.parametrize(("one", "other", "said"), [
    ("KF00O", "KF000", "「O」（拉丁字母，U+004F），后者是「0」（数字，U+0030）"),
    ("АB", "AB", "「А」（西里尔字母，U+0410），后者是「A」（拉丁字母，U+0041）"),
    ("a b", "ab", "前者多了（空格，U+0020）"),
    ("ab", "a\u200bb", "后者多了（看不见的字符，U+200B）"),
    ("一组", "—组", "「一」（汉字，U+4E00），后者是「—」（U+2014）"),
    ("KF001", "KF002", ""),
    ("客服", "客服", ""),
    ("李", "王", ""),
])
def test_what_tells_them_apart(one: str, other: str, said: str) -> None:
    found = difference(one, other)
    assert said in found
    assert bool(found) == bool(said)


@given(TEXTS, TEXTS)
def test_a_difference_is_always_named(one: str, other: str) -> None:
    found = difference(one, other)
    assert not found or "U+" in found
    assert difference(one, one) == ""


# -- whole workbooks --------------------------------------------------------------------------------------------------

def strewn(book: Path, seed: int, skip: tuple[str, ...] = ()) -> None:
    """Invisible characters in every text of a workbook, its headings and the names of its sheets."""
    chance = random.Random(seed)
    opened = openpyxl.load_workbook(book)

    def with_hidden(text: str) -> str:
        at = chance.randrange(len(text) + 1)
        return text[:at] + chance.choice(INVISIBLE) + text[at:]

    for sheet in opened.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.data_type == "s":
                    cell.value = with_hidden(cell.value)
        sheet.title = with_hidden(sheet.title)
    opened.save(book)


def outcome(book: Path) -> dict[str, Any]:
    found = {}
    for command in (("payroll", "--month", "2016-11"), ("review", "--quarter", "2016Q4")):
        code, said = run_json(command[0], book, *command[1:])
        assert code == 0, said["problems"]
        found[command[0]] = {k: v for k, v in said.items() if k != "problems"}
        found[f"{command[0]} problems"] = [(p["level"], p["cell"], p["工号"]) for p in said["problems"]
                                           if p["level"] != "hint"]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_a_workbook_full_of_them(seed: int, tmp_path: Path) -> None:
    department = base_department()
    department["其他项目"] += [{"月份": "2016-11", "工号": "101", "项目": "餐补（元）", "金额": 10, "计入": "应发"},
                           {"月份": "2016-11", "工号": "102", "项目": "餐补（元）", "金额": 20, "计入": "应发"}]
    write_book(department, tmp_path / "clean.xlsx")
    write_book(department, tmp_path / "book.xlsx")
    strewn(tmp_path / "book.xlsx", seed)
    assert outcome(tmp_path / "book.xlsx") == outcome(tmp_path / "clean.xlsx")
