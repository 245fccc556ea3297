"""Loading policy files; every refusal names the file and the key.

The refusals are for whoever writes a policy and are public: tests/broken_policies has one broken policy for each.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from xl_kpi.policy import model, page
from xl_kpi.policy.compile import compile_policy
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.page.source import Place
from xl_kpi.policy.words import near_to, place, plain
from xl_kpi.rules.base import PolicyError
from xl_kpi.rules.kinds import KINDS

DEFAULT_POLICY = "bozhen-2016"
FOLDER = Path(__file__).resolve().parent.parent / "policies"
PACKS = FOLDER / "packs"
FORMS = (".md", ".toml")


def ids() -> list[str]:
    """The ids of the policies that come with the program."""
    return sorted({path.stem for form in FORMS for path in FOLDER.glob(f"*{form}")})


def file_of(policy_id: str) -> Path:
    """The file of a policy that comes with the program."""
    return next(path for form in FORMS if (path := FOLDER / f"{policy_id}{form}").exists())


@cache
def load(policy_id: str) -> Policy:
    """The policy with this id, compiled.  Raises PolicyError."""
    if policy_id not in ids():
        near = difflib.get_close_matches(policy_id, ids(), 3, 0.4)
        hint = f"，是不是 {'、'.join(near)}" if near else f"；有 {'、'.join(ids())}"
        raise PolicyError(f"没有制度 {policy_id}{hint}")
    return load_file(file_of(policy_id))


def digest(policy_id: str) -> str:
    """The SHA-256 of a policy's file, with the packs and the parent of a page, whatever its line ends."""
    file = file_of(policy_id)
    if file.suffix == ".md":
        return page.digest(_page(file).sources)
    return hashlib.sha256(_text(file).encode()).hexdigest()


def load_file(path: Path) -> Policy:
    """One policy file, compiled and checked.  Raises PolicyError with the file, the place and the reason."""
    if path.suffix == ".md":
        found = _page(path)
        return read(found.raw, path.name, found.where)
    return read(_read(path), path.name)


def _page(path: Path) -> page.Expanded:
    """A page with its packs and its parent.  Raises PolicyError."""
    def find(pack: bool, name: str) -> tuple[str, str] | None:
        for folder in dict.fromkeys([path.parent, FOLDER]):
            # a pack by its 编号: the names of the program's files are ASCII, whatever the system's encoding
            files = sorted((folder / "packs").glob("*.md")) if pack else [folder / f"{name}.md"]
            for file in files:
                if file.is_file() and (not pack or page.number_of(_text(file)) == name):
                    return f"packs/{file.name}" if pack else file.name, _text(file)
        return None

    try:
        return page.expanded(path.name, _text(path), find)
    except page.Wrong as error:
        raise PolicyError(str(error)) from None


def read(raw: dict[str, Any], file: str, where: dict[str, Place] | None = None) -> Policy:
    """The policy that a file's content means, compiled and checked; ``where``: the places of a page that its parts come
    from.  Raises PolicyError."""
    try:
        return _read_content(raw, file)
    except PolicyError as error:
        if where is None:
            raise
        raise PolicyError("\n".join(_placed(line, file, where) for line in str(error).split("\n"))) from None


def _placed(said: str, file: str, where: dict[str, Place]) -> str:
    """A refusal that names a key, with the line of the page that the key comes from."""
    text = said.removeprefix(f"{file}：")
    keys = [key for key in where if text.startswith(key)]
    if not keys:
        return said
    key = max(keys, key=len)
    return f"{where[key]}：{text[len(key):].lstrip('：') or text}"


def _read_content(raw: dict[str, Any], file: str) -> Policy:
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
        raise PolicyError("\n".join(f"{file}：{line}" for line in _readable(error, raw))) from None
    written.file = file
    if written.id != (stem := Path(file).stem):
        raise PolicyError(f"{file}：id 是 {plain(written.id)}，要与文件名 {plain(stem)} 相同")
    return compile_policy(written)


# -- what the file says, before its meaning ---------------------------------------------------------------------------

# tomllib's English, for whoever writes the file.
TOML_ERRORS = (
    (r"Cannot declare .* twice", "这一节写了两次"),
    (r"Cannot overwrite a value|Duplicate inline table key.*|Cannot redefine.*|Cannot mutate.*", "同一个键写了两次"),
    (r"Expected '=' after a key.*", "键的后面要有 =；键里有空格的要加引号"),
    (r"Expected newline.*", "一行写完要换行；文字里有引号的，外面用另一种引号"),
    (r"Unterminated string|Illegal character.*", "引号没有配对"),
    (r"Unclosed array|Expected '\]+'.*", "[ 没有配对的 ]"),
    (r"Unclosed inline table", "{ 没有配对的 }"),
    (r"Invalid date.*", "没有这个日期"),
    (r"Invalid statement|Invalid initial character.*", "这里不是 键 = 值，也不是 [节]"),
    (r"Invalid value", "等号后面的值写得不对：文字要加引号"),
)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise PolicyError(f"{path.name}：没有这个文件") from None
    except UnicodeDecodeError:
        raise PolicyError(f"{path.name}：不是 UTF-8 编码，请另存为 UTF-8") from None
    except OSError:
        raise PolicyError(f"{path.name}：打不开") from None


def _read(path: Path) -> dict[str, Any]:
    text = _text(path)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise PolicyError(f"{path.name}：括号嵌套太深") from None
    except tomllib.TOMLDecodeError as error:
        english, _, place = str(error).partition(" (at ")
        what = next((chinese for pattern, chinese in TOML_ERRORS if re.fullmatch(pattern, english)), "这里的写法不对")
        at = re.match(r"line (\d+), column (\d+)", place)
        where = f"第 {at[1]} 行第 {at[2]} 列" if at else "文件末尾"
        raise PolicyError(f"{path.name}：不是合法的 TOML，{where}：{what}") from None


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
