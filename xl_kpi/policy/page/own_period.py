"""The page's own period: what 周期 at its head says stands in the place of 每期, in the page and its packs."""

from __future__ import annotations

from lark import Token

from xl_kpi.policy.page import tree
from xl_kpi.policy.page.source import Page, PageError, Place
from xl_kpi.policy.page.words import EACH_PERIOD, PERIODS
from xl_kpi.policy.words import near_to


def in_period(pages: list[Page], statements: list[tree.Statement]) -> list[PageError]:
    """Put the page's period (周期) in the place of 每期; what is wrong with it."""
    word, place = "", Place(pages[0].file, 1)
    own = next((page for page in pages if "周期" in page.front), None)
    known = [name for name, grain in PERIODS.items() if grain]
    if own is not None:
        word, place = own.front["周期"]
        if word not in known:
            return [PageError(place, f"周期 写 {'、'.join(known)} 之一；给的是 {word}{near_to(word, known)}")]
    used = False
    for s in statements:
        grain: list[tree.Expression] = getattr(s, "grain", [])
        for at, one in enumerate(grain[:2]):                # (每期，谁), (逐次，每期)
            if isinstance(one, tree.Name) and one.token == EACH_PERIOD:
                used, grain[at] = True, tree.Name(_word(word, one.token))
        if isinstance(s, tree.QuantityStatement | tree.IndicatorStatement) and s.scope == EACH_PERIOD:
            used, s.scope = True, _word(word, s.scope)
    if used and not word:
        return [PageError(place, f"规则里写了“{EACH_PERIOD}”，开头要写 周期: {'、'.join(known)} 之一")]
    if word and not used:
        return [PageError(place, f"写了周期，没有一条规则写“{EACH_PERIOD}”")]
    return []


def _word(word: str, token: Token) -> Token:
    return Token.new_borrow_pos(token.type, word, token)
