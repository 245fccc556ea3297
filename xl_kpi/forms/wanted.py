"""What is looked for in a company's forms, and by what it is known: the usual words, and, of a workbook with its
policy, the columns of its tables, what its outputs say of a person, who rates, and whom the roster has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from xl_kpi.forms.labels import Label, canonical, label_of, perhaps
from xl_kpi.hand.ids import name_key
from xl_kpi.hand.texts import squeezed
from xl_kpi.policy.compiled import Policy
from xl_kpi.tables.cells import NUMBERS
from xl_kpi.tables.words import COUNTED, synonyms

NAME, ID, SCORE = "姓名", "工号", "得分"
_CHINESE = re.compile(r"[\u3400-\u9fff·]{2,}")
_RATED = re.compile(r"(?:评分|打分|评价|考评|得分|分数|评|分|人|者)+$")


@dataclass(frozen=True)
class Want:
    """A column of the policy: its heading, and between what its numbers lie (None: whatever).  ``rater``: whose points
    they are."""

    name: str
    number: bool = False
    least: float | None = None
    most: float | None = None
    rater: str = ""


@dataclass
class Wanted:
    """``wants``: heading → column.  ``people``: 工号 → 姓名 of the roster."""

    wants: dict[str, Want] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)          # key of a label → heading
    people: dict[str, str] = field(default_factory=dict)
    raters: dict[str, str] = field(default_factory=dict)        # what a rater is called → heading of the only column
    tables: list[list[str]] = field(default_factory=list)       # the headings of each table's numbers

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the roster as they are compared."""
        return frozenset(key for name in self.people.values() if (key := name_key(name)))

    @cached_property
    def ids(self) -> frozenset[str]:
        return frozenset(_id_key(number) for number in self.people)

    def has_name(self, text: str) -> bool:
        """Whether a text is somebody's name, be it with a remark behind it: 张三(代), 李四*, 王五3月离职."""
        if not self.names:
            return False
        key = name_key(text)
        return key in self.names or ((found := _CHINESE.match(key)) is not None and found[0] in self.names)

    def has_id(self, value: object) -> bool:
        return bool(self.ids) and _id_key(value) in self.ids

    def name_of(self, label: Label) -> str:
        """What a label surely names: a heading of the policy, a canonical name; '' for none."""
        found = self._names_of.get(label.text)
        if found is None:
            found = self._names_of[label.text] = self._name_of(label)
        return found

    @cached_property
    def _names_of(self) -> dict[str, str]:
        """Labels are asked for again and again."""
        return {}

    def _name_of(self, label: Label) -> str:
        for key in label.keys:
            if found := self.keys.get(key):
                return found
        for note in label.notes if self.keys else ():           # 迟到(次) for 迟到次数
            for counted in COUNTED.get(note, ()):
                if found := self.keys.get(f"{label.key}{counted}"):
                    return found
        return canonical(label) or self.rated(label)

    def rated(self, label: Label) -> str:
        """The column of the rater whose points a label names (上级评分 for 上级); '' for none."""
        for key in label.keys if self.raters else ():
            if found := self._rated.get(_rater(key)):
                return found
        return ""

    @cached_property
    def _rated(self) -> dict[str, str]:
        return {_rater(role): heading for role, heading in self.raters.items()}

    @staticmethod
    def perhaps(label: Label) -> str:
        return perhaps(label)


def _rater(text: str) -> str:
    """A rater without what they do: 上级评分, 自评."""
    return _RATED.sub("", text) or text


def _id_key(value: object) -> str:
    if isinstance(value, float) and value == int(value):
        value = int(value)
    text = squeezed(value).casefold()
    return (text.lstrip("0") or "0") if text.isdigit() else text


@cache
def plain() -> Wanted:
    """The usual words alone."""
    return Wanted()


def of_policy(policy: Policy, people: dict[str, str] | None = None) -> Wanted:
    """What a policy's tables and outputs know.  ``people``: 工号 → 姓名."""
    found = Wanted(people=dict(people or {}))
    columns = [column for table in policy.tables.values() for column in table.columns if not column.ignored]
    for column in columns:
        number = column.type in NUMBERS
        least, most = (column.min, column.max) if number else (None, None)
        want = Want(column.heading, number, least, most, column.rater)
        _add(found, want, [column.heading, *column.reads])
    of_raters = Counter(squeezed(column.rater) for column in columns if column.rater)
    found.raters = {rater: column.heading for column in columns if of_raters[rater := squeezed(column.rater)] == 1}
    found.tables = [[column.heading for column in table.columns if column.type in NUMBERS and not column.ignored]
                    for table in policy.tables.values()]
    for output in policy.outputs.values():
        for one in output.columns:
            _add(found, Want(one.heading, one.type in ("money", "score", "percent")), [one.heading])
    for heading in list(found.wants):               # what a column is called elsewhere, where no other is
        for text in (*synonyms(heading), *_also(heading)):
            if not perhaps(label_of(text)) or text == heading:      # 编号 is 工号 only where its values say so
                found.keys.setdefault(squeezed(text).casefold(), heading)
    return found


def _add(found: Wanted, want: Want, spellings: Sequence[str]) -> None:
    found.wants.setdefault(want.name, want)
    for text in spellings:
        for key in (squeezed(text).casefold(), *label_of(text).keys[:1]):
            found.keys.setdefault(key, want.name)


def _also(heading: str) -> Iterable[str]:
    """Further spellings of a heading that is a canonical name, or one of them."""
    from xl_kpi.forms.labels import WORDS

    for name, group in WORDS["same"].items():
        if heading == name or heading in group:
            yield from (name, *group)
