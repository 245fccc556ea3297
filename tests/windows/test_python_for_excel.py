"""What a cell's formula reaches below VBA, for real: xlwings' library, Python's process, our functions over COM."""

from __future__ import annotations

import datetime as dt
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.udfs import harness
from tests.windows.conftest import Host
from tests.windows.machine import COMMAND, PLACE, SCRIPT, Windows
from xl_kpi.functions.sentinel import SENTINEL
from xl_kpi.workbook.error_values import ERRORS

MISSING, BLANK = {"missing": 1}, None
CALLS = 5000


def known(name: str, given: list[Any]) -> list[Any]:
    """The arguments with those left out at the end."""
    arguments = getattr(harness.excel(), name).__xlfunc__["args"]
    return [*given, *[MISSING] * (len(arguments) - len(given))]


def as_harness(given: list[Any]) -> list[Any]:
    return [... if one == MISSING else one for one in given]


def plain(found: Any) -> Any:
    return [plain(one) for one in found] if isinstance(found, (list, tuple)) else "" if found is None else found


def test_five_thousand_calls_are_what_the_engine_says(host: Host) -> None:
    dice = random.Random(20161103)
    stars = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, "3", "三", BLANK, "x"]
    scores = [0.0, 59.99, 60.0, 85.0, 88.335, 100.0, 101.0, "85", BLANK, "八十"]
    roles, status = ["客服代表", "客服领班", "rep", BLANK, "经理"], ["正式", "试用", "转正当月", BLANK, "离职"]
    calls: list[tuple[str, list[Any]]] = []
    for _ in range(CALLS // 5):
        star, role, state = map(dice.choice, (stars, roles, status))
        score = dice.choice([*scores, *[round(dice.uniform(0, 100), 2)] * 10])
        full, skill = dice.choice(["是", "否", True, False, BLANK, "也许"]), float(dice.randrange(120))
        calls += [("STAR_PAY", known("STAR_PAY", [star, role])),
                  ("PERFORMANCE_PAY", known("PERFORMANCE_PAY", [star, score, role, state])),
                  ("MONTHLY_PAY", known("MONTHLY_PAY", [2000.0, star, score, full, role, state])),
                  ("STAR_LEVEL", known("STAR_LEVEL", [score, full, skill, role])), ("RMB_UPPER", [score])]
    started, said = host(["activate", COMMAND], ["answers", calls])
    assert started["failed"] == ""
    expected = [plain(harness.served(name, *as_harness(given))) for name, given in calls]
    wrong = [(call, got, want) for call, got, want in zip(calls, plain(said["found"]), expected, strict=True)
             if got != want]
    assert not wrong, (len(wrong), wrong[:5])
    assert len(set(map(str, expected))) > 100


def test_columns_dates_amounts_and_long_texts(host: Host) -> None:
    column = [[1.0], ["2"], [BLANK], [5.0], [9.0]]
    cases: list[tuple[str, list[Any], list[Any]]] = [
        ("STAR_PAY", [column], [column]),
        ("MONTHLY_PAY", [2000.0, 3.0, [[85.0], [90.0], [88.5]], True], [2000.0, 3.0, [[85.0], [90.0], [88.5]], True]),
        ("STAR_PAY", [3.0, BLANK, {"date": "2016-12-01"}], [3.0, BLANK, dt.date(2016, 12, 1)]),
        ("RMB_UPPER", [{"currency": "3220.5"}], [3220.5]),
        ("RMB_UPPER", ["八" * 8000], ["八" * 8000]),
        ("KPI_REASON", ["STAR_PAY", "五" * 8000], ["STAR_PAY", "五" * 8000]),
        ("KPI_REASON", ["STAR_PAY", 99.0], ["STAR_PAY", 99.0]),
        ("KPI_VERSION", [], []),
        ("WEIGHTED_SCORE", [[[80.0, 90.0]], [[0.4, 0.6]]], [[[80.0, 90.0]], [[0.4, 0.6]]]),
    ]

    def complete(name: str, given: list[Any]) -> list[Any]:
        return given if name == "KPI_REASON" else known(name, given)

    started, *said = host(["activate", COMMAND],
                          *(["answer", name, complete(name, given)] for name, given, _ in cases))
    assert started["failed"] == ""
    for (name, given, same), found in zip(cases, said, strict=True):
        assert plain(found["found"]) == plain(harness.served(name, *as_harness(complete(name, same)))), (name, given)


def test_error_values_are_errors_and_never_numbers_or_blanks(host: Host) -> None:
    """As COM has them, alone and among other cells; over there Python gets whole numbers."""
    calls: list[tuple[str, list[Any]]] = []
    wanted: list[Any] = []
    for code, text in ERRORS.items():
        error = {"error": code}
        for name, given in (("STAR_PAY", [error]), ("STAR_PAY", [3.0, error]), ("RMB_UPPER", [error]),
                            ("FULL_ATTENDANCE", [0.0, 0.0, 0.0, 0.0, 0.0, error]),         # which may be blank
                            ("PERFORMANCE_PAY", [3.0, 85.0, BLANK, BLANK, error])):
            calls.append((name, known(name, given)))
            wanted.append(SENTINEL)
        calls.append(("STAR_PAY", known("STAR_PAY", [[[3.0], [error], [BLANK]]])))
        wanted.append([[1200.0], [SENTINEL], [""]])
        calls.append(("KPI_REASON", ["STAR_PAY", error]))
        wanted.append(f"「星级」是错误值 {text}；改正公式，或者直接填上内容")
    calls.append(("RMB_UPPER", [-2146826281.0]))        # a number is one, whichever it is
    wanted.append("人民币负贰拾壹亿肆仟陆佰捌拾贰万陆仟贰佰捌拾壹元整")
    started, found = host(["activate", COMMAND], ["native_answers", calls])
    assert started["failed"] == ""
    wrong = [(call, plain(got), want) for call, got, want in zip(calls, found, wanted, strict=True)
             if plain(got) != want]
    assert not wrong, wrong[:5]


def test_error_values_of_cells_that_are_read(host: Host) -> None:
    """Over COM, as Excel's Value2 is read."""
    [[rows, marks]] = host(["read_back", [[{"error": code}, float(code), True, "x", BLANK] for code in ERRORS]])
    assert rows == [[None, float(code), True, "x", None] for code in ERRORS]
    assert marks == [[row, 0, text, True] for row, text in enumerate(ERRORS.values())]


def test_nothing_else_can_be_asked_of_it(host: Host) -> None:
    names = ["os.system", "system", "Press", "__import__", "answer", "eval", "NOPE", ""]
    _, *said, pressed = host(["activate", COMMAND], *(["answer", name, ["calc.exe"]] for name in names),
                             ["press", "os.system"])
    assert [one["found"] for one in said] == ["#XLKPI?"] * len(names)
    assert "LookupError" in pressed["lost"]


def test_one_process_for_two_workbooks_that_is_started_in_a_folder_with_planted_programs(
        windows: Windows, host: Host) -> None:
    r"""The working folder is Excel's, which its file dialogs move: with blanks, with Chinese, a long one."""
    folders = [r"C:\工资 2016", rf"C:\{'很长的文件夹' * 10}", r"C:\plain"]
    for folder in folders:
        place = windows.path(folder)
        place.mkdir()
        for name in ("udfs", "workbooks", "xlwings", "xl_kpi", "numpy", "pythoncom", "site", "sitecustomize"):
            (place / f"{name}.py").write_text(f"open(r'C:\\planted.txt', 'a').write('{name} ')\n")
    steps: list[list[Any]] = []
    for number, folder in enumerate(folders):       # each a workbook of its own folder
        steps += [["cd", folder], ["activate", COMMAND, 1, f"book {number}"],
                  ["answer", "STAR_PAY", known("STAR_PAY", [3.0]), f"book {number}"], ["pythons"]]
    found = host(*steps, variables={"PYTHONPATH": folders[2], "PYTHONSTARTUP": rf"{folders[2]}\site.py"})
    assert [step["failed"] for step in found[1::4]] == ["", "", ""]
    assert [step["found"] for step in found[2::4]] == [1200.0] * 3
    assert [len(step) for step in found[3::4]] == [1, 1, 1]
    assert not windows.path(r"C:\planted.txt").exists()
    # without isolation they are run: the test can fail
    windows.python("-c", "import xlwings", cwd=windows.path(folders[2]))
    assert windows.path(r"C:\planted.txt").read_text() != ""


@pytest.mark.parametrize("what", ["interpreter", "script"])
def test_a_python_that_does_not_start_costs_no_time(host: Host, what: str) -> None:
    """By way of cmd.exe it cost two minutes a cell."""
    gone = COMMAND.replace("pythonw.exe", "gone.exe") if what == "interpreter" else COMMAND.replace("start.py", "no.py")
    found = host(["activate", gone], ["activate", gone])
    assert all(step["failed"] and step["seconds"] < 20 for step in found)


def test_a_python_that_hangs_while_it_starts_is_given_up(windows: Windows, host: Host) -> None:
    script = windows.path(SCRIPT)
    hanging = script.with_name("hanging.py")
    text = script.read_text(encoding="utf-8")
    assert text.count("SECONDS = 60") == text.count("    serve(clsid") == 1
    hanging.write_text(text.replace("SECONDS = 60", "SECONDS = 3").replace(
        "    serve(clsid", "    import time\n\n    time.sleep(600)\n    serve(clsid"), encoding="utf-8")
    found, = host(["activate", COMMAND.replace("start.py", "hanging.py")])
    assert "exited" in found["failed"]
    assert found["seconds"] < 30


def test_a_python_that_starts_late_is_waited_for(windows: Windows, host: Host) -> None:
    script = windows.path(SCRIPT)
    late = script.with_name("late.py")
    late.write_text(script.read_text(encoding="utf-8").replace(
        "    serve(clsid", "    import time\n\n    time.sleep(5)\n    serve(clsid"), encoding="utf-8")
    started, answered = host(["activate", COMMAND.replace("start.py", "late.py")],
                             ["answer", "STAR_PAY", known("STAR_PAY", [3.0])])
    assert (started["failed"], answered["found"]) == ("", 1200.0)


def test_a_python_that_dies_is_noticed_and_another_one_started(host: Host) -> None:
    """As VBA goes on: the library would ask the dead one again under the same command, so the next has a number."""
    asked = ["answer", "STAR_PAY", known("STAR_PAY", [3.0])]
    _, first, _, lost, _, again, second, left = host(
        ["activate", COMMAND], asked, ["kill"], asked, ["activate", COMMAND, -1], ["activate", f"{COMMAND} 1"], asked,
        ["pythons"])
    assert first["found"] == second["found"] == 1200.0
    assert "found" not in lost
    assert lost["seconds"] < 10
    assert again["failed"] == ""
    assert len(left) == 1


LIMITED = """    import time

    import xl_kpi.addin.server as server
    from xl_kpi.addin.server import serve

    call = server._call

    def _call(name, given):
        if name == "RMB_UPPER":
            server.LONGEST_ANSWER = 3
            time.sleep(600)
        return call(name, given)

    def press(handler, application, book):
        found = server.answer("KPI_VERSION", ())        # a function is recalculated while a button works
        server.LONGEST_ANSWER = 3
        time.sleep(8)
        assert server.answer("KPI_VERSION", ()) == found

    server._call, server.press = _call, press
"""


def limited(windows: Windows) -> str:
    """The command of a server of which a function hangs, and a button takes 8 seconds, where functions may take 3."""
    script = windows.path(SCRIPT)
    text = script.read_text(encoding="utf-8")
    served = "    from xl_kpi.addin.server import serve\n"
    assert text.count(served) == 1
    script.with_name("limited.py").write_text(text.replace(served, LIMITED), encoding="utf-8")
    return COMMAND.replace("start.py", "limited.py")


def test_an_answer_that_hangs_ends_the_process(windows: Windows, host: Host) -> None:
    """Excel waits for an answer and can do nothing meanwhile."""
    started, found = host(["activate", limited(windows)], ["answer", "RMB_UPPER", [3.0]])
    assert started["failed"] == ""
    assert "lost" in found
    assert found["seconds"] < 30


def test_a_button_may_take_as_long_as_it_takes(windows: Windows, host: Host) -> None:
    """A payroll, or a message box that nobody answers: the limit is for functions alone, before and after as well."""
    started, before, pressed, answered, after = host(
        ["activate", limited(windows)], ["pythons"], ["press", "about"], ["answer", "KPI_VERSION", []], ["pythons"])
    assert started["failed"] == ""
    assert "lost" not in pressed, pressed
    assert pressed["seconds"] > 7
    assert "found" in answered
    assert after == before


def test_each_excel_has_its_own_process(windows: Windows, host: Host) -> None:
    """Two of them at once: neither answers for the other, nor ends with it."""
    ours, theirs = r"C:\host\one.txt", r"C:\host\two.txt"
    asked = ["answer", "STAR_PAY", known("STAR_PAY", [3.0])]
    with ThreadPoolExecutor(1) as other:
        first = other.submit(host, ["activate", COMMAND], asked, ["tell", ours], ["wait", theirs], asked, ["pythons"],
                             name="other")
        started, answered, alone = host(["wait", ours], ["activate", COMMAND], asked, ["pythons"])[1:]
        windows.path(theirs).touch()
        begun, one, _, _, two, left = first.result(60)
    assert (started["failed"], begun["failed"]) == ("", "")
    assert one["found"] == two["found"] == answered["found"] == 1200.0
    assert len(alone) == 2
    assert len(left) == 1
    assert left[0] in alone


def test_the_processes_end_with_excel(windows: Windows, host: Host) -> None:
    host(["activate", COMMAND], ["pythons"])
    assert host(["pythons"]) == [[]]
    assert windows.path(PLACE).is_dir()
