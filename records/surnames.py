"""Surnames of two characters, and names that say a clan instead of a person."""

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
