"""Functions whose answer for a row comes from that row's arguments: the policy's own quantities, some of them given.

The engine is the one of the main job.  What an argument stands for is supplied to a ``Run`` over as many people as
there are rows; whatever the function's value needs beyond that follows from the policy's rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from xl_kpi.engine import Lack, ParameterLack, RuleRefused, Run, View
from xl_kpi.facts import Facts
from xl_kpi.functions import Refused
from xl_kpi.functions.answers import Answers, as_cell, as_cells
from xl_kpi.functions.arguments import GivenCells, Read, Reader, blank_rows, cells_of, height_of, only_one
from xl_kpi.functions.context import Context, sheet_of
from xl_kpi.functions.explain import explanations
from xl_kpi.money import Exact
from xl_kpi.policy.compiled import Argument, Function, Policy
from xl_kpi.policy.model import Column
from xl_kpi.policy.names import CONSTANTS
from xl_kpi.policy.words import cited
from xl_kpi.rules.expression import Node, Ref
from xl_kpi.rules.periods import Period, months_of
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value
from xl_kpi.tables.headings import find_headings

# A range does not say whether 9 is shown as 9 or 009, and as text the one comes after 10, the other before.
DIGITS = "名次由工号定，工号是位数不同的数字，看不出先后；把工号改成文本"


class RowFunction:
    """A function of a policy, ready to be called."""

    def __init__(self, policy: Policy, function: Function):
        self.policy, self.function = policy, function
        self.explains = bool(function.explains)
        if self.explains:
            function = self.function = policy.functions[function.explains]
        self.readers = {name: self._reader(name, argument) for name, argument in function.arguments.items()}
        self.columns = {heading: self._reader(heading, argument) for heading, argument in function.table.items()}
        assert function.value is not None
        self.node: Node = function.value
        self.given = function.given
        self.across = is_across(policy, function)
        self.checks = function.checks
        self.of_table = {c.name: name for name, table in policy.tables.items() for c in table.columns}
        self.grains = {c.name: table.grain_of(c) for table in policy.tables.values() for c in table.columns}

    def _reader(self, name: str, argument: Argument) -> Reader:
        worked_out = bool(argument.supplies) and all(one in self.policy.quantities for one in argument.supplies)
        return Reader(name, argument, tuple(choices_of(self.policy, argument.supplies)), worked_out)

    def answers(self, given: dict[str, Any], context: Context) -> Answers:
        """``given``: argument → its rows of cells, or None."""
        if self.columns:
            return self._of_table(given, context)
        cells = {name: cells_of(one.title, given.get(name), bool(one.months or one.each))
                 for name, one in self.function.arguments.items()}
        height = height_of({self.readers[name].argument.title: one for name, one in cells.items()})
        call = _Call(self, context, height or 1, {})
        blank = blank_rows([one for one in cells.values() if one.height is not None or not (self.across and height)],
                           height or 1)
        if blank.any():
            call.live = ~blank
        for name, reader in self.readers.items():
            call.take(reader, cells[name])
        call.whole()
        return call.one(list(cells.values()), self.explains) if height is None else (
            call.answers(blank, False, self.explains))

    def _of_table(self, given: dict[str, Any], context: Context) -> Answers:
        """A range with headings, and single values beside it."""
        (title,) = set(given) - set(self.readers)
        rows = given[title]
        if rows is None:
            raise Refused("没有给表：要一个带表头的区域")
        columns = [Column(name=f"c{k}", heading=heading, type="text", required=True)
                   for k, heading in enumerate(self.columns)]
        sheet = sheet_of("表", rows)
        found = find_headings(sheet, columns)
        if missing := found.missing("表", columns):
            raise Refused("；".join(dict.fromkeys(f"{problem.text}；{problem.do}" for _, problem in missing)))
        if found.several:
            name = next(iter(found.several))
            raise Refused(f"表头「{next(c.heading for c in columns if c.name == name)}」有两列，只留一列")
        body = rows[found.row + 1:]
        if not body:
            raise Refused("表头下面没有数据")
        cells = {heading: GivenCells([[row[found.at[column.name]]] for row in body], len(body))
                 for heading, column in zip(self.columns, columns, strict=True)}
        single = {name: cells_of(reader.argument.title, given.get(name)) for name, reader in self.readers.items()}
        for name, one in single.items():
            only_one(self.readers[name].argument.title, one)
        blank = blank_rows(list(cells.values()), len(body))

        def answers(zeros: bool) -> Answers:
            call = _Call(self, context, len(body), {"rows": int((~blank).sum())})
            call.live, call.zeros = ~blank, zeros
            for heading, reader in self.columns.items():
                call.take(reader, cells[heading])
            for name, reader in self.readers.items():
                call.take(reader, single[name])
            return call.answers(blank, False, False)

        plain, padded = answers(False), answers(True)
        if plain.values == padded.values:
            return plain
        differs = [one != other for one, other in zip(plain.values, padded.values, strict=True)]
        values = [None if unlike else value for value, unlike in zip(plain.values, differs, strict=True)]
        refused = [one or unlike for one, unlike in zip(plain.refused, differs, strict=True)]
        return Answers(values, refused, lambda row: DIGITS if differs[row] else plain.reason(row), False)


class _Call:
    """One call at one month."""

    def __init__(self, of: RowFunction, context: Context, size: int, about: dict[str, int]):
        self.of, self.function, self.context, self.size, self.about = of, of.function, context, size, about
        self.period: Period = context.period(self.function.period)
        facts = Facts([""] * size if size == 1 else list(map(str, range(size))), [""] * size, {}, {}, of.of_table,
                      of.grains)
        self.run = Run(context.settings, facts)
        self.wrong: list[tuple[Reader, Read]] = []
        self.taken: list[tuple[Reader, Value]] = []
        self.live: np.ndarray | None = None         # the rows that are not blank, where blank ones take no part
        self.zeros = False                          # 工号 that are numbers count as shown with leading zeros

    # -- arguments --------------------------------------------------------------------------------------------------

    def take(self, reader: Reader, cells: GivenCells) -> None:
        """Read an argument and supply what it stands for."""
        argument = reader.argument
        if argument.months:
            self._months(reader, cells)
            return
        if argument.each:
            self._each(reader, cells)
            return
        if argument.type == "id":
            self._ids(reader, cells)
            return
        read = self._counted(reader, reader.read(cells)) if argument.count else reader.read(cells)
        if read.wrong:
            self.wrong.append((reader, read))
        self.taken.append((reader, read.value))
        if argument.parameter:
            keys = {str(key): key for key in self.context.settings.keys(argument.parameter)}
            self.run.state(argument.parameter, keys.get(argument.key), read.value)
        for name in argument.supplies:
            self.run.supply(name, self.run.period_for(name, self.period), read.value)

    def _months(self, reader: Reader, cells: GivenCells) -> None:
        """The months of a window, a column each; a month that is not there is blank."""
        months = months_of(self.period, reader.argument.months)
        width = len(cells.rows[0])
        if width > len(months):
            raise Refused(f"「{reader.argument.title}」有 {width} 列，一个季度只有 {len(months)} 个月")
        blank = Value("number", Exact(0), BLANK)
        for k, month in enumerate(months):
            value = blank
            if k < width:
                read = reader.read(GivenCells([[row[k]] for row in cells.rows], cells.height))
                value = read.value
                if read.wrong:
                    self.wrong.append((reader, read))
                    self.taken.append((reader, Value("number", Exact(0), np.where(
                        value.states(self.size) == REFUSED, np.uint8(REFUSED), np.uint8(OK)))))
            for name in reader.argument.supplies:
                self.run.supply(name, ("month", month), value)

    def _each(self, reader: Reader, cells: GivenCells) -> None:
        """A column for each of what the argument gives."""
        names, width = reader.argument.supplies, len(cells.rows[0])
        if width != len(names):
            titles = "、".join(map(self._title, names))
            raise Refused(f"「{reader.argument.title}」有 {width} 列，要 {len(names)} 列：{titles}")
        for k, name in enumerate(names):
            one = reader.of(self._title(name))
            read = one.read(GivenCells([[row[k]] for row in cells.rows], cells.height))
            if read.wrong:
                self.wrong.append((one, read))
            self.taken.append((one, read.value))
            self.run.supply(name, self.run.period_for(name, self.period), read.value)

    def _title(self, name: str) -> str:
        policy = self.of.policy
        return policy.columns[name][1].heading if name in policy.columns else policy.quantities[name].title

    def whole(self) -> None:
        """Refuses where more is needed, under the readings chosen, than the arguments give."""
        if not self.function.partly:
            return
        run, policy, seen = self.run, self.of.policy, set[tuple[str, Period]]()
        stack = [(name, run.period_for(name, self.period)) for name in run.names_in(self.of.node)]
        while stack:
            name, period = stack.pop()
            if (name, period) in seen or (name, period) in run.supplied or name in CONSTANTS or (
                    name in self.of.given):
                continue
            seen.add((name, period))
            if name not in policy.quantities or policy.quantities[name].reads_rows:
                raise Refused(f"《{policy.title}》的「{self.function.title}」还要用到「{self._title(name)}」，"
                              "这个函数里没有给它的地方；用 KPI_CALC")
            stack += run.names_behind((name, period))

    def _ids(self, reader: Reader, cells: GivenCells) -> None:
        """工号: each once."""
        read = reader.read_texts(cells.column)
        self.wrong.append((reader, Read(read.value, read.wrong)))
        self.taken.append((reader, read.value))
        numbers = [len(text) for text, cell in zip(read.texts, cells.column, strict=True) if isinstance(cell, float)]
        width = max(numbers, default=0) if self.zeros else 0
        self.run.facts.ids = [text.zfill(width) if isinstance(cell, float) else text
                              for text, cell in zip(read.texts, cells.column, strict=True)]

    def _counted(self, reader: Reader, read: Read) -> Read:
        """A number of which at least so many stand in the table; blank stands for them."""
        rows = self.about["rows"]
        value = read.value
        if value.state is not None and value.state == BLANK:
            return Read(Value("number", Exact(rows)), read.wrong)
        if value.state is None and value.data.at(0) < rows:
            raise Refused(reader.said(f"是 {value.data.at(0)}，比表里的 {rows} 人少", "核对人数，或者留空"))
        return read

    # -- answers ----------------------------------------------------------------------------------------------------

    def one(self, cells: list[GivenCells], explain: bool) -> Answers:
        """Of a call without columns."""
        view, value = self._value()
        if not self._bad(view) and value.state is None:
            found = explanations(self.run, self.function, self.period, value, 1)[0] if explain else as_cell(value)
            return Answers([found], [False], str, True)
        return self.answers(blank_rows(cells, 1), True, explain)

    def _value(self) -> tuple[View, Value]:
        run, view = self.run, self.run.whole(self.period)
        for name, node in self.of.given.items():
            run.supply(name, run.period_for(name, self.period), node.evaluate(view))
        if self.live is not None:
            self._only_live()
        return view, self.of.node.evaluate(view)

    def _only_live(self) -> None:
        """Blank rows are in no ranking: what is given as true for all is not true for them."""
        for name in self.of.given:
            key = (name, self.run.period_for(name, self.period))
            value = self.run.results[key]
            if value.type == "bool":
                self.run.results[key] = Value("bool", value.array(self.size).astype(bool) & self.live, value.state)

    def _bad(self, view: View) -> Any:
        """Where an argument is wrong or lacking, or two contradict each other: a mask, or one bool."""
        bad: Any = False
        for reader, value in self.taken:
            if value.state is not None and (reader.required or not isinstance(value.state, int)):
                bad = bad | self._lacking(reader, value, view)
        for check in self.of.checks:
            test = check.when.evaluate(view)
            truth = test.data if test.type == "bool" else False
            bad = bad | (truth if test.state is None else truth & (test.states(self.size) == OK))
        return bad

    def _lacking(self, reader: Reader, value: Value, view: View) -> np.ndarray:
        states = value.states(self.size)
        lacking = states == REFUSED
        if reader.required:
            blank = states == BLANK
            if reader.when is not None:
                blank &= reader.when.evaluate(view).true(self.size)
            lacking |= blank
        return lacking

    def answers(self, blank: np.ndarray, single: bool, explain: bool) -> Answers:
        view, value = self._value()
        value = Value(value.type, value.data, value.states(self.size), value.choices)
        bad = np.broadcast_to(np.asarray(self._bad(view), bool), (self.size,))
        refused = ~blank & (bad | (value.state != OK))
        good = Value(value.type, value.data, np.where(blank | refused, np.uint8(BLANK), np.uint8(OK)), value.choices)
        values = explanations(self.run, self.function, self.period, good, self.size) if explain else (
            as_cells(good, self.size))
        reasons: dict[int, str] = {}
        return Answers(values, refused.tolist(), lambda row: reasons.get(row) or self.reason(row, view), single)

    # -- reasons ----------------------------------------------------------------------------------------------------

    def reason(self, row: int, view: View) -> str:
        """Why a row is refused: every argument that is wrong or lacking, else what they cannot say together, else what
        the rules lack."""
        wrong = {reader.name: read.wrong[at] for reader, read in self.wrong
                 if (at := row if isinstance(read.value.state, np.ndarray) else 0) in read.wrong}
        wrong |= {reader.name: reader.said("是空的", f"填上{reader.argument.title}") for reader, value in self.taken
                  if reader.name not in wrong and value.state is not None and self._lacking(reader, value, view)[row]}
        if not wrong:
            wrong = {check.text: f"{check.text}（{cited(check.clause)}）；{check.do}" for check in self.of.checks
                     if check.when.evaluate(view).true(self.size)[row]}
        if wrong:
            return "。".join(wrong.values())
        used = np.zeros(self.size, bool)
        used[row] = True
        self.run.found.clear()
        self.run.need(self.of.node, self.period, used)
        lacks = self.run.lacks()
        said = self.context.lacks(lacks)
        said += [self._said(lack) for lack in lacks if not isinstance(lack, ParameterLack)]
        return "；".join(dict.fromkeys(filter(None, said))) or "不能计算，核对各个参数"

    def _said(self, lack: Lack) -> str:
        if isinstance(lack, RuleRefused):
            text = self.of.policy.refusals.get(lack.name)
            if text is not None:
                return f"{text.text}（{cited(text.clause)}）"
            rule = self.of.policy.quantities.get(lack.quantity)
            if lack.blank and rule:
                return f"{rule.title}不适用，是空白（{cited(rule.clause)}）；要它的，在参数里选别的读法"
            why = f"：{lack.text}" if lack.text else ""
            do = lack.do or "核对各个参数"
            return f"{rule.title}不能计算{why}（{cited(rule.clause)}），{do}" if rule else ""
        name = getattr(lack, "column", "")
        for reader, _ in self.taken:
            if name in reader.argument.supplies:
                return reader.said("是空的", f"填上{reader.argument.title}")
        return ""


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children():
        yield from _walk(child)


def is_across(policy: Policy, function: Function) -> bool:
    """Whether what a row gets depends on the others (ranks, shares); a row with nothing in its columns is none."""
    supplied = {name for _, argument in function.every() for name in argument.supplies} | set(function.given)
    stack = [node.name for node in _walk(function.value) if isinstance(node, Ref)] if function.value else []
    seen = set(supplied)
    while stack:
        name = stack.pop()
        if name in seen or (rule := policy.quantities.get(name)) is None:
            continue
        seen.add(name)
        if not (rule.local or rule.reads_rows):
            return True
        stack += [node.name for root in rule.nodes.values() for node in _walk(root) if isinstance(node, Ref)]
        stack += [target for _, target in rule.references()]
    return False


def choices_of(policy: Policy, names: list[str]) -> list[str]:
    """The labels of the first of some quantities or inputs that has any."""
    def of(name: str) -> list[str] | None:
        return policy.columns[name][1].choices if name in policy.columns else policy.quantities[name].choices(of)

    return next((list(found) for name in names if (found := of(name))), [])
