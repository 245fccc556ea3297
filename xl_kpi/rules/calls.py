"""How a kind is called on a policy's page: its Chinese names and what their arguments mean.

A kind declares one ``Call`` for each of its names; the page's reader knows the roles, not the kinds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

# What an argument is, and what becomes of it in the rule's field:
#   people    an expression over people                            its text
#   rows      an expression over the rows of the call's table      its text
#   name      the name of a quantity or input                      the name
#   column    a column of the roster                               its name
#   table     the name of a table                                  the name
#   parameter the name of a parameter with keys, the line of the expression that comes next: {parameter: expression}
#   number    a whole number                                       the number
#   word      one of ``words``                                     its value there
#   label     a label or a whole number                            the label
#   order     names, one or in brackets, - before what counts from the top, 工号 for ``id``     the list of names
#   yes       是 / 否                                               true / false
#   decision  one of ``words``, or 〔a reading〕 with one for each of its values
#                                                                     the word's value, or {reading, cases}
#   bands     the lines below, ends and what they give: > 99：25      {ends: expression}, in this order
#   levels    columns and their weights: 评分人 × 评分人权重         the list of {column, weights, …}
#   each      an expression in which 每项 is each choice of the last level               its text in that level
#   given     every other named argument: a choice of the first level → its score          its ``given``
#   grades    every other named argument: grade → expression; the one that says 其余 is ``rest``; ``choices`` are the
#             grades as they come
Role = Literal["people", "rows", "name", "column", "table", "parameter", "number", "word", "label", "order", "yes",
               "grades", "decision", "bands", "levels", "each", "given"]


@dataclass(frozen=True)
class CallArgument:
    """One argument of a call.  ``field``: of the rule; ``months.0`` is the first of a list."""

    field: str
    role: Role
    named: str = ""             # written 同 = 班组; '': by its place
    placed: bool = False        # … or by its place too
    either: str = ""            # of a name: the field of an expression that may stand there instead
    needed: bool = True
    bound: str = ""             # of an expression: a name that only it knows
    many: bool = False          # the last ones, as often as they come (a parameter and its expression)
    words: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One way to write a kind.  ``sets``: the fields that the name alone decides."""

    name: str
    arguments: tuple[CallArgument, ...]
    sets: Mapping[str, Any] = dataclasses.field(default_factory=dict)
