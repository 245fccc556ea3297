"""``make docs``: writes docs/messages.md, every message that the program can say, from the code and the policies.

A message is the text that reaches HR through one of ``SAYERS`` (``Problem``, ``UsageError``, a button's boxes …) or
through a function that hands its text on to one: those are found, not listed.  A text that is made elsewhere is
followed to where it stands: through a name, a constant of the module, what a function gives.  Every other sentence of
the code is in the catalogue too, without a level: it is a part of a message, or said by what it is handed to.
"""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "messages.md"
LEVELS = {"error": "错误", "warning": "警告", "hint": "提示", "usage": "用法", "host": "环境", "function": "函数",
          "policy": "制度", "told": "告知", "question": "提问", "remark": "备注", "": "—"}


# What says a text to somebody → at what level, where that is always the same.
SAYERS: dict[str, str] = {
    "Problem": "", "UsageError": "usage", "HostError": "host", "Advice": "told", "Refused": "function",
    "PolicyError": "policy", "ExpressionError": "policy", "PageError": "policy", "ValueError": "", "Unreadable": "",
    "CalendarLacks": "", "Stopped": "told", "print": "told", ".tell": "told", ".confirm": "question",
    "said.append": "told", "told.append": "told",               # lists of sentences
}
TEXTS = {"text", "what", "why", "wrong", "said", "message", "reason", "question"}      # parameters that take a sentence
WORDS = 6           # so many Chinese characters make a sentence; less is a label
# No messages: the commands' help and the buttons' tips (docs of their own), patterns, the demo company and 使用说明.
NO_MESSAGES = ("xl_kpi/cli.py", "xl_kpi/addin/buttons.py", "workbooks/", "udfs/")
PATTERNS = {".compile", ".search", ".sub", ".fullmatch", ".match", ".findall", ".maketrans"}


@dataclass
class Message:
    """``text``: with {} for what differs and 〔a｜b〕 for what is chosen; ``home``: the module or page."""

    text: str
    do: str
    level: str
    home: str
    line: int = 0

    @property
    def template(self) -> str:
        return re.sub(r"\{[^{}]*\}", "{}", self.text)

    @property
    def code(self) -> str:
        """Stays while the words stay: six digits of the SHA-256 of the template."""
        return hashlib.sha256(self.template.encode()).hexdigest()[:6].upper()


def words(text: str) -> int:
    """How many Chinese characters a text has."""
    return sum("\u4e00" <= c <= "\u9fff" for c in text)


# -- what a text says -------------------------------------------------------------------------------------------------

def shown(node: ast.AST) -> str:
    """A piece of a text as the catalogue has it."""
    if isinstance(node, ast.Constant):
        return str(node.value) if isinstance(node.value, str) else f"{{{node.value}}}"
    if isinstance(node, ast.JoinedStr):
        return "".join(map(shown, node.values))
    if isinstance(node, ast.FormattedValue):
        return shown(node.value)
    if isinstance(node, ast.IfExp):
        choices = list(dict.fromkeys([shown(node.body), shown(node.orelse)]))
        return f"〔{'｜'.join(choices)}〕" if any(map(words, choices)) else "{}"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return shown(node.left) + shown(node.right)
    if isinstance(node, ast.Attribute):
        return f"{{{node.attr}}}"
    if isinstance(node, ast.Name):
        return f"{{{node.id}}}"
    if isinstance(node, ast.Call):
        name = called(node).lstrip(".")
        if name in ("join", "str", "plain", "seen", "map", "len", "sorted") and node.args:
            inner = node.args[-1] if name != "join" else node.args[0]
            inner = inner.elt if isinstance(inner, ast.GeneratorExp | ast.ListComp) else inner
            return shown(inner) if not isinstance(inner, ast.Constant) else "{}"
        return f"{{{name}}}"
    return "{}"


def called(node: ast.Call) -> str:
    """``name`` of a function, ``.name`` of a method."""
    if isinstance(node.func, ast.Attribute):
        return f".{node.func.attr}"
    return node.func.id if isinstance(node.func, ast.Name) else ""


def sayer_of(node: ast.Call) -> str:
    """By what name a call is looked up among the sayers."""
    name = called(node)
    if name == ".append" and isinstance(node.func, ast.Attribute):
        return ast.unparse(node.func.value).split(".")[-1] + name
    return name


def arguments(node: ast.Call) -> list[ast.expr]:
    return [*node.args, *(k.value for k in node.keywords if k.arg not in ("command", "again", "cause"))]


# -- the code ---------------------------------------------------------------------------------------------------------

@dataclass
class Module:
    home: str
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    named: dict[ast.AST, dict[str, list[ast.expr]]] = field(default_factory=dict)

    def values(self, scope: ast.AST, name: str) -> list[ast.expr]:
        """What a name is set to within a function or the module."""
        if scope not in self.named:
            found: dict[str, list[ast.expr]] = {}
            for node in ast.walk(scope):
                for target in node.targets if isinstance(node, ast.Assign) else ():
                    if isinstance(target, ast.Name):
                        found.setdefault(target.id, []).append(node.value)      # type: ignore[union-attr]
            self.named[scope] = found
        return self.named[scope].get(name, [])

    def within(self, node: ast.AST) -> Iterator[ast.AST]:
        """The functions that a node stands in, the innermost first, then the module."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, ast.FunctionDef | ast.Lambda | ast.Module):
                yield node


@cache
def modules() -> tuple[Module, ...]:
    found = []
    for folder in ("xl_kpi", "udfs", "workbooks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            module = Module(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8")))
            module.parents = {child: node for node in ast.walk(module.tree) for child in ast.iter_child_nodes(node)}
            found.append(module)
    return tuple(found)


@cache
def sayers() -> dict[str, str]:
    """``SAYERS``, and whatever hands a text of its own on to one of them."""
    known = dict(SAYERS)
    handing = list(_handing())
    while True:
        before = len(known)
        for name, method, inner, level in handing:
            if name not in known and inner in known:
                known[name] = level or known[inner]
                if not method:                          # called as a function of its module
                    known.setdefault(f".{name}", known[name])
        if len(known) == before:
            return known


def _handing() -> Iterator[tuple[str, bool, str, str]]:
    """(function, is it a method, by what name it calls, the level that it states) of every call that is handed a text
    of the function's own."""
    for module in modules():
        for function in (n for n in ast.walk(module.tree) if isinstance(n, ast.FunctionDef)):
            texts = TEXTS & {a.arg for a in (*function.args.posonlyargs, *function.args.args)}
            method = isinstance(module.parents[function], ast.ClassDef)
            for call in (n for n in ast.walk(function) if isinstance(n, ast.Call) and texts):
                if called(call) != "print" and any(
                        isinstance(a, ast.Name | ast.JoinedStr) and texts & {
                            n.id for n in ast.walk(a) if isinstance(n, ast.Name)} for a in arguments(call)):
                    yield f".{function.name}" if method else function.name, method, sayer_of(call), level_of(call, "")


def level_of(call: ast.Call, otherwise: str) -> str:
    said = [a.value for a in arguments(call) if isinstance(a, ast.Constant) and a.value in ("error", "warning", "hint")]
    return str(said[0]) if said else otherwise


def spelled(module: Module, node: ast.expr | None, depth: int = 0) -> Iterator[ast.expr]:
    """The texts that an expression can be: itself, or where they stand."""
    if node is None or depth > 4:
        return
    if isinstance(node, ast.IfExp):
        for one in (node.body, node.orelse):
            yield from spelled(module, one, depth + 1)
    elif isinstance(node, ast.BoolOp):
        for one in node.values:
            yield from spelled(module, one, depth + 1)
    elif isinstance(node, ast.Name):
        for scope in module.within(node):
            if values := module.values(scope, node.id):
                for value in values:
                    yield from spelled(module, value, depth + 1)
                return
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        given = next((f for f in module.tree.body if isinstance(f, ast.FunctionDef) and f.name == node.func.id), None)
        for one in ast.walk(given) if given is not None else ():
            if isinstance(one, ast.Return):
                yield from spelled(module, one.value, depth + 1)
    elif isinstance(node, ast.Call) and called(node) == ".format" and isinstance(node.func, ast.Attribute):
        yield from spelled(module, node.func.value, depth + 1)
    elif isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp) and words(shown(node)):
        yield node


def of_code() -> list[Message]:
    """The messages of the code, each place once."""
    found: dict[tuple[str, int, str], Message] = {}
    for module in modules():
        if module.home.startswith(NO_MESSAGES):
            continue
        seen: set[ast.AST] = set()

        def add(text: ast.expr, dos: list[ast.expr], level: str, module: Module = module,
                seen: set[ast.AST] = seen) -> None:
            for one in (text, *dos):
                seen.update(ast.walk(one))
            do = "／".join(dict.fromkeys(map(shown, dos)))
            said = Message(shown(text), do, level, module.home, text.lineno)
            if words(said.template):
                found.setdefault((module.home, text.lineno, said.text), said)

        for call in (n for n in ast.walk(module.tree) if isinstance(n, ast.Call)):
            if sayer_of(call) not in sayers():
                continue
            said = [texts for a in arguments(call) if (texts := list(spelled(module, a)))]
            at = next((n for n, texts in enumerate(said) if any(words(shown(one)) >= WORDS for one in texts)), 0)
            for text in said[at] if said else ():
                if words(shown(text)) >= WORDS or len(said) > 1:
                    add(text, [one for texts in said[at + 1:at + 2] for one in texts],
                        level_of(call, sayers()[sayer_of(call)]))
        for node in ast.walk(module.tree):
            pair = [a for a in (arguments(node) if isinstance(node, ast.Call) else
                                node.elts if isinstance(node, ast.Tuple) else ()) if list(spelled(module, a))]
            if len(pair) == 2 and all(words(shown(a)) >= 4 for a in pair) and not seen & set(pair):
                for text in spelled(module, pair[0]):
                    add(text, list(spelled(module, pair[1])), "")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp) and node not in seen \
                    and words(shown(node)) >= WORDS and not _no_message(module, node):
                add(node, [], "")
    return sorted(found.values(), key=lambda m: (m.home, m.line))


def _no_message(module: Module, node: ast.AST) -> bool:
    """A docstring, a pattern, what something is compared with, a key, a piece of a text that was seen whole."""
    if isinstance(node, ast.Constant) and not isinstance(node.value, str):
        return True
    parent = module.parents[node]
    if isinstance(parent, ast.Expr | ast.Compare | ast.JoinedStr | ast.FormattedValue | ast.BinOp):
        return True
    if isinstance(parent, ast.Dict) and node in parent.keys:
        return True
    return isinstance(parent, ast.Call) and called(parent) in PATTERNS


# -- the pages --------------------------------------------------------------------------------------------------------

def of_policies() -> list[Message]:
    """The checks, refusals, notices and remarks of the policies that ship."""
    from xl_kpi.policy.load import ids, load

    found: dict[tuple[str, str], Message] = {}

    def add(one: Any, level: str, home: str) -> None:
        said = Message(one.text, getattr(one, "do", ""), level, home)
        before = found.setdefault((said.text, said.do), said)
        if home not in before.home.split("、"):         # of a pack, or what two documents say alike
            before.home += f"、{home}"

    for policy_id in ids():
        policy = load(policy_id)
        home = f"xl_kpi/policies/{policy.file}"
        for check in (*policy.checks, *(c for t in policy.tables.values() for c in t.checks)):
            add(check, getattr(check, "level", "error"), home)
        for refusal in policy.refusals.values():
            add(refusal, "error", home)
        for notice in (*policy.notices, *policy.source_defect):
            add(notice, "hint", home)
        for one in (c for f in policy.functions.values() for c in f.checks):
            add(one, "function", home)
        for mark in (m for o in policy.outputs.values() for m in o.marks):
            add(mark, "remark", home)
    return list(found.values())


# -- the page ---------------------------------------------------------------------------------------------------------

INTRO = """# 消息目录

程序会说的每一句话，由 `make docs` 从代码和制度文件里找出来（`tests/tools/messages_doc.py`）；
`tests/docs` 核对它是最新的。
接手的人按词在这里找：哪个模块说的、什么级别、叫人怎么办。

- **编号**：这句话（花括号里的不算）的 SHA-256 的前六位。话不改，编号不变；占位的名字、行号、模块改了也不变。
  程序不显示编号。
- **级别**：错误、警告、提示是数据的问题（错误不核算，退出码 1）；用法（2）和环境（3）是一句话就停的；
  制度是写制度的人看的；函数是单元格函数答不出的原因；告知和提问是做完、做之前说的；备注写在结果表上；
  — 是由用到它的地方定的，或者是一句话里的一部分。
- `{…}` 是填进去的：谁、哪一格、几分；`〔甲｜乙〕` 是二者之一。
"""


def cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "⏎").strip()


def page() -> str:
    """The catalogue, by module; each message once a module."""
    lines = [INTRO]
    by_home: dict[str, dict[tuple[str, str, str], Message]] = {}
    for one in (*of_code(), *of_policies()):
        by_home.setdefault(one.home, {}).setdefault((one.text, one.do, one.level), one)
    for home in sorted(by_home):
        lines += [f"## {home}\n", "| 编号 | 级别 | 话 | 怎么办 |", "|---|---|---|---|"]
        lines += [f"| {m.code} | {LEVELS.get(m.level, '—')} | {cell(m.text)} | {cell(m.do)} |"
                  for m in by_home[home].values()]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    FILE.write_text(page(), "utf-8")
    print(FILE.relative_to(ROOT))
