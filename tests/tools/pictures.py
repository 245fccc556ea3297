"""``make pictures``: the pictures of the README, drawn by LibreOffice from the demo company's results."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from xl_kpi.workbooks.demo import MONTH

from tests.office import Office, pdf_pages
from xl_kpi.cli import main as command

ROOT = Path(__file__).resolve().parents[2]
DPI = 85
# picture → a text that stands on its page and on none before it
PAGES = {
    "guide": "使用说明", "findings": f"{MONTH[:4]}年{MONTH[5:]}月体检",
    "payroll": f"{MONTH[:4]}年{MONTH[5:]}月工资表", "summary": f"{MONTH[:4]}年{MONTH[5:]}月汇总",
}


def main() -> int:
    target = ROOT / "docs" / "images"
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if command(["demo", str(folder)]):
            return 1
        with Office() as office:
            pdf = office.to_pdf(folder / f"工资表_{MONTH}.xlsx", folder / "book.pdf")
        pages = ["".join(page.split()) for page in pdf_pages(pdf)]
        for picture, text in PAGES.items():
            number = next(n for n, page in enumerate(pages, 1) if "".join(text.split()) in page)
            subprocess.run(["pdftoppm", "-r", str(DPI), "-f", str(number), "-l", str(number), "-png", "-singlefile",
                            str(pdf), str(target / picture)], check=True)
            print(f"docs/images/{picture}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
