"""Loading policy files; every refusal names the file and the key.

The refusals are for whoever writes a policy and are public: tests/policy/broken_policies has one broken policy each.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from xl_kpi.policy import model, page
from xl_kpi.policy.compile import compile_policy
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.page.saying import FROM_A_PACK, follows, in_order, on_page
from xl_kpi.policy.page.source import MOST_TOLD
from xl_kpi.policy.words import near_to, place, plain
from xl_kpi.rules.base import PolicyError
from xl_kpi.rules.kinds import KINDS

DEFAULT_POLICY = "bozhen-2016"
FOLDER = Path(__file__).resolve().parent.parent / "policies"
LARGEST = 4_000_000         # bytes of a file
MORE = "还有别的要改：先改以上各处，再核对"
MOST = 200                  # files of a folder that are looked at


def ids() -> list[str]:
    """The ids of the policies that come with the program."""
    return sorted(path.stem for path in FOLDER.glob("*.md"))


def file_of(policy_id: str) -> Path:
    """The file of a policy that comes with the program."""
    return FOLDER / f"{policy_id}.md"


@cache
def load(policy_id: str) -> Policy:
    """The policy with this id, compiled.  Raises PolicyError."""
    if policy_id not in ids():
        near = difflib.get_close_matches(policy_id, ids(), 3, 0.4)
        hint = f"，是不是 {'、'.join(near)}" if near else f"；有 {'、'.join(ids())}"
        raise PolicyError(f"没有制度 {policy_id}{hint}")
    return load_file(file_of(policy_id))


def builtin(name: str) -> str | None:
    """The text of a file that comes with the program (packs/人.md), None when there is none."""
    file = FOLDER / name
    return text_of(file) if file.is_file() else None


def load_file(path: Path) -> Policy:
    """One policy file, compiled and checked.  Raises PolicyError with the file, the place and the reason."""
    try:
        return _of_page(expanded(path))
    except PolicyError:
        return _of_page(expanded(path, anew=True))      # what was kept does not say where the parts stand


def expanded(path: Path, anew: bool = False) -> page.Expanded:
    """What a page says with its packs and its parent, and what is wrong with that.  Raises PolicyError where it cannot
    be opened."""
    return page.expanded(path.name, text_of(path), lambda pack, name: _beside(path, pack, name), lambda pack: sorted(
        {number_in(file) for file in _files_beside(path, pack) if file != path}), anew)


def of_text(name: str, text: str) -> Policy:
    """The policy that a text means; its packs and its parent are those that come with the program.  Raises
    PolicyError."""
    return _of_page(page.expanded(name, text, lambda pack, one: _beside(FOLDER / name, pack, one)))


def of_sources(sources: dict[str, str]) -> Policy:
    """The policy that these texts mean, name → text, the policy's own the first; no file is read.  Raises
    PolicyError."""
    name, text = next(iter(sources.items()))

    def find(pack: bool, one: str) -> tuple[str, str] | None:
        return next(((file, text) for file, text in sources.items() if pack == file.startswith("packs/")
                     and one in (Path(file).stem, page.number_of(text))), None)

    return _of_page(page.expanded(name, text, find))


def _beside(path: Path, pack: bool, name: str) -> tuple[str, str] | None:
    """The pack, or the page, of this name or 编号: beside a page, or of the program.  Raises page.Several."""
    found: list[Path] = []
    for file in _files_beside(path, pack, name):
        builtin = FOLDER in file.parents
        if name in (file.stem, number_in(file)) and file not in found:
            found.append(file)
            if builtin:                                     # those are told apart by a test
                break
    if len(found) > 1:
        raise page.Several(several(name, found))
    return next(((f"packs/{file.name}" if pack else file.name, text_of(file)) for file in found), None)


def several(policy_id: str, files: Sequence[Path]) -> str:
    """What is said of several that have one 编号."""
    where = "、".join(f"程序自带的 {file.name}" if FOLDER in file.parents else f"{file.parent.name}/{file.name}"
                     for file in files)
    return f"编号 {policy_id} 不止一份：{where}；给自己的制度换一个编号"


def _files_beside(path: Path, pack: bool, name: str = "") -> Iterator[Path]:
    """The packs, or the pages, that a page can name, one called as its file first."""
    for base in dict.fromkeys([path.parent, FOLDER]):
        folder = base / "packs" if pack else base
        for file in [*([folder / f"{name}.md"] if name else []), *sorted(folder.glob("*.md"))[:MOST]]:
            if file.is_file() and file.resolve().parent == folder.resolve():        # no link out of the folder
                yield file


def number_in(file: Path) -> str:
    """The 编号 of a page, by its first lines; of one that cannot be read, or has none, the name of its file."""
    try:
        with file.open(encoding="utf-8-sig") as lines:
            return page.number_of(lines.read(4000)) or file.stem
    except (OSError, UnicodeDecodeError):
        return file.stem


def _of_page(found: page.Expanded) -> Policy:
    """The policy of a page.  Raises PolicyError: all that is wrong, in the order of the page."""
    file = next(iter(found.sources))
    errors: list[PolicyError] = []
    policy = None
    try:
        policy = read(found.raw, file, found) if found.raw else None
    except PolicyError as error:
        errors = error.errors
    if policy is not None and not found.errors:
        return policy
    said = [on_page(error, found) for error in errors if not (found.errors and follows(error, found))]
    told = [*found.errors, *said]
    told = [one for one in told if one.about != FROM_A_PACK] or told
    lines = list(dict.fromkeys(map(str, in_order(told, found))))
    raise PolicyError("\n".join([*lines[:MOST_TOLD], *([MORE] if len(lines) >= MOST_TOLD else [])]))


def read(raw: dict[str, Any], file: str, of: page.Expanded | None = None) -> Policy:
    """The policy that a file's content means, compiled and checked.  ``of``: the page that it was made of.  Raises
    PolicyError with the file and the key."""
    quantities = raw.get("quantities")
    for name, quantity in quantities.items() if isinstance(quantities, dict) else ():
        if isinstance(quantity, dict):
            kind = quantity.setdefault("kind", "expr")
            if not isinstance(kind, str) or kind not in KINDS:
                raise PolicyError(f"{file}：quantities.{name}.kind 是 {plain(kind)}{near_to(str(kind), KINDS)}；"
                                  f"可用的有 {'、'.join(KINDS)}")
    try:
        written = model.Policy.model_validate(raw, strict=True)
    except ValidationError as error:
        raise PolicyError.of([PolicyError(f"{file}：{line}") for line in _readable(error, raw)]) from None
    written.file = file
    if of is not None:
        written.sources, written.unknown = of.sources, of.unknown
    return compile_policy(written)


# -- what the file says, before its meaning ---------------------------------------------------------------------------

def text_of(path: Path) -> str:
    """The text of a policy's file.  Raises PolicyError."""
    try:
        if path.stat().st_size > LARGEST:
            raise PolicyError(f"{path.name}：文件有 {path.stat().st_size:,} 字节，一份制度最多 {LARGEST:,} 字节")
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise PolicyError(f"{path.name}：没有这个文件") from None
    except UnicodeDecodeError:
        raise PolicyError(f"{path.name}：不是 UTF-8 编码，请另存为 UTF-8") from None
    except OSError:
        raise PolicyError(f"{path.name}：打不开") from None


EXPECTED = {
    "string_type": "引号里的文字", "int_type": "整数", "bool_type": "true 或 false", "list_type": "列表 […]",
    "dict_type": "一张表 {…}", "model_type": "一张表 {…}", "date_type": "日期，如 2016-11-03，不加引号",
    "string_too_short": "非空的文字",
}
PATTERNS = {"stated": "引号里的数或日期，如 \"1200\"",
            "first_month": "引号里的月份，如 \"2016-11\""}


def _readable(error: ValidationError, raw: Any) -> Iterator[str]:
    """One Chinese line for each place where pydantic found something."""
    wrong: dict[str, tuple[Any, list[str]]] = {}
    for item in error.errors():
        path, kind, context = _path(item["loc"], raw), item["type"], item.get("ctx", {})
        where = place(path)
        if kind == "extra_forbidden":
            allowed = _allowed(path[:-1], raw)
            yield f"{where} 不认识{near_to(str(path[-1]), allowed)}；这里可以写 {'、'.join(allowed)}"
        elif kind == "missing":
            yield f"缺少 {place([*path, item['loc'][-1]])}"
        elif kind == "value_error":
            yield f"{where} 不对：{context['error']}"
        else:
            said = EXPECTED.get(kind, "别的写法")
            if kind in ("string_type", "string_pattern_mismatch"):
                said = PATTERNS.get(str(path[-1]), said)
            elif kind == "literal_error":
                said = "、".join(re.findall(r"'([^']+)'", context["expected"])) + " 之一"
            elif kind == "string_too_long":
                said = f"最多 {context['max_length']} 个字"
            elif kind == "too_short":
                said = f"至少 {context['min_length']} 项"
            elif kind == "too_long":
                said = f"最多 {context['max_length']} 项"
            elif kind in ("greater_than_equal", "less_than_equal"):
                said = f"不小于 {context['ge']} 的数" if "ge" in context else f"不大于 {context['le']} 的数"
            _, found = wrong.setdefault(where, (item["input"], []))
            if said not in found:
                found.append(said)
    for where, (given, found) in wrong.items():
        shown = f"是 {plain(given)}，" if isinstance(given, str | int | float | bool) else ""
        yield f"{where} 不对：{shown}应是 {'，或者 '.join(found)}"


def _path(location: tuple[Any, ...], raw: Any) -> list[Any]:
    """Where in the file something is: pydantic's location without what it adds for kinds and alternatives."""
    path, here = [], raw
    for depth, part in enumerate(location):
        if depth == 2 and location[0] == "quantities":
            continue                                    # the kind
        if (isinstance(here, dict) and part in here) or (isinstance(here, list) and isinstance(part, int)):
            here = here[part]
            path.append(part)
    return path


def _allowed(path: list[Any], raw: Any) -> list[str]:
    """The keys that the model allows at a place of the file."""
    at: Any = model.Policy
    here = raw
    for part in path:
        here = here[part]
        annotation = get_args(at)[-1] if get_origin(at) else at.model_fields[part].annotation
        at = _model(annotation, here)
    return [name for name, field in at.model_fields.items() if not field.exclude]


def _model(annotation: Any, here: Any) -> Any:
    """The class (or list or dictionary of them) that an annotation means for a value."""
    if get_origin(annotation) in (dict, list) or (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return annotation
    found = [model for one in get_args(annotation) if (model := _model(one, here)) is not None]
    return KINDS[here["kind"]].written if len(found) > 1 else found[0] if found else None
