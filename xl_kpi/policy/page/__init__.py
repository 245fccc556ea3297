"""A policy as a page: Markdown in, the content of a policy out.

A page names its packs (用) and the page that it extends (承); it overrides their statements (改) and drops them (去).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from xl_kpi.policy.page.source import MOST_TOLD, Page, PageError, Place, read
from xl_kpi.policy.words import near_to

MOST_STATEMENTS = 1500          # of one page with all that it builds upon
MOST_LAYERS = 20                # packs and pages that one page is made of
# (is it a pack, its name) → (what its file is called, its text); None: there is none.  Raises Several.
Finder = Callable[[bool, str], tuple[str, str] | None]
Listing = Callable[[bool], list[str]]           # the packs, or the policies, that there are


if TYPE_CHECKING:
    from xl_kpi.policy.page import tree  # needs lark, which is slow to start


class Several(ValueError):
    """There are several packs or pages of a name."""


@dataclass
class Expanded:
    """``raw``: the content of a policy; ``where``: what it was made by; ``names``: the names of the program that the
    page writes otherwise; ``sources``: the text of every file of it.

    Of a page that is wrong: all its ``errors``; ``unknown``: names of the program that stand for something wrong.
    ``places``: expression → where on the page its parts stand, by where they stand in it.
    """

    raw: dict[str, Any]
    where: dict[str, Place]
    names: dict[str, str]
    sources: dict[str, str] = field(default_factory=dict)
    errors: list[PageError] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    places: dict[str, list[tuple[int, Place]]] = field(default_factory=dict)


def number_of(text: str) -> str:
    """The 编号 of a page, '' when it has none."""
    found = re.search(r"\A---\r?\n(?:.*\r?\n)*?编号\s*[:：]\s*(\S+)", text[:4000])
    return found[1] if found else ""


def layers(file: str, text: str, find: Finder, listing: Listing) -> tuple[list[Page], list[PageError]]:
    """(The page, the pages that it extends, then all their packs; what is wrong with what they name)."""
    pages, packs, errors = [read(text, file)], [], []
    seen = {file}

    def more(pack: bool, name: str, at: Place) -> Page | None:
        what = "包" if pack else "制度"
        try:
            found = find(pack, name) if re.fullmatch(r"[\w-]{1,60}", name) else None
        except Several as error:
            errors.append(PageError(at, str(error)))
            return None
        if found is None:
            known = listing(pack)
            hint = near_to(name, known) or (f"，有 {'、'.join(known)}" if known else "")
            errors.append(PageError(at, f"没有{what} {name}{hint}"))
        elif found[0] in seen:
            if not pack:
                errors.append(PageError(at, f"承 成了一圈：{name} 已经在里面"))
        elif len(seen) >= MOST_LAYERS:
            errors.append(PageError(at, f"承和用一共最多 {MOST_LAYERS} 个文件"))
        else:
            seen.add(found[0])
            return read(found[1], found[0])
        return None

    for page in pages:                                  # grows while it is gone through
        if "承" in page.front and (parent := more(False, *page.front["承"])) is not None:
            pages.append(parent)
    for page in [*pages]:
        value, at = page.front.get("用", ("", Place(page.file, 1)))
        for name in re.finditer("[^、\\s]+", value):
            if (pack := more(True, name[0], replace(at, column=at.column + name.start()))) is not None:
                packs.append(pack)
    for pack in packs:
        for key in ("承", "用"):
            if key in pack.front:
                errors.append(PageError(pack.front[key][1], f"包里不能写 {key}"))
    return [*pages, *packs], errors


def expanded(file: str, text: str, find: Finder, listing: Listing = lambda _: [], anew: bool = False) -> Expanded:
    """The content of the policy that a page means, as far as it can be read, and all that is wrong.  ``anew``: not as
    it was kept."""
    from xl_kpi.policy.page.kept import kept

    sources: dict[str, str] = {file: text}

    def seen(pack: bool, name: str) -> tuple[str, str] | None:
        found = find(pack, name)
        if found is not None:
            sources[found[0]] = found[1]
        return found

    pages, lacking = layers(file, text, seen, listing)
    if anew or lacking:
        return _expand(pages, sources, lacking)
    return kept(sources, lambda: _expand(pages, sources))


def _expand(pages: list[Page], sources: dict[str, str], lacking: Sequence[PageError] = ()) -> Expanded:
    """``lacking``: there are no such packs or parents; what they would make known is not known to be wrong."""
    from xl_kpi.policy.page.expansion import expansion
    from xl_kpi.policy.page.own_period import in_period
    from xl_kpi.policy.page.parse import parse

    file = pages[0].file
    errors: list[PageError] = [*lacking, *(error for page in pages for error in page.errors)]
    if (many := sum(len(page.blocks) for page in pages)) > MOST_STATEMENTS:
        errors.append(PageError(Place(file, 1), f"连同包和承的制度有 {many} 条规则，最多 {MOST_STATEMENTS} 条"))
    if many > MOST_STATEMENTS or not all(page.whole for page in pages):
        return Expanded({}, {}, {}, sources, _sorted(errors, pages))
    unread = [block for page in pages for block in page.unread]
    of_page: list[list[tree.Statement]] = []
    for page in pages:
        statements = []
        for block in page.blocks:
            if len(errors) >= MOST_TOLD:
                unread.append(block)
                continue
            try:
                statements += parse(block)
            except PageError as error:
                errors.append(error)
                unread.append(block)
        of_page.append(statements)
    front = pages[0].front
    if "编号" not in front or not re.fullmatch(r"[\w-]{1,60}", front["编号"][0]):
        errors.append(PageError(front.get("编号", ("", Place(file, 1)))[1], "开头要写 编号: …（字母、汉字、数字和 -）"))
    if not pages[0].title:
        errors.append(PageError(Place(file, 1), "要有标题：# 制度的名称"))
    for at, statements in enumerate(of_page):
        errors += _override(pages, of_page, at, statements, bool(lacking))
    of_period = in_period(pages, [s for one in of_page for s in one])
    errors += [] if unread else of_period
    if not errors:
        _leave_out(of_page)
    unsure = bool(lacking) or not all(page.understood for page in pages) or bool(of_period)
    found = expansion(pages, [s for one in of_page for s in one], sources, unread, bool(errors), unsure)
    found.errors = _sorted([*errors, *found.errors], pages)
    return replace(found, raw={}) if unsure else found


def _leave_out(of_page: list[list[tree.Statement]]) -> None:
    """Take away the quantities of packs that nothing names: a page need not use all that a pack offers."""
    from xl_kpi.policy.page.results import NAMED_BY_PAY
    from xl_kpi.policy.page.tree import OutputStatement, QuantityStatement

    while True:
        everything = [s for one in of_page for s in one]
        often = Counter(word for s in everything for word in s.block.words)
        if any(isinstance(s, OutputStatement) and s.pay for s in everything):
            often.update(NAMED_BY_PAY)
        unused = [s for s in everything if isinstance(s, QuantityStatement) and s.block.file.startswith("packs/")
                  and often[str(s.name)] == 1 and s.scope is None]
        if not unused:
            return
        for one in of_page:
            one[:] = [s for s in one if not any(s is other for other in unused)]


def _sorted(errors: list[PageError], pages: list[Page]) -> list[PageError]:
    files = [page.file for page in pages]
    return sorted(errors, key=lambda e: (files.index(e.place.file), e.place.line, e.place.column))


def _override(pages: list[Page], of_page: list[list[tree.Statement]], at: int, statements: list[tree.Statement],
              lacking: bool) -> list[PageError]:
    """Take away what a page changes (改) and drops (去) of those that it builds upon, which may be ``lacking``."""
    from xl_kpi.policy.page.tree import DropStatement

    errors = []
    for s in list(statements):
        dropping = isinstance(s, DropStatement)
        if not (dropping or s.block.changes):
            continue
        found = False
        for below, page in zip(of_page[at + 1:], pages[at + 1:], strict=True):
            for other in list(below):
                if _called(other, s) if not dropping else str(s.name) in (str(other.name), str(other.name).strip()):
                    below.remove(other)
                    found = True
            for texts in (page.notices, page.defects) if dropping else ():
                for one in [one for one in texts if one[0] == str(s.name)]:
                    texts.remove(one)
                    found = True
        if not found and not lacking:
            names = [str(o.name).strip() for below in of_page[at + 1:] for o in below]
            name, what = str(s.name).strip(), "去掉" if dropping else "改"
            errors.append(s.block.error(f"用的包和承的制度里没有可以{what}的 {name}{near_to(name, names)}", s.name))
        if dropping:
            statements.remove(s)
    return errors


def _called(one: tree.Statement, other: tree.Statement) -> bool:
    """Whether two statements declare the same."""
    return type(one) is type(other) and str(one.name).strip() == str(other.name).strip()
