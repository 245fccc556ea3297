"""大写 by the table of the banks' rule, and back."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xl_kpi.rmb import DIGITS, GROUPS, PLACES, upper

CASES = [
    ("0", "零元整"), ("0.00", "零元整"), ("-0.00", "零元整"),
    ("0.01", "壹分"), ("0.10", "壹角"), ("0.05", "伍分"), ("0.50", "伍角"), ("0.55", "伍角伍分"),
    ("1", "壹元整"), ("10", "壹拾元整"), ("10.05", "壹拾元零伍分"), ("10.50", "壹拾元伍角"), ("15", "壹拾伍元整"),
    ("100", "壹佰元整"), ("101", "壹佰零壹元整"), ("110", "壹佰壹拾元整"), ("200.00", "贰佰元整"),
    ("1001", "壹仟零壹元整"), ("1010", "壹仟零壹拾元整"), ("1100", "壹仟壹佰元整"), ("3220", "叁仟贰佰贰拾元整"),
    ("1230.45", "壹仟贰佰叁拾元肆角伍分"),
    ("10050", "壹万零伍拾元整"), ("10500", "壹万零伍佰元整"), ("15000", "壹万伍仟元整"), ("100000", "壹拾万元整"),
    ("100010", "壹拾万零壹拾元整"), ("309825", "叁拾万玖仟捌佰贰拾伍元整"), ("1000000", "壹佰万元整"),
    ("100000000", "壹亿元整"), ("100000001", "壹亿零壹元整"), ("100001000", "壹亿零壹仟元整"),
    ("100010000", "壹亿零壹万元整"), ("110000000", "壹亿壹仟万元整"), ("1000010000", "壹拾亿零壹万元整"),
    ("1000000000000", "壹兆元整"),
    ("1000000001000", "壹兆零壹仟元整"), ("1000100000000", "壹兆零壹亿元整"),
    ("9999999999999999.99", "玖仟玖佰玖拾玖兆玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ("-0.05", "负伍分"), ("-1230.45", "负壹仟贰佰叁拾元肆角伍分"),
    ("1.500", "壹元伍角"), ("1E+4", "壹万元整"),
    # the examples of 《正确填写票据和结算凭证的基本规定》 四
    ("1409.50", "壹仟肆佰零玖元伍角"), ("6007.14", "陆仟零柒元壹角肆分"), ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
    ("107000.53", "壹拾万柒仟元伍角叁分"), ("16409.02", "壹万陆仟肆佰零玖元零贰分"), ("325.04", "叁佰贰拾伍元零肆分"),
]
REFUSED = [
    ("0.001", "超过两位小数"), ("1.005", "超过两位小数"), ("1." + "0" * 40 + "1", "超过两位小数"),
    ("10000000000000000", "太大"), ("-1E+16", "太大"), ("1E+999", "太大"),
    ("NaN", "不是金额"), ("Infinity", "不是金额"),
]


@pytest.mark.parametrize(("amount", "text"), CASES)
def test_capitals(amount: str, text: str) -> None:
    assert upper(Decimal(amount)) == "人民币" + text


@pytest.mark.parametrize(("amount", "saying"), REFUSED)
def test_no_amount(amount: str, saying: str) -> None:
    with pytest.raises(ValueError, match=saying):
        upper(Decimal(amount))


def read(text: str) -> int:
    """The fen of capitals, read from right to left's units: an independent way back."""
    text = text.removeprefix("人民币")
    sign = -1 if text.startswith("负") else 1
    units = {"角": 10, "分": 1}
    fen = group = total = digit = 0
    for char in text.lstrip("负").rstrip("整"):
        if char in DIGITS:
            digit = DIGITS.index(char)
        elif char in PLACES[1:]:
            group, digit = group + digit * 10 ** PLACES.index(char), 0
        elif char in GROUPS[1:]:
            total, group, digit = total + (group + digit) * 10_000 ** GROUPS.index(char), 0, 0
        elif char == "元":
            fen, digit = (total + group + digit) * 100, 0
        else:
            fen, digit = fen + digit * units[char], 0
    return sign * fen


@given(st.integers(-(10**18) + 1, 10**18 - 1))
@example(100_001_000_00)
@example(-1)
def test_capitals_read_back(fen: int) -> None:
    text = upper(Decimal(fen).scaleb(-2))
    assert read(text) == fen
    assert "零零" not in text
    assert text.endswith("分") or text.endswith("角") or text.endswith("元整")


@given(st.lists(st.sampled_from("0001234509"), min_size=1, max_size=18).map("".join))
def test_amounts_full_of_zeros_read_back(digits: str) -> None:
    assert read(upper(Decimal(digits).scaleb(-2))) == int(digits)
