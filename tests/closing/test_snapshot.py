"""What goes into a snapshot comes back the same, to the type of every value."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from xl_kpi.closing.snapshot import (
    PIECE,
    Unreadable,
    book_of,
    canonical,
    inputs,
    joined,
    parsed,
    pieces,
    sheets_as_json,
)
from xl_kpi.policy.load import DEFAULT_POLICY, load
from xl_kpi.workbook.file import Book, Mark, Sheet

# every type that a cell's value can have, from whichever port, and every odd character
texts = st.text(st.characters(codec=None, exclude_categories=[]), max_size=20)
values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), texts, st.dates(),
    st.times().map(lambda time: time.replace(fold=0)),              # a workbook knows no summer time
    st.datetimes().map(lambda moment: moment.replace(fold=0)), st.timedeltas(),
    st.sampled_from(["", '{"$date":"2016-11-03"}', "$date", "\ud800", "\0", "😀"]))
marks = st.builds(Mark, texts, st.booleans(), st.booleans(), texts, st.booleans(), st.booleans(), texts)
areas = st.tuples(*[st.integers(0, 9)] * 4).map(
    lambda n: (min(n[0], n[2]), min(n[1], n[3]), max(n[0], n[2]), max(n[1], n[3])))


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    width, height = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    rows = draw(st.lists(st.lists(values, min_size=width, max_size=width), min_size=height, max_size=height))
    places = st.tuples(st.integers(0, 9), st.integers(0, 9))
    return Sheet(draw(texts), draw(st.booleans()), rows, draw(st.dictionaries(places, marks, max_size=4)),
                 merged=sorted(draw(st.lists(areas, max_size=2))), totals=sorted(draw(st.lists(areas, max_size=2))))


def typed(book: Book) -> list[object]:
    """Values with their types: 1, 1.0 and True are not the same."""
    return [(s.name, s.hidden, [[(type(v), repr(v)) for v in row] for row in s.rows], s.marks, s.merged,
             s.totals) for s in book.sheets]


@given(st.lists(sheets(), max_size=3))
def test_there_and_back(content: list[Sheet]) -> None:
    data = canonical(sheets_as_json(content))
    back = book_of(parsed(joined(pieces(data))), "存档")
    assert typed(back) == typed(Book(Path("存档"), content))
    assert canonical(sheets_as_json(back.sheets)) == data


@given(st.binary(max_size=3 * PIECE))
def test_pieces_fit_a_cell_and_say_the_same(data: bytes) -> None:
    texts = pieces(data)
    assert joined(texts) == data
    assert all(0 < len(text) <= PIECE < 8203 and text.isascii() for text in texts)


def test_large_data_in_many_pieces() -> None:
    import random

    data = random.Random(1).randbytes(100_000)
    assert len(pieces(data)) == -(-len(pieces(data)[0]) // PIECE) * 17
    assert joined(pieces(data)) == data


@pytest.mark.parametrize("spoil", [
    lambda t: t[1:], lambda t: t[:-1], lambda t: [t[1], t[0], *t[2:]], lambda t: [*t, t[0]],
    lambda t: [t[0][:50] + "x" + t[0][51:], *t[1:]], lambda t: [t[0] + "！", *t[1:]], lambda t: [t[0] + "\n", *t[1:]],
    lambda t: [], lambda t: ["abc"],
], ids=["first lost", "last lost", "swapped", "one more", "a letter", "no base64", "a line break", "none", "no zlib"])
def test_what_is_not_whole_is_unreadable(spoil: object) -> None:
    import random

    data = random.Random(1).randbytes(30_000)
    with pytest.raises(Unreadable):
        joined(spoil(pieces(data)))     # type: ignore[operator]


@pytest.mark.parametrize("data", [
    b"", b"{", b"\xff", b'{"$date":"x"}', b'{"$date":5}', b'{"$duration":5}', b"[" * 10**5,
])
def test_what_is_no_snapshot_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        parsed(data)


def test_the_sheets_of_the_policy_and_no_other() -> None:
    names = ["说明", "考勤", "花名册", "工资表_2016-11", "参数", "月度考核_客服代表（附表2）", "考勤 (附表9)"]
    book = Book(Path("a.xlsx"), [Sheet(name, False, []) for name in names])
    assert [s.name for s in inputs(book, load(DEFAULT_POLICY))] == [
        "考勤", "花名册", "参数", "月度考核_客服代表（附表2）"]


def test_dates_are_dates() -> None:
    day = [dt.date(2016, 11, 3), dt.datetime(2016, 11, 3, 8, 30, 0, 5), dt.time(23, 59, 59), dt.timedelta(hours=30)]
    assert parsed(canonical(day)) == day


def test_snapshots_of_older_versions() -> None:
    """What is not there is left out, so that a sheet without it is as it was written then."""
    plain, = sheets_as_json([Sheet("考勤", False, [[1]], {(0, 0): Mark(formula=True)})])
    assert plain == {"name": "考勤", "hidden": False, "height": 1, "columns": [(1,)],
                     "marks": [[0, 0, "", False, False, "", True]]}
