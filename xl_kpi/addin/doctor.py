"""``xl-kpi doctor``: each thing that keeps xlwings add-ins from working, looked at on this computer.

A check is a function of a Machine that gives one Finding; nothing is changed, and no path shows the user's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile, ZipFile

from xl_kpi.addin import ADDIN_FILE, PROJECT
from xl_kpi.addin.conf import BASE, DLL_FOLDER, INTERPRETER, KEYS, SERVER, broken_lines, command, parsed
from xl_kpi.addin.install import NOTE
from xl_kpi.addin.machine import SHELL_FOLDERS, Machine
from xl_kpi.addin.texts import FAILURES
from xl_kpi.problems import HostError

State = Literal["ok", "warning", "blocked", "unknown"]
FINE = "加载项可以使用。"
SIGNS: dict[State, str] = {"ok": "[正常]", "warning": "[注意]", "blocked": "[不行]", "unknown": "[未查]"}

INSTALL = "关闭 Excel，运行 xl-kpi addin install。"
TRUST_CENTER = "文件 → 选项 → 信任中心 → 信任中心设置 → "
POLICY = "；灰色的话请管理员改组策略。"
USER_OFFICE = r"HKCU\Software\Microsoft\Office"
STORE = "windowsapps"                   # the folder of programs from Microsoft's store
WPS = ("kingsoft", "wps", "\\et.exe")
# Rules of Windows' Defender ("attack surface reduction"), by their number: what each forbids.
CHILD_PROCESSES = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"
WIN32_CALLS = "92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b"
RULES = {CHILD_PROCESSES: "阻止 Office 应用程序创建子进程", WIN32_CALLS: "阻止 Office 宏调用 Win32 API"}
DEFENDER = r"Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
RULE_PLACES = (rf"HKLM\SOFTWARE\Microsoft\{DEFENDER}", rf"HKLM\SOFTWARE\Policies\Microsoft\{DEFENDER}")
RULE_LIST = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Policy Manager"
SAFER = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\Safer\CodeIdentifiers"
APPLOCKER = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; ``do`` is the remedy, "" where none is needed."""

    id: str
    title: str
    state: State
    found: str
    do: str = ""

    def as_json(self) -> dict[str, str]:
        return {"id": self.id, "title": self.title, "state": self.state, "found": self.found, "do": self.do}


Answer = tuple[State, str, str]
UNKNOWN: Answer = ("unknown", "加载项还没有装好，查不了", "")


def examine(machine: Machine) -> list[Finding]:
    """Every check in its order; only the first one where the computer is no Windows."""
    checks = CHECKS if machine.windows else CHECKS[:1]
    return [Finding(check.__name__, title, *_answered(check, machine)) for check, title in checks]


def _answered(check: Callable[[Machine], Answer], machine: Machine) -> Answer:
    try:
        return check(machine)
    except (HostError, OSError) as error:
        return "unknown", f"查不了：{getattr(error, 'strerror', None) or error}", ""


# ------------------------------------------------------------------------------------------------------- Excel

def windows(machine: Machine) -> Answer:
    if machine.windows:
        return "ok", "Windows", ""
    return ("blocked", "这台电脑不是 Windows，加载项只能在 Windows 的 Excel 里用",
            "在这里请用命令行（xl-kpi check、review、payroll），结果是一样的。")


def excel(machine: Machine) -> Answer:
    path = _excel_path(machine)
    if not path:
        return ("blocked", "没有找到 Excel",
                "加载项需要 Excel 2013 或更新的桌面版。没有 Excel 时用 xl-kpi install-shortcut 或命令行，"
                "结果可以用 WPS 打开。")
    bits = _excel_bits(machine)
    return "ok", f"已安装{f'（{bits} 位）' if bits else ''}", ""


def excel_from_store(machine: Machine) -> Answer:
    if STORE in _excel_path(machine).lower():
        return ("blocked", "Excel 是微软商店版，它不让别的程序（COM）连接",
                "卸载商店版 Office，从 office.com 用自己的帐号下载安装桌面版。")
    return "ok", "不是微软商店版", ""


def wps(machine: Machine) -> Answer:
    clsid = machine.registry(r"HKCR\Excel.Application\CLSID").get("")
    servers = [str(machine.registry(rf"HKCR\{view}CLSID\{clsid}\LocalServer32").get("", ""))
               for view in ("", "Wow6432Node\\")]
    if any(sign in server.lower() for server in servers for sign in WPS):
        return ("blocked", "WPS 占用了 Excel 的入口（Excel.Application），加载项会连到 WPS",
                "在 WPS 的“配置工具 → 高级 → 兼容设置”里取消“与 Microsoft Office 兼容”，再在“控制面板”里修复 Office。"
                "只有 WPS 时请用 xl-kpi install-shortcut。")
    return "ok", "WPS 没有占用 Excel 的入口", ""


def macros(machine: Machine) -> Answer:
    security = _office_settings(machine, r"Excel\Security")
    trusted = _office_settings(machine, r"Excel\Security\Trusted Locations")
    if _office_settings(machine, "Common").get("vbaoff") == 1:
        return "blocked", "VBA 被关闭", "请管理员在 Office 组策略里取消“对 Office 应用程序禁用 VBA”。"
    if security.get("disablealladdins") == 1:
        return ("blocked", "Excel 禁用了所有加载项",
                f"{TRUST_CENTER}加载项：取消“禁用所有应用程序加载项”{POLICY}")
    if security.get("requireaddinsig") == 1:
        return ("blocked", "Excel 只允许有签名的加载项，本加载项没有签名",
                f"{TRUST_CENTER}加载项：取消“要求应用程序加载项由受信任的发布者签署”{POLICY}")
    locations = _office_settings(machine, r"Common\Security\Trusted Locations")
    forbidden = locations.get("allow user locations") == 0
    on_network = str(machine.xlstart).startswith("\\\\") and trusted.get("allownetworklocations") != 1
    if not on_network and not forbidden and trusted.get("alllocationsdisabled") != 1:
        return "ok", "加载项的宏可以运行", ""       # what is in XLSTART is trusted, whatever holds for other macros
    where = "加载项所在的文件夹在网络上，不受信任" if on_network else (
        "组策略只认管理员给的受信任位置" if forbidden else "受信任位置被停用")
    choice = "勾选“允许网络上的受信任位置”" if on_network else "取消“禁用所有受信任位置”"
    do = f"{TRUST_CENTER}受信任位置：{choice}{POLICY}" if not forbidden else (
        f"请管理员把 {machine.shown(machine.xlstart)} 加进受信任位置，或者允许用户自己的受信任位置。")
    warnings = security.get("vbawarnings", 2)
    if warnings == 1:
        return "ok", f"{where}，但宏全部允许，可以运行", ""
    if warnings in (3, 4):
        return "blocked", f"{where}，而且宏被禁用", do
    return "warning", f"{where}，每次打开 Excel 会问要不要启用宏", do


def disabled_by_excel(machine: Machine) -> Answer:
    name = ADDIN_FILE.lower().encode("utf-16-le")
    items = machine.registry(rf"{USER_OFFICE}\{_office_version(machine)}\Excel\Resiliency\DisabledItems")
    if any(isinstance(item, bytes) and name in item.lower() for item in items.values()):
        return ("blocked", "Excel 上次出错后把加载项列为“禁用项目”",
                "文件 → 选项 → 加载项 → 管理：禁用项目 → 转到，选中它点“启用”，再重新打开 Excel。")
    return "ok", "没有被 Excel 禁用", ""


def child_processes(machine: Machine) -> Answer:
    """Excel starts Python; a rule of Windows' Defender can forbid that, or the call that does it."""
    found: dict[str, str] = {}
    for place in RULE_PLACES:
        found |= {name.lower(): str(value) for name, value in machine.registry(place).items()}
    listed = str(machine.registry(RULE_LIST).get("ASRRules", ""))
    found |= {name.strip().lower(): value.strip() for name, _, value in (
        one.partition("=") for one in listed.split("|")) if value}
    blocking = [title for rule, title in RULES.items() if found.get(rule) == "1"]
    asking = [title for rule, title in RULES.items() if found.get(rule) == "6"]
    if blocking or asking:
        return ("blocked" if blocking else "warning",
                f"Windows 的安全规则“{'、'.join(blocking or asking)}”开着，Excel "
                f"{'启动不了' if blocking else '启动它时会被拦下来问'} Python",
                "请管理员在这条规则（Defender 的“攻击面减少”）里为 Excel 的加载项设排除；不能改的话用命令行或"
                " xl-kpi install-shortcut，结果是一样的。")
    return "ok", "没有不许 Excel 启动 Python 的规则", ""


def allowed_programs(machine: Machine) -> Answer:
    """A list of the programs that may run, by group policy."""
    if machine.registry(SAFER).get("DefaultLevel") == 0 or machine.registry(APPLOCKER).get("EnforcementMode") == 1:
        return ("warning", "单位用组策略限制了能运行的程序，Python 可能不在其中",
                f"命令行能用、加载项不能用时，请管理员允许 {machine.shown(machine.windowless_python)} 和那里的 DLL。")
    return "ok", "没有限制能运行的程序", ""


# ------------------------------------------------------------------------------------------------- the add-in

def addin_file(machine: Machine) -> Answer:
    place = machine.shown(machine.addin)
    if machine.addin.exists():
        return "ok", place, ""
    if (machine.settings_folder / NOTE).exists():
        return ("blocked", f"装过，但 {place} 不见了，多半是杀毒软件删的",
                f"在杀毒软件里恢复并信任 {ADDIN_FILE}，再{INSTALL}")
    return "blocked", "没有安装", INSTALL


def mark_of_the_web(machine: Machine) -> Answer:
    if not machine.addin.exists():
        return UNKNOWN
    try:
        # Windows keeps where a file came from in a second stream of it
        with open(f"{machine.addin}:Zone.Identifier", encoding="utf-8", errors="replace") as stream:
            marked = re.search(r"ZoneId\s*=\s*[34]", stream.read()) is not None
    except OSError:
        marked = False
    if marked:
        return ("blocked", "加载项文件带着“来自互联网”的标记，Excel 不运行它的宏",
                f"右键 {machine.shown(machine.addin)} → 属性 → 勾选“解除锁定”；或者{INSTALL}")
    return "ok", "没有“来自互联网”的标记", ""


def versions(machine: Machine) -> Answer:
    made_by = _made_by(machine.addin)
    if made_by is None:
        return UNKNOWN
    now = machine.made_by()
    if made_by != now:
        return "blocked", f"加载项是由 {made_by} 生成的，现在装的是 {now}", INSTALL
    return "ok", now, ""


def settings(machine: Machine) -> Answer:
    text = _conf_text(machine)
    if text is None:
        return "blocked", f"没有设置文件 {machine.shown(machine.conf)}", INSTALL
    broken = broken_lines(text)
    if broken:
        lines = "、".join(map(str, broken))
        return ("blocked", f"{machine.shown(machine.conf)} 第 {lines} 行是空行或写错了，Excel 读到这里会出错",
                f"用记事本删掉这些行；或者{INSTALL}")
    lacking = [key for key in KEYS if not parsed(text).get(key)]
    if lacking:
        return "blocked", f"{machine.shown(machine.conf)} 里没有 {'、'.join(lacking)}", INSTALL
    return "ok", machine.shown(machine.conf), ""


# --------------------------------------------------------------------------------------------------- Python

def interpreter(machine: Machine) -> Answer:
    path = _interpreter(machine)
    if path is None:
        return UNKNOWN
    shown = machine.shown(path)
    for key, failure in ((INTERPRETER, "no_interpreter"), (BASE, "no_base"), (SERVER, "no_server")):
        needed = _set(machine, key)
        if needed and not Path(needed).is_file():
            reason, do = FAILURES[failure]
            return "blocked", f"{reason}：{machine.shown(needed)}", do
    if path.name.lower() != "pythonw.exe":
        return "warning", f"加载项用的不是 pythonw.exe：{shown}，运行时会多出一个黑窗口", INSTALL
    if path != machine.windowless_python:
        other = machine.shown(machine.windowless_python)
        return ("warning", f"加载项用的 Python 是 {shown}，现在运行的是另一个 {other}",
                f"两处的 xl-kpi 可能不同；想用现在这个的话，{INSTALL}")
    return "ok", shown, ""


def python_from_store(machine: Machine) -> Answer:
    paths = {str(_interpreter(machine) or machine.python), _set(machine, BASE) or str(machine.base_python)}
    if any(STORE in path.lower() for path in paths):
        return ("blocked", "Python 是微软商店版，或者是建在商店版上的虚拟环境，Excel 启动不了它",
                f"从 python.org 下载安装 Python（只给自己安装即可），重新 pip install {PROJECT}，再{INSTALL}")
    return "ok", "不是微软商店版", ""


def python_kind(machine: Machine) -> Answer:
    """xlwings' DLL comes with the installation for 64-bit Intel and AMD processors, and most libraries do."""
    if machine.platform == "win-arm64":
        return ("blocked", "Python 是 ARM64 的，xlwings 的 DLL 没有这一种",
                "从 python.org 安装“Windows installer (64-bit)”（不是 ARM64 的那个，在 ARM 的电脑上也能用），"
                f"重新 pip install {PROJECT}，再{INSTALL}")
    if machine.platform == "win32":
        return ("blocked", "Python 是 32 位的，有几个库没有 32 位的版本",
                f"从 python.org 安装 64 位的 Python（与 Excel 是几位无关），重新 pip install {PROJECT}，再{INSTALL}")
    return "ok", "64 位", ""


def dll(machine: Machine) -> Answer:
    if _interpreter(machine) is None:
        return UNKNOWN
    bits = _excel_bits(machine)
    folder = Path(_set(machine, DLL_FOLDER) or machine.library_folder)
    wanted = [f"xlwings{width}-{machine.package('xlwings')}.dll" for width in ([bits] if bits else (64, 32))]
    missing = [name for name in wanted if not (folder / name).exists()]
    if not missing:
        return "ok", "、".join(wanted), ""
    others = sorted({found.name for found in folder.glob("xlwings*.dll")} - set(wanted))
    beside = f"，那里有的是 {'、'.join(others)}" if others else ""
    return ("blocked", f"在 {machine.shown(folder)} 里没有 {'、'.join(missing)}{beside}",
            f"用这个 Python 运行 pip install --force-reinstall xlwings=={machine.package('xlwings')}"
            "（不要加 --user）；再消失的话，在杀毒软件里信任它。")


def dll_answers(machine: Machine) -> Answer:
    """Python started as Excel starts it, and asked."""
    path, server = _interpreter(machine), _set(machine, SERVER)
    width = 32 if machine.platform == "win32" else 64
    library = Path(_set(machine, DLL_FOLDER), f"xlwings{width}-{machine.package('xlwings')}.dll")
    if path is None or not all(Path(one).is_file() for one in (path, server, _set(machine, BASE), library)):
        return UNKNOWN
    said = machine.answers(library, command(str(path), server))
    if said:
        reason, _ = FAILURES["no_start"]
        return ("blocked", f"{reason}（{machine.shown(said.splitlines()[0])}）",
                f"在命令行里运行 \"{machine.shown(path)}\" -c \"import xl_kpi\"，有错误时重新安装 xl-kpi；"
                "没有错误时请管理员看安全软件的记录。")
    return "ok", "Python 能被启动，并且回答了", ""


def pywin32(machine: Machine) -> Answer:
    found = machine.package("pywin32")
    if found is None:
        return "blocked", "没有安装 pywin32", "运行 pip install pywin32。"
    return "ok", f"pywin32 {found}", ""


def gen_py(machine: Machine) -> Answer:
    """pywin32 keeps what it learnt of Excel in this folder; half-written, it breaks every call."""
    path = _interpreter(machine) or machine.python
    places = [Path(machine.environment[name]) / "gen_py" for name in ("TEMP", "TMP") if machine.environment.get(name)]
    places += [folder / "Lib" / "site-packages" / "win32com" / "gen_py" for folder in (path.parent, path.parent.parent)]
    for place in places:
        halves = [found for found in place.rglob("*.py") if found.stat().st_size == 0 and found.name != "__init__.py"]
        halves += [found for found in place.glob("**/*-*x0x*") if found.is_dir()
                   and not (found / "__init__.py").is_file()]
        if halves:
            return ("blocked", f"pywin32 的缓存坏了：{machine.shown(halves[0])}",
                    f"关闭 Excel，删除文件夹 {machine.shown(place)}（会自动重新生成）。")
    return "ok", "pywin32 的缓存没有问题", ""


# --------------------------------------------------------------------------------------------------- places

def synced_folders(machine: Machine) -> Answer:
    clouds = [folder for name in ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")
              if (folder := machine.environment.get(name))]
    places = {"文档": "Personal", "桌面": "Desktop"}
    folders = {title: machine.expanded(str(machine.registry(SHELL_FOLDERS).get(name, "")))
               for title, name in places.items()}
    folders["Python"] = str(_interpreter(machine) or machine.python)
    synced = [title for title, folder in folders.items()
              if any(folder.lower().startswith(cloud.lower()) for cloud in clouds) or "sharepoint" in folder.lower()]
    if synced:
        return ("warning", f"由 OneDrive 或 SharePoint 同步：{'、'.join(synced)}",
                "工作簿请放在不同步的本地文件夹（如 D:\\工资），并关掉 Excel 左上角的“自动保存”；"
                "工资是个人信息，也不宜自动上传。")
    return "ok", "文档、桌面和 Python 都不由 OneDrive 同步", ""


CHECKS: tuple[tuple[Callable[[Machine], Answer], str], ...] = (
    (windows, "系统"),
    (excel, "Excel"),
    (excel_from_store, "Excel 的来源"),
    (wps, "WPS"),
    (macros, "宏的安全设置"),
    (child_processes, "启动程序的安全规则"),
    (allowed_programs, "能运行的程序"),
    (addin_file, "加载项文件"),
    (mark_of_the_web, "来自互联网的标记"),
    (disabled_by_excel, "Excel 的禁用项目"),
    (versions, "版本"),
    (settings, "设置文件"),
    (interpreter, "加载项用的 Python"),
    (python_from_store, "Python 的来源"),
    (python_kind, "Python 的位数"),
    (dll, "xlwings 的 DLL"),
    (dll_answers, "DLL 和 Python 的回答"),
    (pywin32, "pywin32"),
    (gen_py, "pywin32 的缓存"),
    (synced_folders, "同步的文件夹"),
)


def _excel_path(machine: Machine) -> str:
    return str(machine.registry(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe").get("", ""))


def _excel_bits(machine: Machine) -> int | None:
    """The width of Excel, which decides about the DLL; that of Python does not matter, it is another process."""
    platform = machine.registry(r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration").get("Platform")
    if platform in ("x64", "x86"):
        return 64 if platform == "x64" else 32
    return 32 if "(x86)" in _excel_path(machine) else None


def _office_version(machine: Machine) -> str:
    """Under which the registry keeps Office's settings: 16.0 for 2016 and all later ones."""
    found = re.search(r"Office(\d\d)\b", _excel_path(machine))
    return f"{found[1]}.0" if found else "16.0"


def _office_settings(machine: Machine, key: str) -> Mapping[str, object]:
    """The settings of a key, names in small letters; an administrator's policy goes before the user's own choice."""
    merged: dict[str, object] = {}
    for root in (USER_OFFICE, r"HKCU\Software\Policies\Microsoft\Office", r"HKLM\SOFTWARE\Policies\Microsoft\Office"):
        values = machine.registry(rf"{root}\{_office_version(machine)}\{key}")
        merged |= {name.lower(): value for name, value in values.items()}
    return merged


def _made_by(addin: Path) -> str | None:
    try:
        with ZipFile(addin) as package:
            text = package.read("docProps/core.xml").decode("utf-8", "replace")
    except (OSError, KeyError, BadZipFile):
        return None
    found = re.search("<dc:description>(.*?)</dc:description>", text)
    return found[1] if found else None


def _conf_text(machine: Machine) -> str | None:
    if not machine.conf.exists():
        return None
    return machine.conf.read_bytes().decode(machine.code_page, "replace")


def _interpreter(machine: Machine) -> Path | None:
    path = _set(machine, INTERPRETER)
    return Path(path) if path else None


def _set(machine: Machine, key: str) -> str:
    return parsed(_conf_text(machine) or "").get(key, "")
