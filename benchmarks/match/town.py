"""A second made-up place to match, by other rules than `city.py`, and of any size.

    python benchmarks/match/town.py OUT_DIR [--residents 1000000] [--certificates 10000] [--seed 1]

Nobody real is meant. Towns of at most half a million people are made one after the other and
written as they come, so 22 million residents need no more memory than one town. Families
share a surname and often a generation character; brothers and sisters born on one day have
numbers that differ in the sequence alone; people move, part and marry again; one certificate
person in six is not in the register, a sixth of these leaving a namesake of the same birthday,
a twin, or a sibling there. The register has missing, slipped, doubled and placeholder numbers.
How a paper goes wrong is the subject of `town_paper.py`.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from town_paper import Scribe

from records.areas import areas

TOWN = 500_000
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_MEN = (
    "国建军明志文华永德金海春林玉平生伟荣福宝庆忠学成祥光强东新友良清发贵洪兴家长世树义元立振民勇刚"
)
_WOMEN = (
    "英秀玉兰桂珍芳淑梅华红丽凤春云小金荣霞萍燕琴香玲娟翠美莲菊爱艳敏静素花月巧秋娥慧惠文清雪雅凡"
)
_STREET_ENDS = ("街", "胡同", "巷", "路", "村", "东里", "西里", "大院", "条", "园")
_DISTRICTS = (
    "东城区", "西城区", "朝阳区", "海淀区", "丰台区", "石景山区", "门头沟区", "房山区", "通州区",
    "顺义区", "昌平区", "大兴区", "怀柔区", "平谷区", "密云区", "延庆区",
)  # fmt: skip
_CAPITAL = (
    "110101", "110102", "110103", "110104", "110105", "110106", "110107", "110108", "110109",
    "110111", "110221", "110222", "110223", "110224", "110226", "110227",
)  # fmt: skip
_CHECK = np.array(list("10X98765432"))
_CHECK_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])


def _common_characters() -> str:
    """The characters of daily use (GB 2312, first plane), in the order of the standard."""
    rows = range(0xB0, 0xD8)
    cells = (
        bytes([row, cell]).decode("gb2312", "ignore") for row in rows for cell in range(161, 255)
    )
    return "".join(cells)


def _zipf(head: str, tail: str, shift: float, slope: float) -> tuple[np.ndarray, np.ndarray]:
    """Characters with their cumulative shares: the head by rank, then a long tail."""
    chars = np.array(list(dict.fromkeys(head + tail)))
    weight = 1 / (np.arange(len(chars)) + shift) ** slope
    return chars, np.cumsum(weight) / weight.sum()


@dataclass(frozen=True, slots=True, kw_only=True)
class Folk:
    """People as columns: given names in characters, births as days, homes as places in a list."""

    surname: np.ndarray
    one: np.ndarray
    two: np.ndarray
    male: np.ndarray
    born: np.ndarray
    area: np.ndarray
    serial: np.ndarray
    origin: np.ndarray

    def __len__(self) -> int:
        return len(self.male)

    def take(self, rows: np.ndarray) -> Folk:
        """The people at these places."""
        return Folk(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def names(self) -> np.ndarray:
        """Their names as text."""
        return np.char.add(np.char.add(self.surname, self.one), self.two)

    def numbers(self) -> np.ndarray:
        """Their ID numbers with a check digit that fits."""
        day = self.born.astype("datetime64[D]").astype(str)
        serial = np.char.zfill(self.serial.astype(str), 3)
        plain = np.char.add(np.char.add(self.area, np.char.replace(day, "-", "")), serial)
        digits = plain.astype("U17").view("U1").reshape(-1, 17).astype(int)
        return np.char.add(plain, _CHECK[digits @ _CHECK_WEIGHTS % 11])


class Town:
    """One town: who lives there, who married whom, and what the register says of them."""

    def __init__(
        self, residents: int, couples: int, seed: int, first_id: int, alike: float
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.alike = alike
        self.first_id, self.wanted = first_id, couples
        self._homes(residents)
        self.folk = self._births(residents)
        self._marriages()
        self._choose()
        self._lookalikes()

    def chance(self, share: float, size: int) -> np.ndarray:
        """True for about this share."""
        return self.rng.random(size) < share

    def _homes(self, residents: int) -> None:
        rng, chars = self.rng, np.array(list(_common_characters()[:900]))
        streets = max(residents // 220, 40)
        parts = [chars[rng.integers(0, len(chars), streets)] for _ in range(3)]
        parts[2] = np.where(self.chance(0.4, streets), parts[2], "")
        ends = np.array(_STREET_ENDS)[rng.integers(0, len(_STREET_ENDS), streets)]
        districts = np.array(_DISTRICTS)[(rng.random(streets) ** 1.6 * len(_DISTRICTS)).astype(int)]
        named = districts
        for part in (*parts, ends):
            named = np.char.add(named, part)
        homes = max(int(residents / 2.4), 60)
        house = np.char.add(rng.integers(1, 260, homes).astype(str), "号")
        self.homes = np.char.add(named[rng.integers(0, streets, homes)], house)

    def _births(self, residents: int) -> Folk:
        rng = self.rng
        size = np.minimum(1 + rng.poisson(1.3, int(residents / 2.2)), 6)
        family = np.repeat(np.arange(len(size)), size)[:residents]
        count = len(family)
        order = np.arange(count) - np.searchsorted(family, family)
        gap = rng.integers(360, 1600, count)
        twin = (order > 0) & self.chance(0.013, count)
        gap[twin | (order == 0)] = 0
        since = np.cumsum(gap)
        start = np.clip(rng.normal(-6200, 6100, len(size)), -19300, 7300).astype(int)
        born = start[family] + since - since[np.searchsorted(family, family)]
        male = self.chance(0.51, count)
        surnames, shares = _zipf(_SURNAMES, _common_characters()[::9], 3.0, 1.35)
        surname = surnames[np.searchsorted(shares, rng.random(len(size)))][family]
        one, two = self._given(male), self._given(male)
        generation = np.flatnonzero(order == 0)[family]
        shared = self.chance(0.35, len(size))[family] & (male == male[generation])
        one = np.where(shared, one[generation], one)
        # No two children of a family bear one name.
        again = shared & (two == two[generation]) & (order > 0)
        two = np.where(again, np.array(list("然若以之乃尚"))[np.minimum(order, 5)], two)
        short = self.chance(0.12, count) & ~shared
        codes = np.array([code for code in areas() if not code.endswith("00")])
        area = codes[rng.integers(0, len(codes), len(size))]
        local = self.chance(0.7, len(size))
        area[local] = np.array(_CAPITAL)[rng.integers(0, len(_CAPITAL), local.sum())]
        serial = rng.integers(0, 499, count) * 2 + male
        at = np.flatnonzero(twin)
        serial[at] = (serial[at - 1] + 1 + (male[at] == male[at - 1])) % 1000
        return Folk(
            surname=surname, one=one, two=np.where(short, "", two), male=male,
            born=born.astype("datetime64[D]"), area=area[family], serial=serial,
            origin=rng.integers(0, len(self.homes), len(size))[family],
        )  # fmt: skip

    def _given(self, male: np.ndarray) -> np.ndarray:
        names = np.empty(len(male), "U1")
        for of_men, head in ((True, _MEN), (False, _WOMEN)):
            rows = np.flatnonzero(male == of_men)
            chars, shares = _zipf(head, _common_characters()[3::4], 12.0, 1.4)
            names[rows] = chars[np.searchsorted(shares, self.rng.random(len(rows)))]
        return names

    def _marriages(self) -> None:
        """Men and women of like age; some part, and marry one another's spouses."""
        rng, folk = self.rng, self.folk
        rank = folk.born.astype(int) + rng.normal(0, 900, len(folk)) + 700 * ~folk.male
        men, women = (
            rows[np.argsort(rank[rows])]
            for rows in (np.flatnonzero(folk.male), np.flatnonzero(~folk.male))
        )
        count = min(len(men), len(women))
        man = men[np.linspace(0, len(men) - 1, count).astype(int)]
        woman = women[np.linspace(0, len(women) - 1, count).astype(int)]
        youngest = np.maximum(folk.born[man], folk.born[woman])
        day = youngest + (rng.gamma(2.2, 1000, count) + 7000).astype("timedelta64[D]")
        able = (day > np.datetime64("1950-05-01")) & (day < np.datetime64("2013-12-31"))
        able &= self.chance(0.8, count)
        self.man, self.woman, self.day = man[able], woman[able], day[able]

    def _choose(self) -> None:
        """Who has a certificate in the batch, where everybody lives today, who knows of whom."""
        rng, couples = self.rng, len(self.man)
        home = self.folk.origin.copy()
        moved = self.chance(0.5, len(home))
        home[moved] = rng.integers(0, len(self.homes), moved.sum())
        parted = np.flatnonzero(self.chance(0.07, couples))
        again = np.roll(parted, 1)
        wife = self.woman.copy()
        wife[parted] = self.woman[again]
        together = self.chance(0.78, couples)
        home[wife[together]] = home[self.man[together]]
        self.home, self.spouse = home, np.full(len(self.folk), -1)
        known = self.chance(0.42, couples)
        self.spouse[self.man[known]], self.spouse[wife[known]] = wife[known], self.man[known]
        chosen = rng.permutation(couples)[: self.wanted]
        self.couples = np.stack([self.man[chosen], self.woman[chosen]], axis=1)
        self.registered = self.day[chosen]
        # A second marriage of one parted, and a certificate issued anew, stand in the batch too.
        second = np.flatnonzero(np.isin(chosen, parted))[::2]
        later = self.registered[second] + rng.integers(900, 5000, len(second))
        anew = np.flatnonzero(self.chance(0.03, len(chosen)))
        self.couples = np.concatenate([
            self.couples, np.stack([self.man[chosen[second]], wife[chosen[second]]], axis=1),
            self.couples[anew],
        ])  # fmt: skip
        reissued = self.registered[anew] + rng.integers(4000, 9000, len(anew))
        self.registered = np.minimum(
            np.concatenate([self.registered, later, reissued]), np.datetime64("2014-06-30")
        )

    def _lookalikes(self) -> None:
        """One certificate person in six is absent; some leave somebody alike in the register."""
        rng, folk = self.rng, self.folk
        asked = np.unique(self.couples)
        self.absent = np.zeros(len(folk), bool)
        away = np.unique(self.couples[self.chance(0.06, len(self.couples))])
        self.absent[away] = True
        self.absent[asked[self.chance(0.118, len(asked))]] = True
        gone = np.flatnonzero(self.absent)
        kind = rng.random(len(gone))
        parts = []
        for low, high in ((0.0, 1 / 3), (1 / 3, 2 / 3), (2 / 3, 1.0)):
            rows = gone[(kind >= low * self.alike) & (kind < high * self.alike)]
            other, strangers = folk.take(rows), rng.integers(0, len(folk), len(rows))
            if low == 0:  # a namesake born on the same day
                other = replace(other, area=folk.area[strangers], serial=folk.serial[strangers],
                                origin=folk.origin[strangers])  # fmt: skip
                other = replace(other, serial=other.serial // 2 * 2 + other.male)
            else:  # a twin, or a sibling entered under the same birthday
                fresh = self._given(other.male)
                fresh = np.where((fresh == other.two) | (fresh == other.one), "然", fresh)
                last = np.where(other.two == "", "", fresh)
                other = replace(
                    other, two=last, one=np.where(other.two == "", fresh, other.one),
                    serial=(other.serial + 2 * rng.integers(1, 4, len(rows))) % 1000,
                )  # fmt: skip
                if low > 0.5 and len(rows):
                    elder = rng.integers(300, 1500, len(rows)).astype("timedelta64[D]")
                    apart = self.chance(0.5, len(rows))
                    other = replace(other, born=np.where(apart, other.born + elder, other.born))
            parts.append(other)
        self.extra = [part for part in parts if len(part)]

    def register(self) -> pa.Table:
        """The rows of the register, in no order, with the faults that registers have."""
        rng = self.rng
        whole = [self.folk, *self.extra]
        folk = Folk(
            **{f.name: np.concatenate([getattr(p, f.name) for p in whole]) for f in fields(Folk)}
        )
        count, own = len(folk), len(self.folk)
        numbers, text = self._numbers(folk), folk.names()
        changed = self.chance(0.025, count)
        now = np.where(
            changed, np.char.add(np.char.add(folk.surname, self._given(folk.male)), folk.two), text
        )
        told = changed & self.chance(0.7, count)
        born = self._births_entered(folk)
        male = folk.male ^ self.chance(0.002, count)
        home = np.concatenate([self.home, folk.origin[own:]])
        lost = self.chance(0.1, count)
        home[lost] = rng.integers(0, len(self.homes), lost.sum())
        spouse = np.concatenate([self.spouse, np.full(count - own, -1)])
        gone = np.concatenate([self.absent, np.zeros(count - own, bool)])
        spouse[(spouse >= 0) & gone[spouse]] = -1
        kept = rng.permutation(np.flatnonzero(~gone))
        ids = self.ids(np.arange(count))
        return pa.table({
            "person_id": pa.array(ids[kept]),
            "name": pa.array(now[kept]),
            "sex": pa.array(np.where(male, "male", "female")[kept]),
            "birth_date": pc.if_else(pa.array(born[kept] == ""), None, pa.array(born[kept])),
            "id_number": pc.if_else(pa.array(numbers[kept] == ""), None, pa.array(numbers[kept])),
            "former_name": pc.if_else(pa.array(told[kept]), pa.array(text[kept]), None),
            "address": pa.array(self.homes[home[kept]]),
            "spouse_id": pc.if_else(pa.array(spouse[kept] >= 0), pa.array(ids[spouse[kept]]), None),
        })  # fmt: skip

    def ids(self, rows: np.ndarray) -> np.ndarray:
        """`person_id` of people by their place: no order of families shows in it."""
        return self.first_id + rows * 7919 % 1_000_003

    def _numbers(self, folk: Folk) -> np.ndarray:
        rng, numbers = self.rng, folk.numbers()
        kind = rng.random(len(folk))
        numbers[kind < 0.03] = ""
        doubled = np.flatnonzero((kind >= 0.03) & (kind < 0.042))
        numbers[doubled] = numbers[rng.integers(0, len(folk), len(doubled))]
        slipped = np.flatnonzero((kind >= 0.042) & (kind < 0.065) & (numbers != ""))
        letters = np.ascontiguousarray(numbers[slipped].astype("U18")).view("U1").reshape(-1, 18)
        at = rng.integers(0, 17, len(slipped))
        letters[np.arange(len(slipped)), at] = rng.integers(0, 10, len(slipped)).astype(str)
        numbers[slipped] = letters.view("U18").ravel()
        zeros = np.flatnonzero((kind >= 0.065) & (kind < 0.07))
        days = np.char.replace(folk.born[zeros].astype(str), "-", "")
        numbers[zeros] = np.char.add("0000000000", days)
        return numbers

    def _births_entered(self, folk: Folk) -> np.ndarray:
        rng = self.rng
        born, kind = folk.born.copy(), rng.random(len(folk))
        first = (kind < 0.012).nonzero()[0]
        born[first] = born[first].astype("datetime64[Y]").astype("datetime64[D]")
        slipped = ((kind >= 0.012) & (kind < 0.03)).nonzero()[0]
        step = rng.choice([-365, -31, -30, -10, -1, 1, 2, 9, 10, 30, 31, 365, 366], len(slipped))
        born[slipped] += step.astype("timedelta64[D]")
        text = born.astype(str)
        text[(kind >= 0.03) & (kind < 0.035)] = ""
        return text


def papers(town: Town, seed: int) -> tuple[list[dict], list[dict]]:
    """The certificates' rows of a town, and their truth."""
    scribe = Scribe(np.random.default_rng(seed))
    names, numbers, rows, truth = town.folk.names(), town.folk.numbers(), [], []
    for at, (couple, day) in enumerate(zip(town.couples, town.registered, strict=True)):
        key = f"{town.first_id}.{at}"
        scribe.take_sheet(day)
        swapped = scribe.rng.random() < 0.004
        people = [
            {
                "name": str(names[one]), "born": town.folk.born[one].item(),
                "number": str(numbers[one]), "male": bool(town.folk.male[one]),
                "home": str(town.homes[town.folk.origin[one]]), "place": one,
            }
            for one in (couple[::-1] if swapped else couple)
        ]  # fmt: skip
        for role, person, other in zip(("male", "female"), people, people[::-1], strict=True):
            one, paper = person["place"], scribe.person(person, other, role)
            rows.append({"record_id": f"{key}.{role}", "certificate_id": key, **paper})
            truth.append({
                "record_id": f"{key}.{role}",
                "person_id": None if town.absent[one] else int(town.ids(np.array([one]))[0]),
                "era": scribe.era, "scan": scribe.scan,
                "number": paper["id_number"] is not None,
                "alternatives": paper["alternatives"] is not None,
            })  # fmt: skip
    return rows, truth


def write(out: Path, residents: int, certificates: int, seed: int, alike: float) -> None:
    """Write `register.parquet`, `certificates.parquet` and `truth.parquet`."""
    out.mkdir(parents=True, exist_ok=True)
    towns = -(-residents // TOWN)
    rows, truth, writer = [], [], None
    for at in range(towns):
        size = residents // towns
        town = Town(size, certificates // towns, seed * 1000 + at, at * 1_000_003, alike)
        register = town.register()
        writer = writer or pq.ParquetWriter(out / "register.parquet", register.schema)
        writer.write_table(register)
        more, true = papers(town, seed * 1000 + at + 500)
        rows += more
        truth += true
    if writer:
        writer.close()
    pq.write_table(pa.Table.from_pylist(rows), out / "certificates.parquet")
    pq.write_table(pa.Table.from_pylist(truth), out / "truth.parquet")


def main() -> None:
    """Write the three files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--residents", type=int, default=1_000_000)
    parser.add_argument("--certificates", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--lookalikes", type=float, default=0.16, help="share of the absent who leave one"
    )
    chosen = parser.parse_args()
    write(chosen.out, chosen.residents, chosen.certificates, chosen.seed, chosen.lookalikes)


if __name__ == "__main__":
    main()
