"""One change each to the content of a policy file: what a hand that slips can make of it."""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[Any, ...]
WRONG = [1, -1, True, 1.5, "x", "", [], {}, [1], ["x"], [[]], [{}], {"x": 1}, {"x": "y"}]
OTHERS = 6              # so many times a text is replaced by another one of the file


@dataclass(frozen=True)
class Mutation:
    """``at``: the key; ``how``: removed, renamed, or put."""

    at: Path
    how: str
    value: Any = None

    def of(self, content: dict[str, Any]) -> dict[str, Any]:
        new = copy.deepcopy(content)
        parent = get(new, self.at[:-1])
        if self.how == "removed":
            del parent[self.at[-1]]
        elif self.how == "renamed":
            parent["renamed"] = parent.pop(self.at[-1])
        else:
            parent[self.at[-1]] = copy.deepcopy(self.value)
        return new

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.at))} {self.how} {self.value!r}"


def get(content: Any, at: Path) -> Any:
    for part in at:
        content = content[part]
    return content


def paths(content: Any, at: Path = ()) -> Iterator[Path]:
    if at:
        yield at
    if isinstance(content, dict):
        for key in content:
            yield from paths(content[key], (*at, key))
    elif isinstance(content, list):
        for i in range(len(content)):
            yield from paths(content[i], (*at, i))


def mutations(content: dict[str, Any], rng: random.Random) -> list[Mutation]:
    """Every key removed, and given a value of every other type; keys added; lists cut and repeated; texts replaced by
    other texts of the file (most of them of the same key); all in a random order."""
    texts: dict[Any, list[str]] = defaultdict(list)
    for at in paths(content):
        one = get(content, at)
        names = [one, *(part for part in at if isinstance(part, str))] if isinstance(one, str) else []
        texts[""] += names
        texts[_key(at)] += names[:1]
    found = list(_added(content, rng))
    for at in paths(content):
        one = get(content, at)
        found.append(Mutation(at, "removed"))
        found += [Mutation(at, "put", wrong) for wrong in WRONG]
        if isinstance(one, list) and one:
            found += [Mutation(at, "put", one + one[:1]), Mutation(at, "put", one[:1]), Mutation(at, "put", one[1:])]
        if isinstance(one, str):
            found += [Mutation(at, "put", rng.choice(texts[_key(at) if rng.random() < 0.6 else ""]))
                      for _ in range(OTHERS)]
        if isinstance(at[-1], str) and isinstance(one, dict):
            found.append(Mutation(at, "renamed"))
    rng.shuffle(found)
    return found


def _added(content: dict[str, Any], rng: random.Random) -> Iterator[Mutation]:
    """Keys that stand in other parts of the same kind: every dictionary of a list or of names is of one kind."""
    known: dict[tuple[str, ...], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    kinds = {at: tuple("*" if isinstance(part, int) or depth == 1 else part for depth, part in enumerate(at))
             for at in paths(content) if isinstance(get(content, at), dict)}
    for at, kind in kinds.items():
        for key, value in get(content, at).items():
            known[kind][key].append(value)
    for at, kind in kinds.items():
        for key, values in known[kind].items():
            if key not in get(content, at):
                yield Mutation((*at, key), "put", rng.choice(values))


def _key(at: Path) -> Any:
    return at[-1] if isinstance(at[-1], str) else at[-2]
