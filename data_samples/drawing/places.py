"""Beijing's offices by their years, places of origin, and area codes of ID numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A district or county with the years it bore this name; code from 1981 on."""

    name: str
    first: int
    last: int
    code: str = ""

    @property
    def short(self) -> str:
        """The one character that numbers begin with, after 京."""
        return "矿" if self.name == "京西矿区" else self.name[0]

    @property
    def is_county(self) -> bool:
        """Whether it is a county (县)."""
        return self.name.endswith("县")


def _district(line: str) -> District:
    name, first, last, *code = line.split()
    return District(name=name, first=int(first), last=int(last), code="".join(code))


#: Whole years only: the year of a change is left out on both sides.
_NAMES_AND_YEARS = (
    "第一区 1951 1951|第三区 1951 1951|第五区 1951 1951|第七区 1951 1951|第十区 1951 1951|"
    "第十三区 1951 1951|第十六区 1951 1951|东单区 1953 1957|东四区 1953 1957|"
    "西单区 1953 1957|西四区 1953 1957|前门区 1953 1957|东郊区 1953 1957|南苑区 1953 1957|"
    "京西矿区 1953 1957|崇文区 1953 2009 110103|宣武区 1953 2009 110104|"
    "丰台区 1953 2099 110106|海淀区 1953 2099 110108|东城区 1959 2099 110101|"
    "西城区 1959 2099 110102|朝阳区 1959 2099 110105|门头沟区 1959 2099 110109|"
    "石景山区 1968 2099 110107|昌平县 1961 1998 110221|顺义县 1961 1997 110222|"
    "通县 1961 1996 110223|大兴县 1961 2000 110224|房山县 1961 1985 110225|"
    "平谷县 1961 2000 110226|怀柔县 1961 2000 110227|密云县 1961 2014 110228|"
    "延庆县 1961 2014 110229|房山区 1987 2099 110111|通州区 1998 2099 110112|"
    "顺义区 1999 2099 110113|昌平区 2000 2099 110114|大兴区 2002 2099 110115|"
    "怀柔区 2002 2099 110116|平谷区 2002 2099 110117"
)
DISTRICTS = tuple(_district(line) for line in _NAMES_AND_YEARS.split("|"))

_STREETS = {
    "东城区": "东四 北新桥 交道口 景山 安定门 朝阳门 建国门 和平里",
    "西城区": "新街口 厂桥 福绥境 展览路 月坛 德外 西长安街 丰盛",
    "崇文区": "前门 崇文门 天坛 龙潭 体育馆路 永定门外",
    "宣武区": "大栅栏 椿树 天桥 牛街 陶然亭 广安门内 白纸坊",
    "朝阳区": "呼家楼 三里屯 左家庄 八里庄 双井 团结湖 和平街 酒仙桥",
    "海淀区": "羊坊店 甘家口 中关村 海淀镇 清河 八里庄 北太平庄 永定路",
    "丰台区": "右安门 卢沟桥 长辛店 南苑 大红门 东高地",
    "石景山区": "八宝山 古城 苹果园 金顶街 广宁",
    "门头沟区": "大峪 城子 东辛房 永定",
}
_TOWNS = {
    "昌平县": "沙河 小汤山 南口 马池口 阳坊", "顺义县": "牛栏山 杨各庄 李桥 天竺 南法信",
    "通县": "永乐店 张家湾 宋庄 马驹桥 漷县", "大兴县": "黄村 庞各庄 采育 礼贤 榆垡",
    "房山县": "良乡 琉璃河 周口店 长沟 窦店", "平谷县": "马坊 峪口 靠山集 金海湖",
    "怀柔县": "庙城 桥梓 汤河口 渤海所", "密云县": "溪翁庄 太师屯 古北口 穆家峪",
    "延庆县": "康庄 永宁 八达岭 张山营",
}  # fmt: skip
_ORIGINS = (
    "北京市 北京市 北京市 河北省大兴县 河北省通县 河北省宛平县 河北省良乡县 河北省三河县 河北省涿县"
    " 河北省武清县 河北省香河县 河北省定兴县 河北省深县 河北省河间县 河北省安次县 山东省掖县"
    " 山东省德县 山东省章邱县 山西省汾阳县 山西省太谷县 山西省祁县 河南省安阳县 辽宁省沈阳市"
    " 辽宁省义县 江苏省无锡县 江苏省武进县 浙江省绍兴县 浙江省宁波市 广东省番禺县 湖南省长沙市"
    " 天津市 上海市 四川省巴县 陕西省临潼县 安徽省合肥市 福建省闽侯县"
)
_JOBS = {
    "1950s": "工人 农民 店员 学生 职员 教员 家务 三轮工人 干部 小贩 织布 木匠 瓦匠 军人 护士 司机"
    " 裁缝 铁路工人",
    "1960s": "工人 社员 教师 干部 售货员 司机 会计 技术员 军人 医生 服务员 炊事员",
    "1980s": "工人 干部 教师 营业员 会计 司机 技术员 农民 护士 工程师 个体 警察",
    "2000s": "职员 工程师 教师 公务员 个体 医生 工人 会计 律师 销售 农民 无业",
}
_SCHOOLING = {
    "1950s": "文盲 识字 初小 高小 高小 初中 初中 高中 师范",
    "1960s": "初小 高小 初中 初中 高中 中专 大学",
    "1980s": "初中 高中 高中 中专 大专 大学",
    "2000s": "初中 高中 中专 大专 大学本科 硕士研究生",
}
OTHER_CODES = "130102 120101 210102 220104 230103 370102 320102 420102 410102 610102".split()  # noqa: SIM905 - ten codes at a glance


def district_at(rng: Random, year: int, *, coded: bool = False) -> District:
    """A district that existed through the year, within the old city more often."""
    fits = [d for d in DISTRICTS if d.first <= year <= d.last and (d.code or not coded)]
    return rng.choices(fits, [1 if d.is_county else 2 for d in fits])[0]


def neighbourhood(rng: Random, district: District) -> str:
    """A street of a district, a town of a county."""
    known = _STREETS.get(district.name) or _TOWNS.get(district.name.replace("区", "县"))
    return rng.choice((known or "东关 西关 城关 北关").split())


def origin(rng: Random) -> str:
    """A place of origin (籍贯)."""
    return rng.choice(_ORIGINS.split())


def _by_era(table: dict[str, str], era: str) -> list[str]:
    return table.get(era, table["1980s"]).split()


def occupation(rng: Random, era: str) -> str:
    """An occupation of the era."""
    return rng.choice(_by_era(_JOBS, era))


def schooling(rng: Random, era: str) -> str:
    """A level of education of the era."""
    return rng.choice(_by_era(_SCHOOLING, era))


def address(rng: Random, district: District, *, blocks: bool = True) -> str:
    """An address in a district, some in blocks of flats; the lanes exist nowhere."""
    street = neighbourhood(rng, district)
    lane = rng.choice(("街", "胡同", "路", "巷", "里", "东里", "条"))
    tail = f"{rng.randint(1, 140)}号"
    if blocks and rng.random() < 0.4:
        tail = f"{rng.randint(1, 20)}号楼{rng.randint(1, 6)}门{rng.randint(1, 18)}号"
    return f"北京市{district.name}{street}{lane}{tail}"


def area_code(rng: Random, born: date) -> str:
    """An area code in force when the person was first numbered (1985 at the earliest)."""
    if rng.random() < 0.12:
        return rng.choice(OTHER_CODES)
    return district_at(rng, max(1987, born.year), coded=True).code
