"""The kinds of rules as calls, 合计(表，式子，条件) and the like, to the fields of a rule, as the kinds say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xl_kpi.policy.page import tree
from xl_kpi.policy.page.expressions import SIGNS, PageScope, write
from xl_kpi.policy.page.source import PageError, Pieces
from xl_kpi.policy.page.words import EACH_KEY
from xl_kpi.policy.words import near_to
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.kinds import CALLS

Fields = dict[str, Any]
MOST = 120                  # months before or after, and the like
# What stands for an argument in a message, by its role.
ROLES = {"people": "式子", "rows": "条件或式子", "name": "量", "column": "花名册的列", "table": "表",
         "parameter": "有键的参数", "number": "整数", "label": "选项", "order": "(-量，量)", "yes": "是",
         "levels": "(列 × 权重，列 × 权重)", "each": "含“每项”的式子"}
BY_READING = "读法"
REST = "其余"
OTHERS = {"grades": f"甲=名额，乙={REST}", "given": "项=别处的得分"}       # every other named argument
BELOW = ("bands",)                                                  # the lines below the call


def usage(call: Call) -> str:
    """How a call is written."""
    said = []
    for argument in call.arguments:
        if argument.role in BELOW:
            continue
        if argument.role in OTHERS:
            said.append(OTHERS[argument.role])
            continue
        words = list(argument.words)
        told = "、".join(words) if len(words) < 4 else f"{'、'.join(words[:3])} 等"
        word = told if argument.role in ("word", "decision") else (
            f"含“{argument.bound}”的式子" if argument.bound else ROLES[argument.role])
        said.append(f"{argument.named}={word}" if argument.named else word)
    return f"{call.name}({'，'.join(said)})"


def labels_of(call: tree.Call) -> list[str]:
    """The labels that a call can give, as far as it names them."""
    _, how = CALLS.get(str(call.token), ("", None))
    if how is None:
        return []
    known = {one.named for one in how.arguments}
    given = [(str(one.parts[0].token), one.parts[1]) for one in call.parts
             if isinstance(one, tree.Compared) and len(one.parts) == 2 and isinstance(one.parts[0], tree.Name)]
    if any(one.role == "grades" for one in how.arguments):
        return [name for name, _ in given if name not in known]
    labels = {one.named for one in how.arguments if one.role == "label"}
    return [str(value.token) for name, value in given if name in labels and isinstance(value, tree.Name)] + (
        ["无"] if labels else [])


def band_text(band: tree.Band, scope: PageScope) -> str:
    """The ends of a band as the rule has them."""
    return " and ".join(f"{SIGNS.get(str(sign), str(sign))} {write(node, scope)}" for sign, node in band.ends)


class Calls:
    """Reads one call.  ``rows``: the scope over the rows of a table; ``table``, ``column``: what the engine calls a
    table, a column of the roster."""

    def __init__(self, scope: PageScope, rows: Callable[[Any], PageScope], table: Callable[[Any], str],
                 column: Callable[[Any], str], reading: Callable[[Any], tuple[str, list[str]]]):
        self.scope, self.rows, self.table, self.column, self.reading = scope, rows, table, column, reading
        self.over: PageScope | None = None          # the rows of the call's table
        self.wrong_fields: set[str] = set()         # what stands upon them is not told

    def read(self, call: tree.Call, bands: list[tree.Band] | None = None) -> Fields:
        """The fields of the rule; ``bands``: the lines below it.  Raises PageError."""
        kind, how = CALLS[str(call.token)]
        return self.read_as(call, how, {"kind": kind, **how.sets}, bands)

    def read_as(self, call: tree.Call, how: Call, fields: Fields, bands: list[tree.Band] | None = None) -> Fields:
        """The fields of what is called in this way.  Raises PageError."""
        self.call, self.how, self.fields = call, how, fields
        placed, named, others = self._sorted()
        self.over, self.wrong_fields = None, set()
        arguments = [one for one in how.arguments if one.role not in OTHERS and one.role not in BELOW]
        with self.scope.pieces() as pieces:
            self._bands(bands, pieces)
            for argument in arguments:
                if argument.many:
                    continue
                if argument.named and argument.named in named:
                    self._argument(argument, named.pop(argument.named), pieces)
                elif placed and self._by_place(argument) and not any(one.many for one in arguments):
                    self._argument(argument, placed.pop(0), pieces)
                elif argument.needed:
                    raise self.wrong()
            self._many([one for one in arguments if one.many], placed, pieces)
            if placed or named:
                raise self.wrong()
            if any(one.role == "grades" for one in how.arguments):
                self._grades(others)
            elif others:
                self._given(others)
        return self.fields

    def wrong(self) -> PageError:
        return self.scope.error(f"写法是 {usage(self.how)}", self.call.token)

    def _by_place(self, argument: CallArgument) -> bool:
        return not argument.named or argument.placed

    def _sorted(self) -> tuple[list[tree.Expression], dict[str, tree.Expression], dict[str, tree.Expression]]:
        """(the arguments by their places, those with a name, the grades)."""
        names = {one.named for one in self.how.arguments if one.named}
        graded = any(one.role in OTHERS for one in self.how.arguments)
        placed: list[tree.Expression] = []
        named: dict[str, tree.Expression] = {}
        grades: dict[str, tree.Expression] = {}
        for part in self.call.parts:
            word = ""
            if isinstance(part, tree.Compared) and len(part.signs) == 1 and str(part.signs[0]) in ("=", "＝"):
                left = part.parts[0]
                word = str(left.token) if isinstance(left, tree.Name) else ""
            if word and word in names:
                named[word] = part.parts[1]             # type: ignore[union-attr]
            elif word and graded and placed and self._other(word):
                grades[word] = part.parts[1]            # type: ignore[union-attr]
            else:
                placed.append(part)
        return placed, named, grades

    def _argument(self, argument: CallArgument, node: tree.Expression, pieces: Pieces) -> None:
        """Read one argument into its field."""
        field = argument.field.partition(".")[0]
        over_rows = argument.role in ("rows", "levels") and "table" in self.wrong_fields
        if over_rows or field in self.wrong_fields:
            self.wrong_fields.add(field)
            return
        self.wrong_fields.add(field)
        with pieces.one():
            self._read(argument, node)
            self.wrong_fields.discard(field)

    def _read(self, argument: CallArgument, node: tree.Expression) -> None:
        field, of, value = *argument.field.partition(".")[::2], self._value(argument, node)
        if argument.role == "each":
            if not self.fields.get(field):
                raise self.wrong()
            self.fields[field][-1][of] = value
        elif of:
            self.fields.setdefault(field, []).append(value)         # months.0, months.1
        elif argument.either and not self._is_name(node):
            self.fields[argument.either] = value
        else:
            self.fields[field] = value

    def _value(self, argument: CallArgument, node: tree.Expression) -> Any:
        match argument.role:
            case "people":
                return write(node, self.scope.knowing(argument.bound) if argument.bound else self.scope)
            case "rows":
                return write(node, self.over or self.scope)
            case "name":
                if not self._is_name(node) and not argument.either:
                    raise self.scope.error(f"这里要写一个量或列的名称；写法是 {usage(self.how)}", tree.place_of(node))
                return write(node, self.scope)
            case "column":
                return self.column(self._word(node))
            case "table":
                token = self._word(node)
                self.over = self.rows(token)
                return self.table(token)
            case "parameter":
                return self.scope.keyed(self._word(node)).engine
            case "number":
                return self._whole(node)
            case "word":
                return self._worded(argument, node)
            case "label":
                return self._whole(node) if isinstance(node, tree.Number) else str(self._word(node))
            case "order":
                return self._all(node, self._key)
            case "yes":
                return write(node, self.scope) == "True"
            case "decision":
                return self.decision(argument, node)
            case "each":
                return write(node, self.scope.knowing(EACH_KEY))
            case "levels":
                return self._all(node, self._level)
        raise self.wrong()

    def _many(self, arguments: list[CallArgument], placed: list[tree.Expression], pieces: Pieces) -> None:
        """A parameter with keys and its expression, as often as they come."""
        if not arguments:
            return
        if not placed or len(placed) % 2:
            raise self.wrong()
        field = arguments[0].field
        while placed:
            node, value = placed.pop(0), placed.pop(0)
            said = write(value, self.scope)
            with pieces.one():
                self.fields.setdefault(field, {})[self.scope.keyed(self._word(node)).engine] = said

    def _grades(self, grades: dict[str, tree.Expression]) -> None:
        rest = [name for name, node in grades.items() if isinstance(node, tree.Name) and str(node.token) == REST]
        if len(rest) != 1:
            raise self.scope.error(f"要有一级写 …={REST}，其他各级写名额", self.call.token)
        self.fields |= {"choices": list(grades), "rest": rest[0],
                        "places": {name: write(node, self.scope) for name, node in grades.items() if name != rest[0]}}

    def _bands(self, bands: list[tree.Band] | None, pieces: Pieces) -> None:
        """> 90 且 ≤ 95：20, a line each."""
        wanted = [one.field for one in self.how.arguments if one.role in BELOW]
        if bands and not wanted:
            raise self.scope.bands_alone(self.call.token)
        if wanted and not bands:
            raise self.scope.error(f"{self.how.name}(…) 的下面一档写一行：> 90：20", self.call.token)
        lines: dict[str, str] = {}
        for band in bands or ():
            ends = band_text(band, self.scope)
            with pieces.one():
                if ends in lines:
                    raise self.scope.error("这一档写了两次", band.ends[0][0])
            lines[ends] = write(band.gives, self.scope)
        if wanted:
            self.fields[wanted[0]] = lines

    def decision(self, argument: CallArgument, node: tree.Expression) -> Any:
        """归下, or 读法(题，取值=归下，取值=归上)."""
        if not isinstance(node, tree.Call):
            return self._worded(argument, node)
        ident, cases = self.by_reading(node, "、".join(argument.words), lambda part: self._worded(argument, part))
        return {"reading": ident, "cases": cases}

    def by_reading(self, node: tree.Call, what: str, read: Callable[[tree.Expression], str]
                   ) -> tuple[str, dict[str, str]]:
        """读法(题，取值=…): (the reading, value → what is read of each)."""
        usage = f"写法是 {BY_READING}(读法，取值={what})"
        if str(node.token) != BY_READING or not node.parts:
            raise self.scope.error(usage, node.token)
        ident, values = self.reading(self._word(node.parts[0], usage))
        cases: dict[str, str] = {}
        with self.scope.pieces() as pieces:
            for part in node.parts[1:]:
                if not isinstance(part, tree.Compared) or len(part.parts) != 2:
                    raise self.scope.error(usage, node.token)
                value = str(self._word(part.parts[0], usage))
                with pieces.one():
                    if value not in values:
                        raise self.scope.error(f"这个读法没有 {value}，有 {'、'.join(values)}", tree.place_of(part))
                    cases[value] = read(part.parts[1])
        return ident, cases

    def _worded(self, argument: CallArgument, node: tree.Expression) -> Any:
        said = str(self._word(node, f"这里写 {'、'.join(argument.words)} 之一"))
        if said not in argument.words:
            hint = near_to(said, argument.words)
            raise self.scope.error(f"这里没有「{said}」，可以写 {'、'.join(argument.words)}{hint}", tree.place_of(node))
        return argument.words[said]

    def _all(self, node: tree.Expression, read: Callable[[tree.Expression], Any]) -> list[Any]:
        """Several in brackets, or one."""
        found = []
        with self.scope.pieces() as pieces:
            for one in node.parts if isinstance(node, tree.Bracket) else [node]:
                with pieces.one():
                    found.append(read(one))
        return found

    def _level(self, node: tree.Expression) -> dict[str, Any]:
        """列, or 列 × 权重."""
        if not isinstance(node, tree.Arithmetic) or node.sign != "*":
            return {"column": write(node, self.over or self.scope)}
        column = write(node.left, self.over or self.scope)
        return {"column": column, "weights": self.scope.keyed(self._word(node.right)).engine}

    def _given(self, others: dict[str, tree.Expression]) -> None:
        levels = self.fields.get("by")
        if not levels:
            if "by" in self.wrong_fields:
                return
            raise self.wrong()
        levels[0]["given"] = {name: write(node, self.scope) for name, node in others.items()}

    def _other(self, word: str) -> bool:
        """Is a named argument one of those that have no fixed names?  评分人 = 自评 is a condition."""
        if any(one.role == "grades" for one in self.how.arguments):
            return True
        return any(word in map(str, parameter.keys) for parameter in self.scope.parameters.values())

    # -- parts

    @staticmethod
    def _is_name(node: tree.Expression) -> bool:
        return isinstance(node, tree.Name)

    def _word(self, node: tree.Expression, usage: str = "") -> Any:
        """A word that stands for itself.  ``usage``: what is said of anything else, the call's own by default."""
        if not isinstance(node, tree.Name):
            raise self.scope.error(usage, tree.place_of(node)) if usage else self.wrong()
        return node.token

    def _whole(self, node: tree.Expression) -> int:
        sign = 1
        if isinstance(node, tree.Minus):
            sign, node = -1, node.part
        if not isinstance(node, tree.Number) or not str(node.token).isdecimal() or int(node.token) > MOST:
            raise self.scope.error(f"这里要写一个整数，最多 {MOST}；写法是 {usage(self.how)}", tree.place_of(node))
        return sign * int(node.token)

    def _key(self, node: tree.Expression) -> str:
        """工号, 名, -名."""
        down = isinstance(node, tree.Minus)
        name: tree.Expression = node.part if isinstance(node, tree.Minus) else node
        if not isinstance(name, tree.Name):
            raise self.scope.error("“按”的后面写量的名称，从大到小的前面写 -", tree.place_of(name))
        return ("-" if down else "") + ("id" if str(name.token) == "工号" else write(name, self.scope))
