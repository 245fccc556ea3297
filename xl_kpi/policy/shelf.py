"""The policies that can be chosen: those of the program, and the pages of the folder 制度 beside a workbook."""

from __future__ import annotations

from pathlib import Path

from xl_kpi.policy import load as loading
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.words import near_to
from xl_kpi.rules.base import PolicyError

FOLDER = "制度"


class Shelf:
    """``folder``: where pages of one's own lie; None: there are none."""

    def __init__(self, folder: Path | None = None):
        self.folder = folder

    @classmethod
    def beside(cls, book: Path) -> Shelf:
        """The policies that a workbook in this place can name."""
        folder = book.parent / FOLDER
        return cls(folder if book.name and folder.is_dir() else None)

    def own(self) -> dict[str, list[Path]]:
        """编号 → the pages of one's own that have it."""
        found: dict[str, list[Path]] = {}
        try:
            files = sorted(self.folder.glob("*.md"))[:loading.MOST] if self.folder else []
        except OSError:
            files = []
        for file in files:
            found.setdefault(loading.number_in(file), []).append(file)
        return found

    def ids(self) -> list[str]:
        return sorted({*loading.ids(), *self.own()})

    def load(self, policy_id: str) -> Policy:
        """The policy with this 编号.  Raises PolicyError: none, several, or one that is wrong."""
        files = self.own().get(policy_id, [])
        builtin = [loading.file_of(policy_id)] if policy_id in loading.ids() else []
        if len(files) + len(builtin) > 1:
            raise PolicyError(loading.several(policy_id, [*files, *builtin]))
        if files:
            return loading.load_file(files[0])
        if builtin:
            return loading.load(policy_id)
        raise PolicyError(f"没有制度 {policy_id}{near_to(policy_id, self.ids()) or '；有 ' + '、'.join(self.ids())}")


def put_beside(book: Path, policy: Policy) -> list[Path]:
    """Copy a page of one's own, with its packs and its parent, into the folder 制度 beside a workbook; gives what was
    written.  Raises PolicyError when other files of these names lie there."""
    folder = book.parent / FOLDER
    own = {name: text for name, text in policy.sources.items() if loading.builtin(name) != text}
    if policy.written_on:                       # its page is made of the workbook's own sheets
        own.pop(policy.file, None)
    missing = {}
    for name, text in own.items():
        file = folder / name
        if not file.exists():
            missing[file] = text
        elif loading.text_of(file) != text:
            raise PolicyError(f"{file} 已经有了，内容与 {name} 不同；先把其中一份改名")
    for file, text in missing.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="")
    return list(missing)
