"""Amounts in capital Chinese numerals (大写), by the banks' 《正确填写票据和结算凭证的基本规定》.

Where that rule leaves a choice, the shorter form is taken: no 零 for a 0 of the 万 or 元 place before a written 仟
or 角 (壹拾万柒仟元伍角), no 整 after 角.  A whole group of zeros always gives its 零
(壹亿零壹仟元整: without it the amount could be taken for 1.1 亿; cn2an 0.5.24 leaves it out, hence our own).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "兆")
LIMIT = 10**16  # 元; 兆 = 万亿


def upper(amount: Decimal) -> str:
    """人民币壹仟贰佰叁拾元肆角伍分; 人民币零元整; 人民币负伍分."""
    if not amount.is_finite():
        raise ValueError(f"“{amount}”不是金额，无法写成大写。")
    if abs(amount) >= LIMIT:
        raise ValueError(f"金额 {amount} 太大，大写最多写到 9999 兆元。")
    fen = Fraction(amount) * 100
    if fen.denominator != 1:
        raise ValueError(f"金额 {amount} 超过两位小数，请先四舍五入到分再写大写。")
    yuan, cents = divmod(abs(int(fen)), 100)
    ten, one = divmod(cents, 10)
    text = _whole(yuan) + "元" if yuan else ""
    if not cents:
        text = (text or "零元") + "整"
    else:
        # A 0 of the 角 place is written only between 元 and 分.
        text += DIGITS[ten] + "角" if ten else "零" * bool(yuan)
        text += DIGITS[one] + "分" if one else ""
    return "人民币" + ("负" if fen < 0 else "") + text


def _whole(number: int) -> str:
    text, gap, written = "", False, False  # zeros passed since the last digit; anything written in this group of four
    digits = str(number)
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit == "0":
            gap = True
        else:
            text += "零" * gap + DIGITS[int(digit)] + PLACES[place % 4]
            gap, written = False, True
        if place % 4 == 0 and written:
            text += GROUPS[place // 4]
            gap, written = False, False
    return text
