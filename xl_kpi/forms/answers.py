"""附表对应.toml beside the forms: what is unclear is asked once, HR writes the answer in, and it counts from then on.

A form has a section, a question a line::

    ["客服考核表_*月.xlsx 考核表"]
    "标识" = "3f9a61c2"
    # 「得分」有 2 列，不知道用哪一列（D4）
    # 可以填：D（自评得分）、E（上级得分）、不用
    "得分" = ""

标识 is a digest of the form's labels and where they stand: next month's file of the same form goes by the same answers
whatever its name, and a form that was redrawn does not.  The file is HR's: lines are added or commented out, none is
ever rewritten, and a file that cannot be read is never written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from xl_kpi.forms.model import Field, Form, Open
from xl_kpi.forms.months import PERIOD
from xl_kpi.forms.separated import decoded
from xl_kpi.hand.days import read_any
from xl_kpi.hand.texts import normal, squeezed
from xl_kpi.problems import Problem, Refusal
from xl_kpi.workbook.book import Sheet
from xl_kpi.workbook.grid import area_of, place_of
from xl_kpi.workbook.package import load
from xl_kpi.workbook.store import replace_other, save

FILE = "附表对应.toml"
MARK = "标识"
NONE = "不用"
WHY = f"{FILE} 里答的"

_FREE = dict.fromkeys(PERIOD, "写年和月，例如 2024-04；季度写 2024Q1")
_NONE_TOO = frozenset((NONE, "不要", "没有", "无"))
_HEAD = """# 附表对应：程序认不准的地方问一次，答案写在这里，以后同样的表不再问。
# 在每个问题下面的英文双引号里填上“可以填”中的一个，例如 "得分" = "D"，存盘，再运行一次。
# 以 # 开头的行是说明。表头改过的表会重新问，原来的回答留着，前面加 #。
"""
_NUMBERS = re.compile(r"\d+|[〇零一二三四五六七八九十]+(?=年|季|月|日|号)|[上下]半年")
_STARS = re.compile(r"\*(?:[年月日季度号至到~\-_. ]*\*)+")
_CHINESE = str.maketrans({**dict.fromkeys("“”„‟＂「」『』", '"'), **dict.fromkeys("‘’＇", "'"), "＝": "=",
                          **dict.fromkeys("［【", "["), **dict.fromkeys("］】", "]")})
_COLUMN = re.compile(r"([A-Z]{1,3})(\d{0,7})列?")


@dataclass
class _Section:
    """The lines of the file from a heading to the next: answers, and where each stands."""

    title: str
    first: int
    last: int = 0               # behind the last line that says something
    answers: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


@dataclass
class Answers:
    """``problems``: what is wrong with the file or an answer, for HR.  Nothing is written before ``save``."""

    path: Path
    problems: list[Problem] = field(default_factory=list)
    _raw: bytes | None = None           # None: there is no file
    _encoding: str = "utf-8-sig"
    _end: str = "\r\n"              # as Notepad writes it
    _lines: list[str] = field(default_factory=list)
    _sections: list[_Section] = field(default_factory=list)
    _broken: bool = False
    _changed: bool = False

    @classmethod
    def read(cls, folder: Path) -> Answers:
        """The answers that lie in a folder."""
        found = cls(Path(folder) / FILE)
        if not found.path.exists():
            return found
        found._raw = load(found.path)
        try:
            text, found._encoding = decoded(found._raw, FILE)
        except Refusal as refusal:
            found.problems, found._broken = refusal.problems, True
            return found
        found._end = "\r\n" if "\r\n" in text else "\n"
        found._lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
        found.problems = found._parse()
        found._broken = bool(found.problems)
        return found

    def _parse(self) -> list[Problem]:
        """Read the lines anew; gives what is wrong."""
        try:
            content = tomllib.loads("\n".join(self._lines))
        except tomllib.TOMLDecodeError as error:
            return _explained(self._lines, error)
        self._sections, problems = [], []
        for number, line in enumerate(self._lines):
            try:
                said = tomllib.loads(line)
            except tomllib.TOMLDecodeError:         # within a text of several lines
                continue
            if line.lstrip().startswith("["):
                title = next(iter(said), "")
                self._sections.append(_Section(title, number, number + 1))
            elif said and self._sections:
                section, (key, value) = self._sections[-1], next(iter(said.items()))
                section.last, section.lines[key] = number + 1, number + 1
                whole = content.get(section.title)
                if isinstance(value, (str, int, float, dt.date)) and isinstance(whole, dict) and key in whole:
                    section.answers[key] = str(value)
                else:
                    problems.append(_problem(number + 1, f"「{key}」的回答不是一段文字",
                                                  f'写成 {_quoted(key)} = "…"'))
            elif line.strip() and self._sections:
                self._sections[-1].last = number + 1
        return problems

    # -- what a form was answered -------------------------------------------------------------------------------------

    def apply(self, form: Form, sheet: Sheet) -> None:
        """Make fields of the open questions of a form that are answered; what is not stays open."""
        section = self._section_of(form)
        if section is None:
            return
        left = []
        for one in form.open:
            key = _key(form, one)
            answer = section.answers.get(key, "").strip()
            if not answer:
                left.append(one)
            elif normal(answer) not in _NONE_TOO and not self._answered(form, sheet, one, answer):
                left.append(one)
                can = "、".join((*map(_short, one.choices), NONE))
                self.problems.append(_problem(
                    section.lines[key], f"「{one.key}」答的是「{answer}」，不在可以填的里面，或者已经另有所指",
                    f"可以填：{can}"))
        form.open = left

    def _answered(self, form: Form, sheet: Sheet, one: Open, answer: str) -> bool:
        """Put an answer into the form; False where it is none of the choices."""
        chosen = next((choice for choice in one.choices if _same(choice, answer)), None)
        if chosen is None and one.key in PERIOD:        # any will do: nothing on the form says it
            chosen = answer
        if chosen is None:
            return False
        if one.each:                                    # a column of several
            place = _place(chosen)
            if place is None or any(form.field(made.name) for made in one.each):
                return False
            form.fields += [replace(made, column=place[1], sure=1.0, why=WHY) for made in one.each]
            return True
        if one.key in PERIOD:
            try:
                form.period = read_any(_short(chosen))
            except ValueError:
                return False
            return True
        if all(map(_place, one.choices)):               # where something stands
            name, at = one.key, _place(chosen)
        else:                                           # what stands there
            name, at = _short(chosen), _place(one.key) or _place(one.cell)
        if at is None or form.field(name) is not None:
            return False
        form.fields.append(_field(form, sheet, name, at, place_of(one.cell) if area_of(one.cell) else None))
        return True

    def _section_of(self, form: Form) -> _Section | None:
        """The section of a form's labels; where somebody took the digest out, that of its name."""
        digest, title = digest_of(form), title_of(form)
        return next((one for one in self._sections if one.answers.get(MARK) == digest), None) or next(
            (one for one in self._sections if one.title == title and not one.answers.get(MARK)), None)

    # -- what is asked ------------------------------------------------------------------------------------------------

    def ask_about(self, forms: Sequence[Form]) -> None:
        """Ask what is open in the forms; the sections of forms that were redrawn become comments."""
        if self._broken:
            return
        digests = {digest_of(form) for form in forms}
        for form in forms:
            if not form.open:
                continue
            section = self._section_of(form)
            if section is None:
                self._comment_out([one for one in self._sections if one.title == title_of(form)
                                   and one.answers.get(MARK) and one.answers[MARK] not in digests])
                section = self._new_section(title_of(form), digest_of(form))
            self._add(section.title, [asked for one in form.open
                                      if (asked := replace(one, key=_key(form, one))).key not in section.answers])

    def section(self, title: str) -> dict[str, str]:
        """The answers of a section that is no form's: key → answer, '' for none yet."""
        return next((dict(one.answers) for one in self._sections if one.title == title), {})

    def ask(self, title: str, questions: Iterable[Open]) -> None:
        """Ask in a section that is no form's what it does not ask yet."""
        if self._broken:
            return
        known = self.section(title)
        if new := [one for one in questions if one.key not in known]:
            if not any(one.title == title for one in self._sections):
                self._new_section(title, "")
            self._add(title, new, "")

    def answer(self, title: str, key: str, value: str) -> None:
        """Fill in the line of a question, as HR would: it was answered elsewhere."""
        section = next((one for one in self._sections if one.title == title), None)
        if section is None or key not in section.lines or self._broken:
            return
        self._lines[section.lines[key] - 1] = f"{_quoted(key)} = {_quoted(value)}"
        self._changed = True
        self._parse()

    def answer_about(self, form: Form, one: Open, value: str) -> None:
        """Fill in what was answered elsewhere about a form that has been asked about."""
        if (section := self._section_of(form)) is not None:
            self.answer(section.title, _key(form, one), value)

    def save(self) -> bool:
        """Write the file if anything was added: whole or not at all.  Raises HostError as ``store.save``."""
        if not self._changed:
            return False
        data = self._end.join([*self._lines, ""]).encode(self._encoding)
        if self._raw is None:
            replace_other(self.path, data)
        else:
            save(self.path, self._raw, data)
        self._raw, self._changed = data, False
        return True

    def _new_section(self, title: str, digest: str) -> _Section:
        taken = {one.title for one in self._sections}
        name, number = title, 2
        while name in taken:
            name, number = f"{title} ({number})", number + 1
        if not self._lines:
            self._lines = _HEAD.splitlines()
        self._lines += ["", f"[{_quoted(name)}]"]
        section = _Section(name, len(self._lines) - 1)
        if digest:
            self._lines += [f"{_quoted(MARK)} = {_quoted(digest)}            # 由表头算出，请不要改"]
            section.answers[MARK], section.lines[MARK] = digest, len(self._lines)
        section.last = len(self._lines)
        self._sections.append(section)
        return section

    def _add(self, title: str, questions: Sequence[Open], none: str = NONE) -> None:
        """``none``: what may always be answered, that nothing is meant."""
        section = next(one for one in self._sections if one.title == title)
        new: list[str] = []
        for one in {one.key: one for one in questions}.values():
            section.answers[one.key] = ""
            where = f"（{one.cell}）" if one.cell and one.cell not in one.text else ""
            new += [f"# {line}" for line in f"{one.text}{where}".splitlines()]
            choices = [*map(_in_line, one.choices), *([none] if none else [])]
            if one.choices:
                new.append(f"# 可以填：{'、'.join(choices)}")
            elif none:
                new.append(f"# {_FREE.get(one.key.partition(' ')[0], '写上意思')}；不用的写 {none}")
            new.append(f'{_quoted(one.key)} = ""')
            section.lines[one.key] = section.last + len(new)
        self._lines[section.last:section.last] = new
        section.last += len(new)
        for other in self._sections[self._sections.index(section) + 1:]:
            other.first, other.last = other.first + len(new), other.last + len(new)
            other.lines = {key: line + len(new) for key, line in other.lines.items()}
        self._changed = self._changed or bool(new)

    def _comment_out(self, sections: Sequence[_Section]) -> None:
        for section in reversed(sections):
            if any(answer for key, answer in section.answers.items() if key != MARK):
                self.problems.append(Problem(
                    "hint", f"{FILE} 里「{section.title}」的回答作废：这张表的表头或标签改过，和回答的时候不一样",
                    "在文件的末尾重新回答"))
            lines = self._lines[section.first:section.last]
            self._lines[section.first:section.last] = [
                f"# 以下作废（{dt.date.today()}）：表头或标签改过，在后面重新问",
                *(line if line.lstrip().startswith("#") else f"# {line}" for line in lines)]
        self._parse()


# ------------------------------------------------------------------------------------------ how a form is known again

def digest_of(form: Form) -> str:
    """Of its labels and where they stand: no value, month or person is in it."""
    labels = form.labels or tuple(f"{one.label} {one.heading}" for one in form.fields if one.label is not None)
    return hashlib.sha256("\n".join((form.kind, *sorted(labels))).encode()).hexdigest()[:8]


def title_of(form: Form) -> str:
    """The names of its file and sheet with a star for whatever changes from month to month and from one to another."""
    name, suffix = Path(form.form).stem, Path(form.form).suffix.lower()
    return f"{_pattern(name, form.person)}{suffix} {_pattern(form.sheet, form.person)}"


def _key(form: Form, one: Open) -> str:
    """What a question goes by: of a period that of one file, for the next month's is of another."""
    return f"{one.key} {form.form} {form.sheet}" if one.key in PERIOD else one.key


def _pattern(text: str, person: str) -> str:
    text = normal(text).replace("*", "")
    if person:
        text = text.replace(person, "*")
    return _STARS.sub("*", _NUMBERS.sub("*", text))


# --------------------------------------------------------------------------------------------------- choices and places

def _short(choice: str) -> str:
    """A choice without the words that explain it: D（自评得分） is D."""
    found = re.match(r"([A-Za-z]{1,3}\d{0,7}|[\d-]+)(?=\s*[（(\s])", choice)
    return found[1] if found else choice


def _same(choice: str, answer: str) -> bool:
    said = squeezed(answer).upper().removesuffix("列")
    return said in (squeezed(choice).upper(), squeezed(_short(choice)).upper())


def _place(text: str) -> tuple[int, int] | None:
    """(row, -1 for a whole column; column) of D or B4; None for any other text."""
    found = _COLUMN.fullmatch(_short(text))
    if found is None or (found[2] and not area_of(text if area_of(text) else _short(text))):
        return None
    return (place_of(found[1] + found[2])) if found[2] else (-1, place_of(found[1] + "1")[1])


def _field(form: Form, sheet: Sheet, name: str, at: tuple[int, int], label: tuple[int, int] | None) -> Field:
    """What an answer says: the column or cell, with the heading that stands there."""
    row, column = at
    if form.kind == "card" and row >= 0:
        return Field(name, column, (row, row), _text(sheet, *label) if label else name, 1.0, WHY, label)
    first, last = form.headings
    if label is None or label[1] != column:
        label = next(((at, column) for at in range(last, first - 1, -1) if at >= 0 and _text(sheet, at, column)), None)
    people = (form.people[0], form.people[-1]) if form.people else (last + 1, last + 1)
    rows = next((one.rows for one in form.fields), people)
    return Field(name, column, rows, _text(sheet, *label) if label else name, 1.0, WHY, label)


def _text(sheet: Sheet, row: int, column: int) -> str:
    inside = row < len(sheet.rows) and column < len(sheet.rows[row])
    return " ".join(str(sheet.rows[row][column] or "").split()) if inside else ""


# ------------------------------------------------------------------------------------------------------------ the file

def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _in_line(text: str) -> str:
    return " ".join(text.split())


def _problem(line: int, text: str, do: str) -> Problem:
    return Problem("error", f"{FILE} 第 {line} 行：{text}", do, cause=f"{FILE} {line}")


def _explained(lines: Sequence[str], error: tomllib.TOMLDecodeError) -> list[Problem]:
    """What is wrong with a file that is no TOML: every line by itself, else the line that the parser names."""
    found = []
    keys: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        try:
            said: dict[str, Any] = tomllib.loads(line)
        except tomllib.TOMLDecodeError:
            found.append(_wrong_line(number, line))
            continue
        if line.lstrip().startswith("["):
            keys = {}
        for key in said if not line.lstrip().startswith("[") else ():
            if key in keys:
                found.append(_problem(number, f"「{key}」在第 {keys[key]} 行已经有了", "两行留一行"))
            keys.setdefault(key, number)
    if not found:
        at = re.search(r"line (\d+)", str(error))
        found.append(_problem(int(at[1]) if at else len(lines), "读不懂：同一节写了两次，或者引号、括号没有配对",
                              "改正这一行，或者删去这个文件，程序会重新问"))
    return found


def _wrong_line(number: int, line: str) -> Problem:
    key, _, value = line.partition("=")
    if (usual := line.translate(_CHINESE)) != line and _reads(usual):
        return _problem(number, "用了中文的引号、等号或括号，程序只认英文的", f"改成 {usual.strip()}")
    if "=" in line and value.strip() and _reads(f'{key}="{_bare(value)}"'):
        return _problem(number, "答案没有放在一对英文双引号里", f'改成 {key.strip()} = "{_bare(value)}"')
    if "=" in line and not value.strip() and _reads(f'{key}=""'):
        return _problem(number, "等号后面什么都没有", f'改成 {key.strip()} = ""，或者在引号里写上答案')
    return _problem(number, f"读不懂「{line.strip()[:30]}」", "说明的行以 # 开头，回答的行是 \"问题\" = \"答案\"")


def _bare(value: str) -> str:
    return value.translate(_CHINESE).strip().strip("\"'").strip()


def _reads(line: str) -> bool:
    try:
        return bool(tomllib.loads(line))
    except tomllib.TOMLDecodeError:
        return False
