"""Exact decimal arithmetic on arrays: a numerator and a denominator, both whole numbers.

Nothing here passes through binary floating point arithmetic.  Numerators are int64 arrays as long as every product
provably fits; where it might not, the same operations go on with Python's unbounded integers (object arrays), so an
operation is never wrong, at worst slower.  A denominator is one ``int`` for the whole array (a scale, the days of a
month) or an array (a mean over a different number of months for each person).

Rounding is half up, half away from zero below 0, as a person rounds.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np

LIMIT = 2**62       # numerators stay below this in int64; sums of two stay below 2**63
INT64 = 2**63 - 1


def largest(values: Any) -> int:
    """The largest absolute value in ``values`` (an array or an int), as a Python int."""
    if isinstance(values, int):
        return abs(values)
    if values.size == 0:
        return 0
    return max(abs(int(values.max())), abs(int(values.min())))


def _big(values: Any) -> Any:
    return values if isinstance(values, int) else values.astype(object)


class Exact:
    """``num / den``, elementwise.  ``num``: int64 or object array, or one ``int``; ``den``: > 0, ``int`` or array.

    ``bound`` and ``den_bound`` are never smaller than the largest absolute value of ``num`` and ``den``: they decide,
    without looking at the data, whether an operation fits into int64.
    """

    __slots__ = ("bound", "den", "den_bound", "num")

    def __init__(self, num: Any, den: Any = 1, bound: int | None = None, den_bound: int | None = None):
        self.num = num
        self.den = den
        self.bound = largest(num) if bound is None else bound
        self.den_bound = (den if isinstance(den, int) else largest(den)) if den_bound is None else den_bound

    # -- making and reading -------------------------------------------------------------------------------------

    @classmethod
    def of(cls, number: int | str | Decimal | Fraction) -> Exact:
        """One exact number as a constant."""
        value = Fraction(number)
        return cls(value.numerator, value.denominator)

    def at(self, index: int) -> Fraction:
        """The value for one element."""
        num = self.num if isinstance(self.num, int) else int(self.num[index])
        den = self.den if isinstance(self.den, int) else int(self.den[index])
        return Fraction(num, den)

    def scaled(self, places: int) -> Any:
        """The values times ``10**places`` as int64; they must be whole there.

        Raises OverflowError when a value does not fit into int64, ValueError when one has more decimals.
        """
        factor = 10**places
        value = self.times(Exact(factor, 1))
        num, den = value.num, value.den
        if not (isinstance(den, int) and den == 1):
            if (num % den != 0) if isinstance(num, int) else np.any(num % den != 0):
                raise ValueError("more decimals than allowed")
            num = num // den
        if largest(num) > INT64:
            raise OverflowError("a result does not fit into 64 bits")
        return num if isinstance(num, int) else num.astype(np.int64, copy=False)

    # -- arithmetic ---------------------------------------------------------------------------------------------

    def times(self, other: Exact) -> Exact:
        num_a, num_b, den_a, den_b = self.num, other.num, self.den, other.den
        # Cancel constants against denominators first: rates such as 90/100 keep the products small.
        if isinstance(num_a, int) and isinstance(den_b, int) and (k := gcd(num_a, den_b)) > 1:
            num_a, den_b = num_a // k, den_b // k
        if isinstance(num_b, int) and isinstance(den_a, int) and (k := gcd(num_b, den_a)) > 1:
            num_b, den_a = num_b // k, den_a // k
        num, bound = _product(num_a, self.bound, num_b, other.bound)
        den, den_bound = _product(den_a, self.den_bound, den_b, other.den_bound)
        return Exact(num, den, bound, den_bound)

    def over(self, other: Exact) -> Exact:
        """Quotient; where ``other`` is 0 the value is meaningless (the caller refuses those elements)."""
        if isinstance(other.num, int):
            if other.num == 0:
                return Exact(0, 1)
            sign = 1 if other.num > 0 else -1
            return self.times(Exact(_scale(other.den, sign), abs(other.num)))
        signs = np.where(other.num < 0, -1, 1)
        den = np.where(other.num == 0, 1, other.num * signs)
        num, bound = _product(other.den, other.den_bound, signs, 1)
        return self.times(Exact(num, den, bound))

    def _aligned(self, other: Exact) -> tuple[Any, Any, Any, int, int]:
        """Both numerators over one common denominator: (num a, num b, den, bound, bound of den)."""
        a: Any
        b: Any
        if isinstance(self.den, int) and isinstance(other.den, int):
            den = lcm(self.den, other.den)
            fa, fb = den // self.den, den // other.den
            a, bound_a = _product(self.num, self.bound, fa, fa)
            b, bound_b = _product(other.num, other.bound, fb, fb)
            return a, b, den, max(bound_a, bound_b), den
        a, bound_a = _product(self.num, self.bound, other.den, other.den_bound)
        b, bound_b = _product(other.num, other.bound, self.den, self.den_bound)
        dens, den_bound = _product(self.den, self.den_bound, other.den, other.den_bound)
        return a, b, dens, max(bound_a, bound_b), den_bound

    def plus(self, other: Exact) -> Exact:
        a, b, den, bound, den_bound = self._aligned(other)
        a, b, bound = _room(a, b, bound)
        return Exact(a + b, den, 2 * bound, den_bound)

    def minus(self, other: Exact) -> Exact:
        a, b, den, bound, den_bound = self._aligned(other)
        a, b, bound = _room(a, b, bound)
        return Exact(a - b, den, 2 * bound, den_bound)

    def negative(self) -> Exact:
        return Exact(-self.num, self.den, self.bound, self.den_bound)

    # -- comparing and choosing ---------------------------------------------------------------------------------

    def compare(self, other: Exact, how: str) -> Any:
        """Elementwise ``==, !=, <, <=, >, >=`` → bool array (or one bool)."""
        a, b, *_ = self._aligned(other)
        return {
            "==": lambda: a == b, "!=": lambda: a != b, "<": lambda: a < b,
            "<=": lambda: a <= b, ">": lambda: a > b, ">=": lambda: a >= b,
        }[how]()

    def smaller(self, other: Exact) -> Exact:
        a, b, den, bound, den_bound = self._aligned(other)
        low = min(a, b) if isinstance(a, int) and isinstance(b, int) else np.minimum(a, b)
        return Exact(low, den, bound, den_bound)

    def larger(self, other: Exact) -> Exact:
        a, b, den, bound, den_bound = self._aligned(other)
        high = max(a, b) if isinstance(a, int) and isinstance(b, int) else np.maximum(a, b)
        return Exact(high, den, bound, den_bound)

    @staticmethod
    def choose(mask: Any, yes: Exact, no: Exact) -> Exact:
        """``yes`` where ``mask``, else ``no``."""
        if isinstance(yes.den, int) and isinstance(no.den, int):
            a, b, den, bound, den_bound = yes._aligned(no)
            return Exact(np.where(mask, a, b), den, bound, den_bound)
        return Exact(np.where(mask, yes.num, no.num), np.where(mask, yes.den, no.den),
                     max(yes.bound, no.bound), max(yes.den_bound, no.den_bound))

    # -- rounding -----------------------------------------------------------------------------------------------

    def _at_places(self, places: int) -> tuple[Any, Any, int, int]:
        value = self.times(Exact(10**places, 1))
        return value.num, value.den, value.bound, value.den_bound

    def rounded(self, places: int) -> Exact:
        """Half up to ``places`` decimals, half away from zero below 0."""
        num, den, bound, den_bound = self._at_places(places)
        scale = 10**places
        if isinstance(den, int) and den == 1:
            return _small(Exact(num, scale, bound))
        if isinstance(num, int) and isinstance(den, int):
            quotient = (2 * abs(num) + den) // (2 * den)
            return Exact(quotient if num >= 0 else -quotient, scale)
        if 2 * bound + den_bound >= LIMIT or 2 * den_bound >= LIMIT:
            bound, den_bound = largest(num), largest(den)
            if 2 * bound + den_bound >= LIMIT or 2 * den_bound >= LIMIT:
                num, den = _big(num), _big(den)
        magnitude = (2 * np.abs(num) + den) // (2 * den)
        result = np.where(num < 0, -magnitude, magnitude)
        # the quotient is bounded by the numerator; a constant denominator makes the bound sharp
        sharp = (2 * bound + den_bound) // (2 * den) + 1 if isinstance(den, int) else bound + 1
        return _small(Exact(result, scale, sharp))

    def floored(self, places: int = 0) -> Exact:
        num, den, bound, _ = self._at_places(places)
        return _small(Exact(num // den, 10**places, bound + 1))

    def ceiled(self, places: int = 0) -> Exact:
        return self.negative().floored(places).negative()


def _scale(value: Any, factor: int) -> Any:
    return value if factor == 1 else value * factor


def _small(value: Exact) -> Exact:
    """Back to int64 where Python's integers are no longer needed."""
    if not isinstance(value.num, int) and value.num.dtype == object:
        bound = largest(value.num)
        if bound < LIMIT:
            return Exact(value.num.astype(np.int64), value.den, bound, value.den_bound)
    return value


def _room(a: Any, b: Any, bound: int) -> tuple[Any, Any, int]:
    """``a`` and ``b`` in a form in which their sum cannot overflow, and their bound."""
    if bound >= LIMIT and not (isinstance(a, int) and isinstance(b, int)):
        bound = max(largest(a), largest(b))
        if bound >= LIMIT:
            return _big(a), _big(b), bound
    return a, b, bound


def _product(a: Any, bound_a: int, b: Any, bound_b: int) -> tuple[Any, int]:
    """``a * b`` and its bound, exact whatever the size."""
    if isinstance(b, int) and b == 1:
        return a, bound_a
    if isinstance(a, int) and a == 1:
        return b, bound_b
    bound = bound_a * bound_b
    if bound >= LIMIT and not (isinstance(a, int) and isinstance(b, int)):
        bound = largest(a) * largest(b)
        if bound >= LIMIT:
            return _big(a) * _big(b), bound
    return a * b, bound


def decimals(values: np.ndarray, places: int) -> tuple[np.ndarray, np.ndarray]:
    """What people typed, from the doubles that a workbook holds.

    ``values``: float64 array.  Returns (int64 array of the values times ``10**places``, mask of those that have more
    decimals than that; these are rounded half up).  A double stands for its shortest decimal form, so 0.285 is 285
    thousandths however the machine stores it.  Beyond 15 digits, which Excel neither takes nor shows, a double holds
    the noise of calculating or of writing files.  Values must be finite and below 2**53 / 10**places.
    """
    factor = float(10**places)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.rint(values * factor)
        # A whole number below 2**53 over a power of ten is the double nearest to that decimal: if it is the very
        # double that was typed, it is the decimal that was typed.
        exact = (scaled / factor == values) & (np.abs(scaled) < 2**53)
    result = np.zeros(values.shape, np.int64)
    result[exact] = scaled[exact].astype(np.int64)
    more = ~exact
    for i in np.flatnonzero(more):
        typed = Fraction(Decimal(f"{values[i]:.15g}"))
        result[i] = Exact.of(typed).rounded(places).num
        more[i] = typed.denominator > 1 and Fraction(int(result[i]), 10**places) != typed
    return result, more


def as_decimal(value: Fraction, places: int) -> Decimal:
    """``value`` rounded half up to ``places`` decimals, as a Decimal with exactly that many."""
    return Decimal(Exact.of(value).rounded(places).num).scaleb(-places)
