"""Whether a text looks like the name of a person: by a Chinese surname and two to four characters, or Latin words."""

from __future__ import annotations

import re
from functools import lru_cache

from xl_kpi.forms.labels import is_known, label_of, simplified
from xl_kpi.hand.ids import name_key

_SINGLE = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦"
    "昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹"
    "姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐"
    "邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁"
    "荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武"
    "符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉"
    "宰郦雍却璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满"
    "弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游"
    "竺权逯盖益桓公肖佟涂代苟付覃岳帅亢况官沐刑铁海晋楚闫法汝鄢佘楼练闪迟操占柒原")
_DOUBLE = frozenset((
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟",
    "公羊", "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离",
    "长孙", "宇文", "司徒", "鲜于", "司空", "令狐", "百里", "呼延", "东郭", "南门", "西门", "轩辕", "拓跋",
))
_DIGITS = re.compile(r"\d{1,4}$")
_LATIN = re.compile(r"[A-Z][a-z'’-]+(?: [A-Z][a-z'’.-]*){0,2}")
_NO_NAME = re.compile(
    ".*[部组科处室店司局所院校班队岗员类项费金率数量额分次天月年日元号表单假性型级等码称址话期间计均]")


@lru_cache(maxsize=50_000)
def looks_like_name(text: str) -> bool:
    """张三, 欧阳娜娜, 李四(代), 刘某人15, John Smith; not 客服部, 加班费."""
    bare = _DIGITS.sub("", simplified(name_key(text)).strip("*※#"))
    if bare.isascii():
        return _LATIN.fullmatch(text.strip()) is not None and not is_known(label_of(bare))
    if not 2 <= len(bare) <= 4 or not all("\u3400" <= c <= "\u9fff" or c == "·" for c in bare):
        return False
    if bare[:2] in _DOUBLE:
        return len(bare) >= 3
    return bare[0] in _SINGLE and len(bare) <= 3 + (bare[1] in _SINGLE) and not _NO_NAME.fullmatch(bare) and not (
        is_known(label_of(bare)))
