"""A company's own indicator card (指标卡): the sheets 指标, 评分人, 等级, 计薪 of a workbook say its rules.

They are translated to the text of a page, which is then a policy like any other: nothing behind knows of the sheets.
"""

from __future__ import annotations

from functools import lru_cache

from xl_kpi.card.card import Card, read_card
from xl_kpi.card.page import page_of
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.load import of_text
from xl_kpi.problems import Problem, Refusal
from xl_kpi.rules.base import PolicyError
from xl_kpi.workbook.book import Book

__all__ = ["Card", "card_of", "page_of", "policy_from"]


def card_of(book: Book) -> tuple[Card, list[Problem]]:
    """What the sheets of a workbook say, and what there is to note.  Raises Refusal with everything that is wrong."""
    card, problems = read_card(book)
    if any(problem.level == "error" for problem in problems):
        raise Refusal(problems)
    return card, problems


def policy_from(book: Book, policy: Policy) -> Policy:
    """The policy that the sheets of a workbook make, under the id of ``policy``.  Raises Refusal."""
    card, _ = card_of(book)
    try:
        return _loaded(policy.id, page_of(card, policy.id, policy.written_on))
    except PolicyError as error:
        sheets = "、".join(policy.written_on)
        raise Refusal([Problem("error", f"工作表 {sheets} 写成的制度不能用：{line}",
                               f"核对工作表 {sheets} 里的名称和数") for line in str(error).split("\n")]) from None


@lru_cache(maxsize=8)
def _loaded(policy_id: str, text: str) -> Policy:
    return of_text(f"{policy_id}.md", text)


def noted(book: Book) -> list[Problem]:
    """What there is to note of the sheets, each with its level; nothing of what is wrong."""
    return [one for one in read_card(book)[1] if one.level != "error"]
