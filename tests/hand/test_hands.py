"""The table of hands, cell by cell; laws of reading; the page made from the table."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hand.hands import NOTHING, WAYS, Outcome, cases, groups, outcome
from tests.tools.hands_doc import FILE, page
from xl_kpi.hand import numbers
from xl_kpi.hand.choices import codes, key
from xl_kpi.hand.ids import Directory, name_key
from xl_kpi.policy.model import Column
from xl_kpi.tables.cells import read_column

CASES = list(cases())


@pytest.mark.parametrize(("group", "way", "typed", "expected"), CASES,
                         ids=[f"{group['题']} {way} {typed!r}"[:60] for group, way, typed, _ in CASES])
def test_a_hand(group: dict[str, Any], way: str, typed: Any, expected: Any) -> None:
    found = outcome(group, typed)
    errors = [text for level, text in found.said if level == "error"]
    if way == "不读":
        assert len(errors) == 1, found
        assert expected in errors[0]
        assert found.counts == ""
        return
    assert found.counts == str(expected), found
    assert len(found.said) == (1 if WAYS[way] else 0), found
    assert not errors


def test_hints_show_value_and_reading() -> None:
    """Once a column, with the first cell and how many there are."""
    column = Column(name="x", heading="金额", type="money")
    found = read_column(column, ["2,400元", 5.0, "￥1,200", "100"], {})
    assert [(one.row, one.level, one.text) for one in found.said] == [
        (0, "hint", "的「2,400元」读作 2400.00（这一列共 3 处）")]
    assert found.with_unit is not None
    assert found.with_unit.tolist() == [True, False, True, False]


@pytest.mark.parametrize(("typed", "unit"), [("0.5分", True), ("0.5", False), (0.5, False), ("88分", True)])
def test_a_unit_that_was_typed_is_remembered(typed: Any, unit: bool) -> None:
    found = read_column(Column(name="x", heading="得分", type="score"), [typed, "x"], {})
    assert (found.with_unit is not None and bool(found.with_unit[0])) is unit


def test_a_clean_column_says_nothing_of_units() -> None:
    assert read_column(Column(name="x", heading="得分", type="score"), [88.0, None], {}).with_unit is None


# -- laws -------------------------------------------------------------------------------------------------------------

NUMBERS = st.decimals(min_value=-9_999_999, max_value=9_999_999, places=2, allow_nan=False)
WIDE = str.maketrans("0123456789.,-+", "０１２３４５６７８９．，－＋")


@given(NUMBERS, st.booleans(), st.sampled_from(("", "元", "元/月", " 元")), st.sampled_from(("", "￥", "¥")),
       st.booleans())
def test_however_an_amount_is_written(amount: Any, grouped: bool, unit: str, sign: str, wide: bool) -> None:
    text = f"{abs(amount):,.2f}" if grouped else f"{abs(amount):.2f}"
    text = ("-" if amount < 0 else "") + sign + text + unit
    found = numbers.typed(text.translate(WIDE) if wide else text, "元")
    assert found.wrong == ""
    assert Fraction(str(found.number)) == Fraction(amount)
    assert bool(found.unit) == bool(unit or sign)


@given(st.integers(0, 999), st.integers(0, 999), st.sampled_from((" ", "\n", "\r\n", "\u3000", "\u00a0", "  ")))
def test_two_numbers_are_never_one(one: int, other: int, between: str) -> None:
    for text in (f"{one}{between}{other}", f"{one}{between}{other}元", f"{one}.5{between}{other}"):
        assert numbers.typed(text, "元").wrong


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=10), st.sampled_from(list(numbers.SPELLINGS)))
def test_any_text_is_a_number_or_refused(text: str, unit: str) -> None:
    found = numbers.typed(text, unit, none=True)
    assert not (found.wrong and found.number is not None)
    hidden = numbers.typed("\u200b" + text[:3] + "\ufeff" + text[3:], unit, none=True)
    assert hidden == found


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_any_text_is_a_choice_or_refused(text: str) -> None:
    known = codes(("应发", "扣款"), {"加": "应发"})
    cells = read_column(Column(name="x", heading="计入", type="choice", choices=["应发", "扣款"], words={"加": "应发"},
                               required=True), [text], {})
    assert (cells.states()[0] == 0) == (key(text) in known)


@given(st.lists(st.text("KFkf0123 -", min_size=1, max_size=6), min_size=1, max_size=8, unique=True),
       st.text("KFkf0123 -张三", max_size=8))
def test_a_number_means_one_person_or_none_is_taken(ids: list[str], text: str) -> None:
    directory = Directory(ids, [[] for _ in ids])
    found = directory.find(text)
    assert len(set(found)) == len(found)
    for person in found:
        assert name_key(text.replace("-", "")).casefold().lstrip("0") == name_key(
            ids[person].replace("-", "")).casefold().lstrip("0")


# -- the page ---------------------------------------------------------------------------------------------------------

def test_the_page_is_up_to_date() -> None:
    assert FILE.read_text("utf-8") == page(), "make docs"


def test_every_group_has_its_kinds() -> None:
    for group in groups():
        assert set(group) <= {"题", "说明", "列", *WAYS}
        assert group["不读"]
        typed = [repr(typed) for way in WAYS for typed, _ in group.get(way, [])]
        assert len(typed) == len(set(typed)), group["题"]


def test_outcomes_say_what_they_are() -> None:
    assert outcome(groups()[0], 2) == Outcome("2", ())
    assert NOTHING not in (outcome(groups()[0], None).counts,)
