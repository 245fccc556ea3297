"""The trade's words of a page and what the program calls them."""

from __future__ import annotations

# The unit (or kind) of a column → its type.
TYPES = {"工号": "id", "姓名": "name", "文字": "text", "日期": "date", "次": "count", "小时": "hours", "天": "days",
         "分钟": "minutes", "分": "score", "元": "money", "%": "percent", "数": "number",
         "月份": "month", "季度": "quarter", "半年": "half", "年度": "year",
         "期间": "period"}
# What is typed for one of these by mistake; by another's words.
MISTYPED = {"圆": "元", "块": "元", "块钱": "元", "￥": "元", "％": "%", "百分比": "%", "百分数": "%", "数字": "数",
            "数值": "数",
            "整数": "数", "文本": "文字", "字符": "文字", "名字": "姓名", "人名": "姓名", "员工号": "工号",
            "是否": "是|否"}
# Units that begin as a type does.
UNITS = ("工时", "工日", "工分", "日元", "分贝", "小组", "小节", "文件", "期次")
WHOLE = ("次", "人", "级", "月", "名", "星", "天", "条", "个", "件", "档", "季", "年")      # units of what is counted
GRAINS = {"花名册": "roster", "变动": "changes", "每月": "month", "每季": "quarter", "每半年": "half", "每年": "year",
          "期间": "period", "逐次": "events", "项目": "items"}
PERIODS = {"每月": "month", "每季": "quarter", "每半年": "half", "每年": "year", "起止": "span", "不分期": ""}
# The columns that come with a grain: heading, type, flags.
KEYS = {"roster": [], "changes": [],
        **{grain: [(heading, kind, "required"), ("工号", "id", "required"), ("姓名", "name", "optional")]
           for grain, heading, kind in (
               ("month", "月份", "month"), ("quarter", "季度", "quarter"), ("half", "半年", "half"),
               ("year", "年度", "year"), ("period", "期间", "period"), ("events", "日期", "date"),
               ("items", "月份", "month"))}}
CONSTANTS = {"月初": "month_start", "月末": "month_end", "当月天数": "month_days", "季初": "quarter_start",
             "季末": "quarter_end", "上季初": "last_quarter_start", "上季末": "last_quarter_end",
             "半年初": "half_start", "半年末": "half_end", "年初": "year_start", "年末": "year_end",
             "期初": "first_day", "期末": "last_day"}
FUNCTIONS = {"取小": "min", "取大": "max", "四舍五入": "round", "舍去": "floor", "进一": "ceil", "绝对值": "abs",
             "有值": "present", "默认": "default",
             "月后": "add_months", "年后": "add_years", "工作日后": "add_workdays", "顺延": "next_workday"}
EACH = {"各项合计": "+", "各项都": "and", "各项任一": "or"}         # over the keys of a parameter
OVER = {"各项合计": "sum", "各项都": "all", "各项任一": "any"}          # over those that the company lists
EACH_KEY = "每项"
EACH_PERIOD = "每期"              # the period that the page names at its head (周期)
VALUES = {"是": "True", "否": "False", "不适用": "blank", "blank": "blank", "True": "True", "False": "False"}
LEVELS = {"错误": "error", "警告": "warning", "提示": "hint"}
SOURCES = ("制度", "公司", "示例", "法律")
WINDOWS = {"上季": "previous_quarter", "本季": "quarter", "本季至今": "quarter_to_date"}
OUTPUT_TYPES = {"元": "money", "分": "score", "%": "percent", "整数": "int", "是否": "bool", "文字": "text"}
ARGUMENTS = {"次": "count", "小时": "hours", "分钟": "minutes", "数": "number", "分": "score", "元": "money",
             "%": "percent", "比例": "ratio", "是否": "bool", "选项": "choice", "日期": "date", "工号": "id"}
# 体检: what a line of it gives
ROLES = {"入职": "hired", "离职": "left", "岗位": "post", "表属": "posts", "考勤": "attendance", "逐日": "daily",
         "小时": "hours", "总分": "totals", "得分": "scores", "不定": "varying", "应有": "wanted", "占比": "shares",
         "扣项": "held_back", "申诉": "appeals", "起伏": "unsteady_items", "倍数": "times", "金额": "money",
         "分差": "points", "同分人数": "scored", "填满": "rows_filled", "参照月数": "months_before",
         "前后月数": "months_around", "离职后月数": "months_after_leaving", "工龄": "years_employed",
         "占比上限": "share_limit"}


def meant(unit: str) -> str:
    """The type of a column that a unit nobody knows may be a slip of the hand for; '' where it is a unit."""
    for end in ("数", "值"):
        if (bare := unit.removesuffix(end)) != unit and (bare in TYPES or bare in WHOLE):
            return bare
    if len(unit) == 2 and unit not in UNITS:
        like = [word for word in TYPES if len(word) == 2 and word[0] == unit[0]]
        return MISTYPED.get(unit) or (like[0] if like else "")
    return MISTYPED.get(unit, "")
