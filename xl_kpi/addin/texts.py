"""What the add-in says in Chinese without Python; VBA modules are ASCII, so the texts stand in a sheet of the .xlam."""

TEXTS = {
    "title": "绩效薪酬",
    "no_book": "没有打开的工作簿。\n请先打开要核算的工作簿；还没有的话，用“新建工作簿”建一个。",
    "protected_view": "这个工作簿在“受保护的视图”里打开，程序读不到它。\n请先点上方黄条里的“启用编辑”。",
    "busy": "Excel 正忙，或有单元格正在编辑。\n请按回车或 Esc 结束编辑，再点一次按钮。",
    "no_python": "程序没有启动起来，什么都没有改。\n请关闭 Excel，在命令行里运行 xl-kpi doctor，"
                 "它会说明原因和解决办法。下面是 Excel 给出的原因：",
}

ABOUT = (
    "绩效薪酬（xl-kpi）",
    "这是 Excel 加载项：打开 Excel 时自动加载，在功能区显示“绩效薪酬”，并提供单元格函数。",
    "安装、移除、检查：xl-kpi addin install、xl-kpi addin remove、xl-kpi doctor。",
    "不连网络；工作簿里的数据只在这台电脑上处理。",
)
