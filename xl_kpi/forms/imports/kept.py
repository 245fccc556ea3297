"""附表对应.toml: the questions of an import and HR's answers, kept beside the workbook."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from xl_kpi.forms.model import Open
from xl_kpi.problems import Problem, Refusal

FILE, SECTION = "附表对应.toml", "考勤导入"


class Kept:
    """The section of the import in a file that is HR's to edit."""

    def __init__(self, path: Path):
        self.path = path
        self.text = path.read_text("utf-8-sig") if path.exists() else ""
        try:
            found = tomllib.loads(self.text).get(SECTION, {})
        except tomllib.TOMLDecodeError as error:
            raise Refusal([Problem("error", f"{path.name} 读不懂：{error}",
                                   "改正这一行；改不好的，删去这个文件再试")]) from None
        self.answers = {key: str(value) for key, value in found.items()}

    def ask(self, opens: Sequence[Open]) -> None:
        """Write down the questions that are not there yet."""
        new = [one for one in opens if one.key not in self.answers]
        if not new:
            return
        block = "".join(f"\n# {one.text}\n# 可以写：{'、'.join(one.choices) or '（照上面的样子写）'}\n"
                        f"{_quoted(one.key)} = \"\"\n" for one in new)
        head = f"[{_quoted(SECTION)}]"
        if head in self.text:
            at = self.text.index(head) + len(head)
            following = re.search(r"^\[", self.text[at:], re.MULTILINE)
            end = at + following.start() if following else len(self.text)
            self.text = f"{self.text[:end].rstrip()}\n{block}{self.text[end:]}"
        else:
            self.text = f"{self.text.rstrip()}\n\n{head}\n# 把答案写在引号里，保存，再运行一次。\n{block}".lstrip()
        self.path.write_text(self.text, "utf-8")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
