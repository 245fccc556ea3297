"""What the cell of a day says: 正常班:上班迟到23分钟 (09:23,18:01), 事假04-02 09:00到04-02 18:00 1天, 事假8H, √+5.

Whatever is not understood whole is a sign: what it means stands in a legend or is asked for once.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from xl_kpi.forms.imports.model import Saying
from xl_kpi.forms.imports.things import DAYS, FINE, HALF, NORMAL, NORMALLY, UNIT, UNITS, WORD, WORDS, numbers
from xl_kpi.hand.texts import normal, squeezed

NOTHING = re.compile(r"-{2,}|—{2,}|–{2,}|―{2,}")
_PUNCHES = re.compile(r"\(\s*(?:-|\d{1,2}:\d{2}|次日|[,;\s])*\s*\)\s*$")         # behind it: (09:23,18:01), (-)
_SHIFT = re.compile(r"^[^,;\n]*:(?=[^\d\s])")                                     # before it: 正常班:
_PARTS = re.compile(r"[,;、\n]+")
_FURTHER = re.compile(r"[+/&]|\s+")
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
_WHEN = rf"(?:(?:\d{{4}}[-/.年])?\d{{1,2}}[-/.月]\d{{1,2}}日?(?:{_CLOCK}|上午|下午)?|{_CLOCK})"
_AMOUNT = (rf"(?:(?P<amount{{n}}>\d+(?:\.\d+)?)(?P<unit{{n}}>{UNIT})?"
           r"|(?P<half{n}>半天|半日)|(?P<whole{n}>全天|整天|一天))")
_PIECE = re.compile(
    rf"(?:{_AMOUNT.format(n=1)})?(?P<side>上班|下班|上午|下午)?(?:第?\d次?)?(?P<word>{WORD})"
    rf"(?:申请|审批通过|已通过|\((?P<note>[^()\d]*)\))?:?(?P<span>{_WHEN}(?:到|至|~|-|—|–)+{_WHEN})?(?:共)?(?:{_AMOUNT.format(n=2)})?",
    re.IGNORECASE)
# of a word that is not known: with an amount or from when to when it is a leave of some kind
_OTHER = re.compile(
    rf"(?P<side>)(?P<word>[^\W\d_]{{1,12}}):?(?:(?P<span>{_WHEN}(?:到|至|~|-|—|–)+{_WHEN})(?:共)?(?:{_AMOUNT.format(n=2)})?"
    rf"|(?P<amount1>\d+(?:\.\d+)?)(?P<unit1>天|日|小时|个小时))", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def said(text: str) -> tuple[Saying, ...]:
    """All that the cell says, in its order; nothing for a blank one and for --."""
    whole = normal(text)
    if not whole or NOTHING.fullmatch(squeezed(whole)):
        return ()
    if squeezed(whole) in WORDS:
        return (Saying(WORDS[squeezed(whole)], whole),)
    bare = _PUNCHES.sub("", whole).strip()
    if not bare or NOTHING.fullmatch(squeezed(bare)):
        return ()
    shift = _SHIFT.match(bare)
    if shift and bare[shift.end():].strip() and not _piece(bare):
        bare = bare[shift.end():]
    found: list[Saying] = []
    for part in _PARTS.split(bare):
        if not squeezed(part):
            continue
        one = _piece(part)
        several = [_piece(p) for p in _FURTHER.split(part) if squeezed(p)] if one is None else []
        if one is not None:
            found.append(one)
        elif len(several) > 1 and all(several):
            found += [piece for piece in several if piece is not None]
        else:
            found.append(_unknown(part))
    return tuple(found)


def _piece(text: str) -> Saying | None:
    """One thing, with how much of it."""
    squeezed_text = squeezed(text)
    if NORMALLY.fullmatch(squeezed_text):
        return Saying(NORMAL, text.strip())
    found = _PIECE.fullmatch(squeezed_text)
    if found is None:
        return None
    side, word = found["side"] or "", found["word"]
    thing = WORDS.get(side + word) or WORDS[word]
    amount, unit = _amount(found.groupdict())
    if amount is not None and not unit:             # 迟到3: of what?
        return None
    note = found["note"] or ""
    if note and note not in FINE | HALF:                    # 事假(待审批)
        return None
    if amount is None and (side in HALF or note in HALF):
        amount, unit = Fraction(1, 2), DAYS
    return Saying(thing, text.strip(), amount, unit, found["span"] or "")


def _amount(found: dict[str, str | None]) -> tuple[Fraction | None, str]:
    for n in "21":
        if (number := found.get(f"amount{n}")) is not None:
            return Fraction(number), UNITS.get((found[f"unit{n}"] or "").lower(), "")
        if found.get(f"half{n}"):
            return Fraction(1, 2), DAYS
        if found.get(f"whole{n}"):
            return Fraction(1), DAYS
    return None, ""


def _unknown(text: str) -> Saying:
    """What is not understood: a word with from when to when and how much, else a sign."""
    if (found := _OTHER.fullmatch(squeezed(text))) is not None:
        amount, unit = _amount(found.groupdict())
        return Saying("", text.strip(), amount, unit, found["span"] or "", found["word"])
    sign, given = numbers(squeezed(text))
    return Saying("", text.strip(), sign=sign, numbers=given)


def meaning(answer: str, given: tuple[Fraction, ...] = ()) -> Saying | None:
    """What an answer or a legend makes of a sign: 事假, 迟到 1次, 事假 # 小时 (# is the number in the sign), 正常;
    None: it is none."""
    text = squeezed(answer)
    for number in given:
        text = text.replace("#", f"{float(number):g}", 1)
    found = said(text)
    return found[0] if len(found) == 1 and found[0].thing else None
