"""Stands for Excel where a cell's formula goes: loads xlwings' DLL and asks Python, as VBA of the add-in does.

Run by the Windows Python: ``host.py steps.json``.  A step is a list with the name of a function below and its
arguments; what each gave is printed as JSON.  Values that JSON has not: {"missing": 1},
{"date": "2016-12-01"}, {"currency": "85.5"}, null for a blank cell.
"""

import ctypes
import datetime as dt
import json
import os
import subprocess
import sys
import time
from decimal import Decimal

import pythoncom
import win32com.client


class Variant(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_ushort), ("reserved", ctypes.c_ushort * 3), ("value", ctypes.c_void_p),
                ("rest", ctypes.c_void_p)]


servers = {}
libraries = []


def load(path):
    libraries.append(ctypes.WinDLL(path).XLPyDLLActivateAuto)


def activate(command, mode=1, name="it"):
    result, begun = Variant(), time.perf_counter()
    failed = libraries[-1](ctypes.byref(result), command.encode("mbcs"), mode)
    seconds = time.perf_counter() - begun
    if result.kind == pythoncom.VT_BSTR:
        return {"failed": ctypes.wstring_at(result.value), "seconds": seconds}
    if result.kind == pythoncom.VT_DISPATCH:
        servers[name] = win32com.client.Dispatch(pythoncom.ObjectFromAddress(result.value, pythoncom.IID_IDispatch))
    return {"failed": "", "seconds": seconds, "code": failed}


def answer(function, given, name="it"):
    begun = time.perf_counter()
    try:
        found = servers[name].Answer(function, tuple(map(value, given)))
    except Exception as error:
        return {"lost": str(error), "seconds": time.perf_counter() - begun}
    return {"found": found, "seconds": time.perf_counter() - begun}


def answers(calls, name="it"):
    begun = time.perf_counter()
    found = [servers[name].Answer(function, tuple(map(value, given))) for function, given in calls]
    return {"found": found, "seconds": time.perf_counter() - begun}


def press(handler, name="it"):
    try:
        return servers[name].Press(handler, None, None)
    except Exception as error:
        return str(error)


def cd(folder):
    os.chdir(folder)


def pythons():
    """Process ids of pythonw."""
    import win32ts

    return sorted(pid for _, pid, name, _ in win32ts.WTSEnumerateProcesses() if name.lower() == "pythonw.exe")


def kill():
    for pid in pythons():
        subprocess.run(["taskkill", "/F", "/PID", str(pid)], check=False, capture_output=True)
    time.sleep(0.5)


def value(given):
    if given is None:
        return pythoncom.Empty
    if isinstance(given, list):
        return tuple(tuple(map(value, row)) if isinstance(row, list) else value(row) for row in given)
    if isinstance(given, dict):
        [(kind, text)] = given.items()
        if kind == "missing":
            return win32com.client.VARIANT(pythoncom.VT_ERROR, -2147352572)
        if kind == "date":
            return dt.datetime.fromisoformat(text)
        return Decimal(text)
    return given


if __name__ == "__main__":
    pythoncom.CoInitialize()
    with open(sys.argv[1], encoding="utf-8") as file:
        steps = json.load(file)
    done = [globals()[name](*given) for name, *given in steps]
    print(json.dumps(done, ensure_ascii=False, default=str))
