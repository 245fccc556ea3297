"""Row-wise: an expression over other quantities, inputs and parameters."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from xl_kpi.rules.base import Here, Making, Quantity, Rule, Words, all_stated, expr_or_cases
from xl_kpi.rules.expression import Case, ChoicesOf, Compare, Logic, Node, OneOf, TypeOf
from xl_kpi.rules.values import Value


class ExprRule(Rule):
    """One expression, or one for each value of a reading."""

    kind: Literal["expr"] = "expr"
    expr: str = ""
    reading: str = ""
    cases: dict[str, str] = Field(default_factory=dict)
    choices: list[str] = Field(default_factory=list)        # the labels, when the result is a choice

    @model_validator(mode="after")
    def _one_of(self) -> ExprRule:
        return expr_or_cases(self)


class Expr(Quantity[ExprRule]):
    """What a page writes without a call."""

    written = ExprRule
    by_row = True

    @classmethod
    def made(cls, name: str, rule: ExprRule, making: Making) -> Expr:
        return cls(name, rule, {"expr": making.cases(rule, rule.rows)})

    def agree(self, making: Making) -> None:
        all_stated(making, self.rule.choices, [self.expression])

    def type_of(self, of: TypeOf) -> str:
        return self.expression.type_of(of)

    def choices(self, of: ChoicesOf) -> list[str] | None:
        return self.rule.choices or None

    @property
    def expression(self) -> Node:
        return self.nodes["expr"]

    def here(self) -> list[Node]:
        return [] if self.rows else [self.expression]

    def evaluate(self, env: Here) -> Value:
        return self.nodes["expr"].evaluate(env)

    def demand(self, env: Here, used: np.ndarray) -> None:
        self.nodes["expr"].demand(env, used)

    def explain(self, env: Here, i: int) -> str:
        return self.nodes["expr"].explain(env, i)

    def because(self, env: Here, i: int) -> str:
        node = self.nodes["expr"]
        return "" if isinstance(node, Compare | OneOf) and node.of_text else node.because(env, i)

    def facts(self, env: Here, i: int) -> list[str]:
        return self.nodes["expr"].facts(env, i)

    def why_not(self, env: Here, i: int) -> str:
        node = self.nodes["expr"]
        while isinstance(node, Case):
            node = node.case(env.reading(node.reading))
        return node.why_not(env, i) if isinstance(node, Logic) else ""

    def words(self, words: Words) -> list[str]:
        return words.choice(self.rule)


KINDS = (Expr,)
