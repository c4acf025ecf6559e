"""Names as people of each generation bore them.

Shares are rough and written down from general knowledge of Chinese naming fashions; no
list of real people was used.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from opencc import OpenCC

if TYPE_CHECKING:
    from random import Random

_SURNAMES = (
    "王 72|李 71|张 68|刘 54|陈 45|杨 31|赵 29|黄 22|周 21|吴 20|徐 17|孙 17|马 16|胡 13|朱 13"
    "|郭 13|何 12|高 12|林 11|罗 10|郑 10|梁 9|谢 8|宋 9|唐 7|许 7|韩 8|冯 7|邓 6|曹 7|彭 5"
    "|曾 5|肖 5|田 6|董 7|袁 5|潘 4|于 6|蒋 4|蔡 4|余 4|杜 5|叶 4|程 5|苏 4|魏 5|吕 4|丁 4"
    "|任 5|沈 4|姚 4|卢 3|姜 4|崔 5|钟 2|谭 3|陆 3|汪 3|范 4|金 4|石 4|廖 2|贾 5|夏 3|韦 1"
    "|付 4|方 3|白 4|邹 3|孟 4|熊 2|秦 4|邱 3|江 2|尹 3|薛 3|闫 4|段 3|雷 2|侯 4|龙 2|史 4"
    "|陶 2|黎 1|贺 3|顾 2|毛 2|郝 3|龚 2|邵 2|万 2|钱 2|严 2|覃 1|武 3|戴 2|莫 1|孔 2|向 1"
    "|汤 2|康 3|常 3|温 2|牛 3|樊 2|葛 2|邢 2|安 3|齐 2|关 3|满 1|那 1|佟 1|赫 1|英 1|索 1"
    "|欧阳 1|司马 1|上官 1|诸葛 1|翟 2|仇 1|查 1|宁 1|晁 1|亓 1|荆 1|亢 1|单 1|解 1|冀 1|靳 2"
)
_MALE = {
    1900: "德 福 贵 荣 祥 振 宝 永 玉 文 长 增 殿 士 凤 庆 连 全 有 顺 兴 林 山 海 山 泉 如 忠 孝"
    " 义 恩 清 春 学 鸿 占 润 广 云 昌 耀 景 瑞 万 仁 存 堂 喜 发 财 金 生 元 江 茂",
    1932: "国 华 明 德 文 振 永 志 玉 福 宝 长 春 庆 荣 林 海 清 忠 学 生 祥 树 万 连 金 成 恩 广"
    " 景 善 守 绍 敬 启 凯 汉 良 思 世 承 维 鸿 炳 锡 铭 钧 淮 渊 嵩 克 勤 俊 杰 培 兴",
    1950: "建 国 军 志 明 华 平 民 和 援 朝 胜 利 永 强 保 卫 文 玉 福 春 生 光 新 德 跃 进 宝 长"
    " 树 林 海 洪 庆 广 金 立 成 启 振 东 京 全 学 义 忠 刚 勇 连 继 承 宏 伟 安 来",
    1966: "军 伟 强 勇 刚 辉 斌 涛 红 卫 东 文 革 建 志 永 宏 峰 超 波 鹏 明 海 建 武 兵 利 民 向"
    " 阳 春 雷 宇 凯 杰 毅 洪 健 旭 晖 振 立 新 松 亮 林 飞 京 平",
    1980: "伟 磊 鹏 超 涛 飞 凯 亮 晨 帅 旭 洋 博 宇 浩 然 阳 杰 鑫 峰 昊 雷 健 楠 岩 巍 硕 铮 桐"
    " 森 彬 迪 龙 毅 翔 辰 航 轩 睿 祺 子 思 瑞 泽 嘉 一 梓",
}
_FEMALE = {
    1900: "秀 玉 桂 淑 凤 素 兰 英 珍 芝 荣 贞 琴 芳 贤 华 香 莲 云 月 翠 巧 春 文 惠 瑞 蕴 静 敏"
    " 娥 仙 彩 金 银 珠 宝 喜 福 德 美 玲 环 如 善",
    1932: "淑 秀 玉 桂 凤 英 兰 珍 芳 荣 华 琴 敏 素 贞 惠 文 静 慧 云 春 月 美 瑞 雅 蕴 佩 琳 琪"
    " 瑛 莹 婉 茹 清 贤 翠 香 莲 志 明 国 德 如 娟 毓 懿",
    1950: "淑 秀 英 华 玉 兰 芳 敏 桂 珍 凤 萍 琴 红 丽 燕 建 平 小 荣 惠 霞 文 静 云 春 梅 玲 娟"
    " 莉 晓 援 和 新 京 利 爱 民 国 亚 雅 俊 慧 宝 贵 香 月 菊",
    1966: "红 丽 燕 敏 静 霞 梅 玲 莉 艳 娟 颖 军 卫 东 文 革 春 晓 小 海 立 新 萍 杰 英 华 慧 洁"
    " 蕾 岩 冬 玉 秋 雪 建 辉 向 京 平 琳 娜 丹 虹 宏 瑞",
    1980: "静 丽 娜 婷 颖 雪 丹 倩 莹 楠 蕾 晶 佳 璐 欣 妍 萌 薇 琳 媛 瑶 悦 洋 爽 宁 思 雨 晨 梦"
    " 子 瑾 嘉 怡 涵 诗 彤 然 菲 月 冉 霄 依",
}
_RARE = "堃 喆 淼 璟 珺 旻 翀 彧 頔 韡 祎 甯 鎔 昇 峯 垚 犇 曌 菁 婧"
_MINORITY = (
    ("回族", "马 丁 沙 白 金 哈 穆 杨 闪"),
    ("满族", "佟 那 关 赫 富 金 赵 傅"),
    ("蒙古族", "包 白 吴 宝 何"),
    ("朝鲜族", "朴 金 李 崔 郑"),
)
#: Characters whose older form differs by the name's own history, not by a table.
_OLDER = {
    "钟": "鍾", "于": "于", "范": "范", "余": "余", "姜": "姜", "谷": "谷", "沈": "沈", "岳": "岳",
    "后": "后", "曲": "曲", "台": "台", "丑": "丑", "卜": "卜", "党": "党", "云": "雲", "干": "干",
    "志": "志", "升": "升", "丰": "豐", "发": "發", "才": "才", "松": "松", "秋": "秋", "郁": "郁",
    "付": "傅", "肖": "蕭", "闫": "閻", "戴": "戴", "仇": "仇", "朴": "朴", "舍": "舍", "里": "里",
    "杰": "傑", "叁": "叁", "凶": "凶", "修": "修", "采": "采", "彩": "彩", "着": "着", "并": "並",
}  # fmt: skip


def _weighted() -> tuple[tuple[str, ...], tuple[int, ...]]:
    pairs = [item.split() for item in _SURNAMES.split("|")]
    return tuple(name for name, _ in pairs), tuple(int(weight) for _, weight in pairs)


SURNAMES, WEIGHTS = _weighted()


def _fashion(table: dict[int, str], born: int) -> list[str]:
    start = max((year for year in table if year <= born), default=1900)
    return table[start].split()


def surname(rng: Random) -> str:
    """A surname at about its share in the population."""
    return rng.choices(SURNAMES, WEIGHTS)[0]


def given_name(rng: Random, sex: str, born: int) -> str:
    """A given name in the fashion of the years about the birth; sex is 男 or 女."""
    chars = _fashion(_MALE if sex == "男" else _FEMALE, born)
    single = 0.08 if born < 1950 else 0.18 if born < 1966 else 0.42
    if rng.random() < single:
        return rng.choice(chars)
    first, second = rng.choice(chars), rng.choice(chars)
    if rng.random() < 0.02:
        second = rng.choice(_RARE.split())
    return first + second


def full_name(rng: Random, sex: str, born: int) -> tuple[str, str]:
    """A name and the ethnicity that goes with it."""
    if rng.random() < 0.05:
        ethnicity, surnames = rng.choice(_MINORITY)
        return rng.choice(surnames.split()) + given_name(rng, sex, born), ethnicity
    return surname(rng) + given_name(rng, sex, born), "汉族"


def older_form(text: str) -> str:
    """Simplified to traditional, character by character, as names and places were written."""
    return "".join(_OLDER.get(char) or _to_traditional(char) for char in text)


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("s2t")


@lru_cache(maxsize=8192)
def _to_traditional(char: str) -> str:
    return str(_converter().convert(char))
