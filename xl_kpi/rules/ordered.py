"""What the kinds that put people in order share."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from xl_kpi.money import Exact
from xl_kpi.rules.base import Here, Rule
from xl_kpi.rules.values import OK, REFUSED, Value


def order_key(env: Here, name: str, index: np.ndarray) -> tuple[np.ndarray, bool]:
    """The values of a key for the people at ``index``, and whether high comes first; no value comes last."""
    high = name.startswith("-")
    name = name.lstrip("-")
    if name == "id":
        ids = [env.ids[i] for i in index]
        order = {label: k for k, label in enumerate(sorted(set(ids)))}
        return np.array([order[label] for label in ids], np.int64), high
    value = env.value(name).take(index)
    data = value.data
    if isinstance(data, Exact):
        if not isinstance(data.den, int):                            # ranks of fractions by exact comparison
            parts = [data.at(k) for k in range(len(index))]
            order_ = {part: k for k, part in enumerate(sorted(set(parts)))}
            keys = np.array([order_[part] for part in parts], np.int64)
        else:
            keys = data.num if isinstance(data.num, np.ndarray) else np.full(len(index), data.num, np.int64)
    else:
        keys = value.array(len(index)).astype(np.int64)
    none = value.states(len(index)) != OK
    if none.any():
        keys = np.where(none, (keys.min() - 1) if high else (keys.max() + 1), keys)
    return keys, high


class Ordered(Rule):
    """What the kinds that put people in order share.

    ``keys``: names, '-' before one that counts from the top; 'id' is 工号.
    """

    local: ClassVar[bool] = False
    expressions: ClassVar[dict[str, str]] = {"where": "person"}
    where: str
    keys: list[str] = Field(min_length=1)

    def references(self) -> list[tuple[str, str]]:
        return [("keys", key.lstrip("-")) for key in self.keys if key.lstrip("-") != "id"]

    def refused(self, env: Here, where: Value) -> Any:
        """One refused candidate leaves every place open."""
        used = [where, *(env.value(name) for _, name in self.references())]
        if all(value.state is None for value in used):
            return None
        admitted = where.true(env.size)
        bad = (where.states(env.size) == REFUSED).any() or any(
            (value.states(env.size)[admitted] == REFUSED).any() for value in used[1:])
        return np.full(env.size, REFUSED, np.uint8) if bad else None

    def demand(self, env: Here, used: np.ndarray) -> None:
        where = self.node("where").evaluate(env)
        self.node("where").demand(env, where.states(env.size) == REFUSED)
        for _, name in self.references():
            env.need(name, where.true(env.size) & (env.value(name).states(env.size) == REFUSED))
