"""The Markdown of a page as blocks: what stands where, under which clause, before anything of it is understood."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

LARGEST = 1_000_000         # characters of a page
LONGEST = 20_000            # characters of a statement
DEEPEST = 40                # brackets within brackets
MOST_TOLD = 100             # errors: nobody reads more before mending these
CITE = re.compile(r"(?<=[ \t　]{2})#[ 　]*(\S.*)$")        # from # on: what begins with blanks takes long where # lacks
WORD = re.compile(r"[^\W\d]\w*")
OPEN, CLOSED = "(（[〔", ")）]〕"
GOES_ON = re.compile(r"([，,、；：|=＝+＋−－×÷]|(?:^|\s)(?:且|或|非|若))$")
STARTS_ON = re.compile(r"(且|或|若)\s|——|[，,、；×÷)）@→+＋−－-]")
STATEMENT = re.compile(r"(参数|选项|指标|各指标|读法|表|不核算|错误|警告|提示|备注|工资表|输出|体检|期限"
                       r"|函数|去|改)[ 　]|\S+( \S+)? = ")
FRONT = ("编号", "文号", "施行", "起算", "来源", "写在", "周期", "用", "承")


At = Any                    # a place in a block: a token of it, or a position


@dataclass(frozen=True)
class Place:
    """Where in which page something stands."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}：第 {self.line} 行第 {self.column} 列"


class PageError(ValueError):
    """What cannot be read on a page, with the place.  ``about``: the word that stands there; ``unknown``: nothing makes
    known what it names, so that it is not known to be wrong while a pack or a parent is not there."""

    def __init__(self, place: Place, text: str, about: str = "", unknown: bool = False):
        super().__init__(f"{place}：{text}")
        self.place, self.text, self.about, self.unknown = place, text, about, unknown


class Pieces:
    """A statement that is read piece by piece: what is wrong with each is kept, and told when all are read.

    ``with Pieces(tell) as pieces: … with pieces.one(): …``; raises the last PageError."""

    def __init__(self, tell: Callable[[PageError], None]):
        self.tell = tell
        self.errors: list[PageError] = []

    def __enter__(self) -> Pieces:
        return self

    @contextmanager
    def one(self) -> Iterator[None]:
        try:
            yield
        except PageError as error:
            self.errors.append(error)

    def __exit__(self, kind: type[BaseException] | None, *more: object) -> None:
        if kind is None and self.errors:
            last = self.errors.pop()
            self.__exit__(PageError)
            raise last
        for error in self.errors:
            self.tell(error)


def position(at: At) -> int:
    return at if isinstance(at, int) else at.start_pos or 0


@dataclass
class Block:
    """A statement: its lines without their clauses.  ``lines``: (number, clause) of each."""

    file: str
    text: str
    lines: list[tuple[int, str]]
    starts: list[int]
    cites: bool = False             # its first line names its clause itself
    changes: bool = False           # 改

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word in it."""
        return frozenset(WORD.findall(self.text))

    def place(self, at: At) -> Place:
        at = position(at)
        index = max(bisect_right(self.starts, at) - 1, 0)
        return Place(self.file, self.lines[index][0], at - self.starts[index] + 1)

    def clause(self, at: At = 0) -> str:
        return self.lines[max(bisect_right(self.starts, position(at)) - 1, 0)][1]

    def error(self, text: str, at: At = 4) -> PageError:
        here = position(at)
        word = WORD.match(self.text, here + (self.text[here:here + 1] in ("{", "“")))
        return PageError(self.place(at), text, word[0] if word else "")

    def unknown(self, text: str, at: At = 4) -> PageError:
        """A name that nothing makes known."""
        error = self.error(text, at)
        error.unknown = True
        return error

    def declares(self) -> set[str]:
        """The names and labels that a statement that cannot be read may have been meant to make known."""
        if re.match(r"\s*(参数|选项|读法|指标|输出|工资表)", self.text):
            return set(self.words)
        found = set(re.findall(r"[^\W\d]\w*(?=\s*\|)|(?<=\|)\s*[^\W\d]\w*|[^\W\d]\w*(?=\s*〕)", self.text))
        for line in self.text.split("\n"):
            head = re.split(r"[=＝(（「{]", re.sub(r"^\s*(表|函数|不核算|量|列) ", "", line))[0]
            found |= {word[0] for part in re.split(r"[：:、]", head) if (word := WORD.match(part.strip()))}
        return {one.strip() for one in found}


@dataclass
class Page:
    """A page as it is written."""

    file: str
    title: str = ""
    front: dict[str, tuple[str, Place]] = field(default_factory=dict)      # key → (value, where it stands)
    blocks: list[Block] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)           # (text, clause)
    defects: list[tuple[str, str]] = field(default_factory=list)
    headings: dict[str, int] = field(default_factory=dict)                 # clause → line
    unread: list[Block] = field(default_factory=list)                      # statements that are wrong as they stand
    whole: bool = True                                                     # is it a page at all?
    understood: bool = True                                                # is every key of its head one that there is?
    errors: list[PageError] = field(default_factory=list)


def cited(heading: str, more: str) -> str:
    """The clause of a line: its heading, with what stands behind #."""
    if not more:
        return heading
    if more.startswith("="):
        return more[1:].strip()
    return f"{heading} {more}" if more.startswith("/") else f"{heading} ({more})"


def read(text: str, file: str) -> Page:
    """The blocks of a page.  What is wrong is collected in ``errors``."""
    page = Page(file)
    if len(text) > LARGEST:
        page.errors.append(PageError(Place(file, 1), f"这一页有 {len(text)} 个字，最多 {LARGEST} 个"))
        page.whole = False
        return page
    lines = text.replace("\r\n", "\n").expandtabs(4).split("\n")
    number = _front(page, lines)
    heading = ""
    found: list[tuple[int, str]] = []
    for at, raw in enumerate(lines[number:], number + 1):
        line = raw.rstrip()
        if not line:
            _block(page, heading, found)
            found = []
        elif line.startswith("     ") and found:
            found.append((at, line))
        elif line.startswith("    "):
            _block(page, heading, found)
            found = [(at, line)]
        else:
            _block(page, heading, found)
            found = []
            heading = _plain(page, heading, at, line)
    _block(page, heading, found)
    return page


def parts_of(clause: str) -> list[str]:
    """The clauses that are cited together, without what stands behind them in brackets."""
    return [one.strip() for one in re.sub(r"[（(][^（）()]*[）)]$", "", clause).split(" / ") if one.strip()]


def written_clauses(text: str, file: str) -> list[str]:
    """The clauses that a page has as headings and cites, in its order; what is a heading stands there."""
    page = read(text, file)
    found = {part: line for clause, line in page.headings.items() for part in parts_of(clause)}
    for line, clause in [line for block in page.blocks for line in block.lines]:
        for part in parts_of(clause):
            found.setdefault(part, line)
    return sorted(found, key=found.__getitem__)


def _front(page: Page, lines: list[str]) -> int:
    """Read what stands between the first two lines ---; gives where the page begins."""
    if lines[0].strip() != "---":
        page.errors.append(PageError(Place(page.file, 1), "第一行是 ---，下面写“编号: …”，再写一行 ---"))
        page.whole = False
        return 0
    if "---" not in map(str.strip, lines[1:]):
        page.errors.append(PageError(Place(page.file, 1), "开头的 --- 没有结束的一行 ---"))
        page.whole = False
        return len(lines)
    for at, line in enumerate(lines[1:], 2):
        if line.strip() == "---":
            return at
        key, sign, value = line.replace("：", ":", 1).partition(":")
        key = key.strip()
        if key not in FRONT or not sign:
            page.errors.append(PageError(Place(page.file, at), f"不认识「{key}」；这里可以写 {'、'.join(FRONT)}"))
            page.understood = False
        elif key in page.front:
            page.errors.append(PageError(Place(page.file, at), f"{key} 写了两次"))
        else:
            page.front[key] = (value.strip(), Place(page.file, at, len(line) - len(value.lstrip()) + 1))
    raise AssertionError("the closing line is there")


def _plain(page: Page, heading: str, at: int, line: str) -> str:
    """A line that is no statement; gives the heading from here on."""
    place = Place(page.file, at)
    if line.startswith(("## ", "### ", "#### ")):
        heading = line.lstrip("#").partition("——")[0].strip()   # what stands behind —— is for the reader
        page.headings.setdefault(heading, at)
        return heading
    if line.startswith("# "):
        if page.title:
            page.errors.append(PageError(place, "标题（# ）只有一个；条款写 ## "))
        page.title = line[2:].strip()
    elif not line.startswith((">", "#", "|", "- ", "<!--")):
        found = CITE.search(line)
        text, clause = (line[:found.start()].rstrip(), found[1]) if found else (line, "")
        for word, where in (("注意：", page.notices), ("原文矛盾：", page.defects)):
            if text.startswith(word):
                where.append((text.removeprefix(word).strip(), cited(heading, clause)))
                return heading
        if STATEMENT.match(line.strip()):
            short = line.strip() if len(line) <= 30 else line.strip()[:30] + "…"
            page.errors.append(PageError(place, f"「{short}」像一条规则，前面要空四格；是说明的话换个说法"))
            page.unread.append(Block(page.file, line, [(at, heading)], [0]))
    return heading


def _block(page: Page, heading: str, found: list[tuple[int, str]]) -> None:
    if not found:
        return
    if (long := sum(len(line) for _, line in found)) > LONGEST:
        block = Block(page.file, "\n".join(line for _, line in found), [(at, heading) for at, _ in found], [0])
        page.errors.append(block.error(f"这一条有 {long} 个字，最多 {LONGEST} 个，分成几条来写"))
        page.unread.append(block)
        return
    text = last = ""
    starts: list[int] = []
    clauses: list[str] = []
    depth, first, begun = 0, 0, 0
    sums = not re.match(r"\s*(改 )?(工资表|输出) ", found[0][1])      # there, + - 若 begin columns
    for _, raw in found:
        cite = CITE.search(raw)
        line = raw[:cite.start()].rstrip() if cite else raw
        bare = line.strip()
        indent = len(line) - len(line.lstrip())
        if text:
            first = first or indent
            on = depth > 0 or indent > first or GOES_ON.search(last) or (
                (match := STARTS_ON.match(bare)) and (sums or match[0][0] not in "+＋−－-若"))
            text += " " if on else "\n"
            begun = begun if on else len(starts)
        starts.append(len(text))
        clauses.append(cite[1].strip() if cite else "")
        clauses[begun:] = [one or clauses[-1] for one in clauses[begun:]]     # it may stand on the last of them
        text += line
        last = bare or last
        quoted = re.sub(r'"[^"]*"|“[^”]*”|「[^」]*」', "", bare)
        depth = max(depth + sum(quoted.count(c) for c in OPEN) - sum(quoted.count(c) for c in CLOSED), 0)
    lines = [(at, cited(heading, one)) for (at, _), one in zip(found, clauses, strict=True)]
    block = Block(page.file, text, lines, starts, bool(clauses[0]))
    deepest = here = 0
    for sign in text:
        here += (sign in OPEN) - (sign in CLOSED)
        deepest = max(deepest, here)
    if deepest > DEEPEST:
        page.errors.append(block.error("括号嵌套太深，分成几个量来写"))
        page.unread.append(block)
        return
    if block.text[4:].startswith("改 "):
        block.text, block.changes = block.text[:4] + "  " + block.text[6:], True
    page.blocks.append(block)
