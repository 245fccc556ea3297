"""The harness first: a spreadsheet program that believes cached values would prove nothing about formulas."""

from __future__ import annotations

import random
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import xlsxwriter

from tests.office import Office, available, pdf_pages, to_png
from tests.sheets.sample import fen

MERIT = "ROUND(A{0}*B{0}/100*C{0}/100,2)"
Case = tuple[Fraction, Fraction, Fraction]


def merits(office: Office, path: Path, cases: list[Case]) -> list[float | str]:
    """What LibreOffice computes where every cached value is wrong."""
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        sheet = book.add_worksheet("绩效")
        for r, case in enumerate(cases):
            for c, value in enumerate(case):
                sheet.write_number(r, c, float(value))
            sheet.write_formula(r, 3, MERIT.format(r + 1), None, -1)
    got = office.recalculated(path)["绩效"]
    return [got[r, 3] for r in range(len(cases))]


def exact(case: Case) -> Decimal:
    a, b, c = case
    return fen(a * b * c / 10000)


def is_tie(case: Case) -> bool:
    a, b, c = case
    thousandths = a * b * c / 10
    return thousandths.denominator == 1 and thousandths % 10 == 5


def test_wrong_cached_values_are_put_right(office: Office, tmp_path: Path) -> None:
    cases = [(Fraction(a), Fraction(b), Fraction(c)) for a, b, c in [
        (1200, 85, 100), ("2040.30", "93.75", 80), ("841.92", "81.25", 75), ("-2040.30", "93.75", 80),
        ("1234.50", 81, 90), ("1.005", 100, 100), ("0.005", 100, 100),
    ]]
    assert sum(map(is_tie, cases)) == 5
    assert merits(office, tmp_path / "wrong.xlsx", cases) == [float(exact(c)) for c in cases]


def test_an_error_is_no_number(office: Office, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "errors.xlsx", {"in_memory": True}) as book:
        sheet = book.add_worksheet("错")
        sheet.write_formula(0, 0, "NA()", None, 1)
        sheet.write_formula(0, 1, "SUM(A1,1)", None, 2)
        sheet.write_formula(1, 0, "1/0", None, 3)
        sheet.write_string(1, 1, "是")
        sheet.write_boolean(1, 2, True)
    got = office.recalculated(tmp_path / "errors.xlsx")["错"]
    assert got == {(0, 0): "#N/A", (0, 1): "#N/A", (1, 0): "#DIV/0!", (1, 1): "是", (1, 2): 1.0}


def ties(rng: random.Random, n: int) -> list[Case]:
    """Amounts of exactly half a fen, half of them with a month's share that no decimal can write."""
    found: list[Case] = []
    while len(found) < n:
        days = rng.choice([1, 21, 22, 28, 29, 30, 31])
        share = Fraction(rng.choice([80, 90, 100]) * rng.randint(1, days), days)
        pay = Fraction(rng.randint(1, 400) * days) if days > 1 else Fraction(rng.randint(100, 500000), 100)
        score = Fraction(rng.randint(1, 1000000), 10000) if rng.random() < 0.5 else Fraction(rng.randint(1, 10000), 100)
        if is_tie((pay, score, share)):
            found.append((pay, score, share))
    return found


def any_case(rng: random.Random) -> Case:
    days = rng.choice([28, 30, 31])
    return (Fraction(rng.randint(-100000, 500000), 100), Fraction(rng.randint(0, 1000000), 10000),
            Fraction(rng.choice([90, 100]) * rng.randint(1, days), days))


def close_cases(rng: random.Random, n: int) -> list[Case]:
    """As close to half a fen as pay up to 10,000 元 can come without being it, found by modular arithmetic."""
    found: list[Case] = []
    while len(found) < n:
        days = rng.choice([29, 31])
        share = Fraction(90 * rng.randint(1, days - 1), days)
        score = Fraction(rng.randint(500000, 1000000), 10000)
        step = score * share / 5000         # half fens that a fen of pay gives
        turn = 2 * step.denominator
        for off in (1, -1):
            try:
                pay = (step.denominator + off) * pow(step.numerator, -1, turn) % turn
            except ValueError:              # not prime to each other: no such pay
                continue
            if 0 < pay <= 1_000_000:
                found.append((Fraction(pay, 100), score, share))
    return found


def test_thousands_of_amounts_as_exact_arithmetic_has_them(office: Office, tmp_path: Path) -> None:
    """The formula on the sheet, in doubles, equals the engine's exact half-up rounding: ties, shares, and near ties.

    Beyond pay of about 30,000 元 with a score of 4 decimals and a month's share, amounts exist that stand within
    1e-11 of half a fen and that a spreadsheet's 15 digits cannot tell from it; no pay comes near.
    """
    rng = random.Random(20161103)
    cases = ties(rng, 3000) + [any_case(rng) for _ in range(3000)] + close_cases(rng, 1000)
    got = merits(office, tmp_path / "many.xlsx", cases)
    wrong = [(tuple(map(str, case)), value) for case, value in zip(cases, got, strict=True)
             if value != float(exact(case))]
    assert not wrong


def test_fifteen_digits_then_half_up_would_do_too() -> None:
    """Excel's own ROUND cannot be run here; by the model of it that is known best, all ties come out right as well."""
    for case in ties(random.Random(7), 2000):
        a, b, c = map(float, case)
        shown = Decimal(f"{a * b / 100 * c / 100:.15g}")
        assert shown.quantize(Decimal("0.01"), ROUND_HALF_UP) == exact(case), case


def test_paper(office: Office, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "paper.xlsx", {"in_memory": True}) as book:
        book.add_worksheet("纸").write_string(0, 0, "工资表")
    pdf = office.to_pdf(tmp_path / "paper.xlsx")
    assert "工资表" in pdf_pages(pdf)[0]
    assert [p.suffix for p in to_png(pdf, 30)] == [".png"]


def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFICE", "0")
    available.cache_clear()
    assert available() == (False, "OFFICE=0")
    monkeypatch.undo()
    available.cache_clear()
