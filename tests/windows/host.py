"""Stands for Excel where a cell's formula goes: loads xlwings' DLL and asks Python, as VBA of the add-in does.

Run by the Windows Python: ``host.py steps.json``.  A step is a list with the name of a function below and its
arguments; what each gave is printed as JSON.  Values that JSON has not: {"missing": 1},
{"date": "2016-12-01"}, {"currency": "85.5"}, null for a blank cell, and of ``native`` alone {"error": -2146826281}.
"""

import ctypes
import datetime as dt
import json
import os
import re
import struct
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
    begun = time.perf_counter()
    try:
        servers[name].Press(handler, None, None)
    except Exception as error:
        return {"lost": str(error), "seconds": time.perf_counter() - begun}
    return {"seconds": time.perf_counter() - begun}


def native_answers(calls, name="it"):
    return [invoked(servers[name], "Answer", function, tuple(given)) for function, given in calls]


def read_back(rows):
    """Cells kept by an object of Windows, as the product reads Excel's."""
    from xl_kpi.workbook.excel.read import _mark, block
    from xl_kpi.workbook.file import Sheet

    kept = win32com.client.Dispatch("Scripting.Dictionary")
    invoked(kept, "Add", "cells", rows)
    sheet = Sheet("x", False, block(kept.Item("cells")))
    _mark(sheet, [["=A1", *["1"] * (len(row) - 1)] for row in rows], 0, 0)
    return [sheet.rows, [[*at, mark.error, mark.formula] for at, mark in sheet.marks.items()]]


def asked(times, name="it"):
    """Seconds of a question and its answer over COM that say nothing."""
    begun = time.perf_counter()
    for _ in range(times):
        servers[name].Ready()
    return (time.perf_counter() - begun) / times


def tell(path):
    open(path, "w").close()


def wait(path):
    while not os.path.exists(path):
        time.sleep(0.1)


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


# pywin32 sends no error values (it makes each of them "missing"), so these calls are made without it, as VBA makes them

class Arguments(ctypes.Structure):
    _fields_ = [("given", ctypes.c_void_p), ("named", ctypes.c_void_p), ("count", ctypes.c_uint),
                ("count_named", ctypes.c_uint)]


oleaut = ctypes.WinDLL("oleaut32")
for one in ("SysAllocString", "SafeArrayCreateVector", "SafeArrayCreate"):
    getattr(oleaut, one).restype = ctypes.c_void_p
EMPTY, NULL, DOUBLE, TEXT, ERROR, LOGICAL, ANY, ARRAY = 0, 1, 5, 8, 10, 11, 12, 0x2000
INVOKE = 6                          # its place among the functions of an IDispatch


def native(given):
    """A value as COM has it: a tuple is an array, a list a range of rows."""
    if isinstance(given, (tuple, list)):
        ranged = isinstance(given, list)
        bounds = [len(given), len(given[0])] if ranged else [len(given)]
        flat = (ctypes.c_uint32 * 4)(bounds[0], 0, bounds[-1], 0)
        array = ctypes.c_void_p(oleaut.SafeArrayCreate(ANY, len(bounds), flat))
        for r, row in enumerate(given):
            for c, cell in enumerate(row if ranged else [row]):
                at = (ctypes.c_long * 2)(r, c)
                assert oleaut.SafeArrayPutElement(array, at, ctypes.byref(native(cell))) == 0
        return Variant(kind=ARRAY | ANY, value=array.value)
    if isinstance(given, dict):
        [(kind, code)] = given.items()
        return Variant(kind=ERROR, value=(code if kind == "error" else -2147352572) & 0xffffffff)
    if isinstance(given, bool):
        return Variant(kind=LOGICAL, value=0xffff if given else 0)
    if isinstance(given, float):
        return Variant(kind=DOUBLE, value=int.from_bytes(struct.pack("<d", given), "little"))
    if isinstance(given, str):
        return Variant(kind=TEXT, value=oleaut.SysAllocString(ctypes.c_wchar_p(given)))
    return Variant(kind=EMPTY)


def known(variant):
    """The value of a variant."""
    if variant.kind == ARRAY | ANY:
        array, top = ctypes.c_void_p(variant.value), ctypes.c_long()
        ends = []
        for dimension in range(oleaut.SafeArrayGetDim(array)):
            oleaut.SafeArrayGetUBound(array, dimension + 1, ctypes.byref(top))
            ends.append(top.value + 1)

        def element(*at):
            cell = Variant()
            oleaut.SafeArrayGetElement(array, (ctypes.c_long * 2)(*at), ctypes.byref(cell))
            return known(cell)

        return [[element(r, c) for c in range(ends[1])] if ends[1:] else element(r) for r in range(ends[0])]
    if variant.kind == TEXT:
        return ctypes.wstring_at(variant.value) if variant.value else ""
    if variant.kind == DOUBLE:
        return struct.unpack("<d", (variant.value or 0).to_bytes(8, "little"))[0]
    if variant.kind == LOGICAL:
        return bool(variant.value)
    return None if variant.kind in (EMPTY, NULL) else f"kind {variant.kind}"


def invoked(something, method, *given):
    pointer = something._oleobj_
    address = int(re.search(r"obj at 0x([0-9A-Fa-f]+)", repr(pointer))[1], 16)
    table = ctypes.cast(ctypes.cast(address, ctypes.POINTER(ctypes.c_void_p))[0], ctypes.POINTER(ctypes.c_void_p))
    call = ctypes.WINFUNCTYPE(ctypes.c_long, ctypes.c_void_p, ctypes.c_long, ctypes.c_void_p, ctypes.c_uint,
                              ctypes.c_ushort, *[ctypes.c_void_p] * 4)(table[INVOKE])
    values = (Variant * len(given))(*map(native, reversed(given)))
    arguments, result = Arguments(ctypes.addressof(values), None, len(given), 0), Variant()
    nobody = (ctypes.c_byte * 16)()
    failed = call(address, pointer.GetIDsOfNames(method), ctypes.addressof(nobody), 0, 1, ctypes.addressof(arguments),
                  ctypes.addressof(result), None, None)
    return f"failed {failed & 0xffffffff:08x}" if failed else known(result)


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
