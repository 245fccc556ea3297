"""Exact arithmetic against decimal.Decimal and fractions.Fraction."""

import decimal
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xl_kpi.money import Exact, as_decimal, decimals

WIDE = decimal.Context(prec=80)


def half_up(value: Fraction, places: int) -> Decimal:
    quotient = WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))
    return quotient.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, WIDE)


def test_a_million_random_lines_equal_decimal() -> None:
    """星级工资 × 得分 ÷ 100 × 比例 ÷ 100, rounded to the fen: not one of a million differs from decimal.Decimal."""
    rng = np.random.default_rng(20161103)
    n = 1_000_000
    pay = rng.integers(-10_000_000, 10_000_000, n)          # fen
    score = rng.integers(0, 1_100_000, n)                   # 4 decimals
    rate = rng.integers(0, 1_000_001, n)                    # percent, 4 decimals
    line = Exact(pay, 100).times(Exact(score, 10**4)).over(Exact.of(100)).times(Exact(rate, 10**4)).over(Exact.of(100))
    result = line.rounded(2).scaled(2)
    context = decimal.Context(prec=60, rounding=ROUND_HALF_UP)
    fen = Decimal(1)
    for p, s, r, got in zip(pay.tolist(), score.tolist(), rate.tolist(), result.tolist(), strict=True):
        assert got == Decimal(p * s * r).scaleb(-12, context).quantize(fen, ROUND_HALF_UP, context), (p, s, r)


def test_half_fen_ties_go_away_from_zero() -> None:
    ties = np.array([5, 15, 25, -5, -15, -25, 4, -4, 6, -6])            # thousandths
    assert Exact(ties, 1000).rounded(2).num.tolist() == [1, 2, 3, -1, -2, -3, 0, 0, 1, -1]


numbers = st.integers(-(2**63) + 1, 2**63 - 1)
dens = st.integers(1, 10**9)


@settings(max_examples=300)
@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=8), dens, dens, st.integers(0, 6))
def test_operations_are_exact_whatever_the_size(pairs, da, db, places) -> None:
    a = Exact(np.array([p[0] for p in pairs], np.int64), da)
    b = Exact(np.array([p[1] for p in pairs], np.int64), db)
    fa = [Fraction(p[0], da) for p in pairs]
    fb = [Fraction(p[1], db) for p in pairs]
    for i in range(len(pairs)):
        assert a.plus(b).at(i) == fa[i] + fb[i]
        assert a.minus(b).at(i) == fa[i] - fb[i]
        assert a.times(b).at(i) == fa[i] * fb[i]
        assert a.smaller(b).at(i) == min(fa[i], fb[i])
        assert a.larger(b).at(i) == max(fa[i], fb[i])
        assert bool(a.compare(b, "<")[i]) == (fa[i] < fb[i])
        assert bool(a.compare(b, "==")[i]) == (fa[i] == fb[i])
        if fb[i]:
            assert a.over(b).at(i) == fa[i] / fb[i]
        assert a.rounded(places).at(i) == Fraction(half_up(fa[i], places))
        assert a.floored().at(i) == fa[i].__floor__()
        assert a.ceiled().at(i) == fa[i].__ceil__()
        assert a.times(b).plus(a).rounded(2).at(i) == Fraction(half_up(fa[i] * fb[i] + fa[i], 2))


@given(st.lists(st.tuples(st.integers(-(10**12), 10**12), st.integers(1, 31)), min_size=1, max_size=8))
def test_a_denominator_for_each_person(rows) -> None:
    mean = Exact(np.array([r[0] for r in rows]), np.array([r[1] for r in rows]))
    for i, (total, count) in enumerate(rows):
        assert mean.rounded(2).at(i) == Fraction(half_up(Fraction(total, count), 2))
        assert mean.plus(Exact.of(1)).at(i) == Fraction(total, count) + 1
        assert mean.times(Exact(count, 3)).at(i) == Fraction(total, 3)


def test_a_result_too_large_is_an_error_never_a_wrong_number() -> None:
    huge = Exact(np.array([2**62], np.int64)).times(Exact(np.array([2**62], np.int64)))
    assert huge.at(0) == 2**124
    with pytest.raises(OverflowError):
        huge.scaled(2)


@given(st.integers(-(10**11), 10**11), st.integers(0, 4))
def test_what_was_typed_is_what_is_read(number, places) -> None:
    """A double stands for its shortest decimal form."""
    typed = Decimal(number).scaleb(-places)
    got, more = decimals(np.array([float(typed)]), 4)
    assert got[0] == number * 10 ** (4 - places)
    assert not more[0]


@pytest.mark.parametrize(("typed", "expected", "more"), [
    (88.33333333333333, 883333, True), (0.00005, 1, True), (-0.00005, -1, True), (0.1 + 0.2, 3000, False),
    (1.0000499999, 10000, True), (99.5, 995000, False), (0.285, 2850, False),
    (0.07000000000000001, 700, False),
    (93.33329999999999, 933333, False),
])
def test_more_than_four_decimals_round_half_up(typed, expected, more) -> None:
    got, flag = decimals(np.array([typed]), 4)
    assert (got[0], flag[0]) == (expected, more)


def test_as_decimal_keeps_its_places() -> None:
    assert str(as_decimal(Fraction(265, 3), 4)) == "88.3333"
    assert str(as_decimal(Fraction(-1, 200), 2)) == "-0.01"
    assert str(as_decimal(Fraction(3220), 2)) == "3220.00"
