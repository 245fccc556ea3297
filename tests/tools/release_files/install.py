"""What 安装.bat runs: checks the files, makes an environment of its own, installs, and looks at the computer."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def check() -> list[str]:
    """Files that are not as they were made."""
    wrong = []
    for line in (HERE / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        path = HERE / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            wrong.append(name)
    return wrong


def run(*command: str) -> int:
    return subprocess.run(list(command), check=False).returncode


def main(target: Path) -> int:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    if sys.maxsize < 2 ** 32 or sys.version_info < (3, 11):
        print("需要 64 位的 Python 3.11 以上，请从 python.org 安装。")
        return 3
    wrong = check()
    if wrong:
        print("这些文件与发布时不同，没有安装，请重新复制整个文件夹：", *wrong, sep="\n  ")
        return 3
    print("正在准备……")
    own = HERE / "python"
    if own in Path(sys.executable).parents:         # a Python that came along: it is the one that will be used
        shutil.copytree(own, target, copy_function=shutil.copy, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("*._pth"))
        python = target / "python.exe"
    else:
        python = target / "Scripts" / "python.exe"
        if not python.is_file() and run(sys.executable, "-m", "venv", "--without-pip", str(target)):
            return 3
    print("正在安装……")
    pip = next((HERE / "wheels").glob("pip-*.whl")) / "pip"
    if run(str(python), "-I", str(pip), "install", "--disable-pip-version-check", "-q", "--no-index", "--find-links",
           str(HERE / "wheels"), "--upgrade", "xl-kpi"):
        print("安装没有成功，上面是原因。Python 的版本是 "
              f"{sys.version_info.major}.{sys.version_info.minor}，文件夹 wheels 里要有给它的文件。")
        return 3
    os.environ["PYTHONUTF8"] = "1"
    command = str(target / "Scripts" / "xl-kpi.exe")
    code = run(command, "addin", "install")
    if code:
        return code
    run(command, "doctor")
    run(command, "install-shortcut")
    print("装好了。打开 Excel，功能区多出“绩效薪酬”。")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
