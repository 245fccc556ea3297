"""What the add-in says in Chinese without Python; VBA modules are ASCII, so the texts stand in a sheet of the .xlam.

``FAILURES`` are the reasons why Python cannot be reached, each with what to do; ``doctor`` says the same.
"""

ADVICE = "关闭 Excel，在命令行里运行 xl-kpi doctor，它会逐项说明。"
AGAIN = "关闭 Excel，运行 xl-kpi addin install。"
FAILURES = {
    "no_settings": ("没有设置文件，或者读不出它", AGAIN),
    "no_interpreter": ("加载项用的 Python 不见了", f"用现在能用的 Python {AGAIN}"),
    "no_base": ("加载项用的 Python 是虚拟环境，它所依靠的那个 Python 被升级、移动或卸载了",
                f"装回原来的 Python，或者用新的 Python 重新建虚拟环境、重新安装 xl-kpi，再{AGAIN}"),
    "no_server": ("xl-kpi 的程序文件不见了", f"重新安装 xl-kpi，再{AGAIN}"),
    "no_library": ("xlwings 的 DLL 不见了，多半是被杀毒软件删除",
                   f"在杀毒软件里恢复并信任它，重新安装 xlwings，再{AGAIN}"),
    "library_refused": ("xlwings 的 DLL 打不开：位数与 Excel 不同，或者被安全策略拦住", ADVICE),
    "long_path": ("Python 的路径太长", f"把 Python 装到路径短的文件夹（如 C:\\xlkpi），重新安装 xl-kpi，再{AGAIN}"),
    "no_start": ("Python 启动不起来：文件不全，或者单位的安全策略不许 Excel 启动别的程序", ADVICE),
    "lost": ("Python 进程中途停了，重新启动后又停了", ADVICE),
}
TEXTS = {
    "title": "绩效薪酬",
    "no_book": "没有打开的工作簿。\n请先打开要核算的工作簿；还没有的话，用“新建工作簿”建一个。",
    "protected_view": "这个工作簿在“受保护的视图”里打开，程序读不到它。\n请先点上方黄条里的“启用编辑”。",
    "busy": "Excel 正忙，或有单元格正在编辑。\n请按回车或 Esc 结束编辑，再点一次按钮。",
    "broken_off": "程序中途停了，可能已经改了一部分。\n请不要保存，关闭工作簿再打开；仍然这样时运行 xl-kpi doctor。"
                  "下面是 Excel 给出的原因：",
    **{name: f"程序没有启动起来，什么都没有改；在解决之前，单元格函数都显示 #VALUE!。\n原因：{found}。\n怎么办：{do}"
       for name, (found, do) in FAILURES.items()},
}

ABOUT = (
    "绩效薪酬（xl-kpi）",
    "这是 Excel 加载项：打开 Excel 时自动加载，在功能区显示“绩效薪酬”，并提供单元格函数。",
    "安装、移除、检查：xl-kpi addin install、xl-kpi addin remove、xl-kpi doctor。",
    "不连网络；工作簿里的数据只在这台电脑上处理。",
)
