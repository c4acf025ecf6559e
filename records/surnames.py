"""Surnames of two characters and of one, and names that say a clan instead of a person."""

from __future__ import annotations

from typing import Final

#: Compound surnames met in China today, in simplified form. 第五 and 东方 are surnames;
#: 上官 and 欧阳 are the commonest.
COMPOUND_SURNAMES: Final = frozenset({
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛",
    "尉迟", "公羊", "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容",
    "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于", "司空", "闾丘", "子车", "亓官", "司寇", "巫马",
    "公西", "颛孙", "壤驷", "公良", "漆雕", "乐正", "宰父", "谷梁", "拓跋", "夹谷", "轩辕", "令狐",
    "段干", "百里", "呼延", "东郭", "南门", "羊舌", "微生", "公户", "公玉", "梁丘", "左丘", "东门",
    "西门", "第五", "达奚", "纳兰", "叶赫", "完颜", "贺兰", "费莫", "南荣", "东里", "淳于", "单于",
    "哥舒", "即墨", "尔朱", "耶律", "富察",
})  # fmt: skip

#: The surnames of one character in the Hundred Family Surnames (百家姓, tenth century), in
#: simplified form, and others met often today. Who bears another is rare, not impossible.
COMMON_SURNAMES: Final = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛"
    "奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康"
    "伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵"
    "席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗"
    "丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫"
    "乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄"
    "印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍郤璩桑桂濮"
    "牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡"
    "国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查"
    "后荆红游竺权逯盖益桓公"
    "肖付闫覃佟闪亓亢赫兰代迟邸仝佘苑岳丛牟苟揭鄢楚晋官隋阳母原商展朴布冼麦区练占"
)

_CLAN: Final = "氏"


def clan_surnames(name: str) -> tuple[str, ...]:
    """The surnames in a name like 张王氏: her husband's and her own; empty for other names."""
    if not name.endswith(_CLAN):
        return ()
    stem, found = name[:-1], []
    while stem:
        size = 2 if stem[:2] in COMPOUND_SURNAMES else 1
        found.append(stem[:size])
        stem = stem[size:]
    return tuple(found)
