"""A made-up city that is harder to match than most: a register, certificates and their truth.

    python benchmarks/match/city.py OUT_DIR [--residents 100000] [--certificates 10000] [--seed 1]

Nobody real is meant. Against the development set it has: one person in six absent, and a
quarter of the absent with a look-alike left in the register (a namesake born on the same
day, a twin, a brother or sister whose number differs in the serial alone); papers of the
1950s with an age and no number; registers with slipped, doubled and placeholder numbers,
lunar and first-of-January birthdays; swapped roles; the reader's `alternatives`.
"""

from __future__ import annotations

import argparse
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matching.glyphs import alike_pairs
from records.id_number import check_digit
from records.lunar import from_solar

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
    "顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
GIVEN = (
    "英华玉秀明兰桂珍文国芳建军丽平春红志梅云生林永海金凤德荣成祥杰强伟霞淑清福贵东新"
    "民庆宝忠元光安义长学胜利振世良树山立业和宁静敏燕雪莲琴香美艳娟慧巧月彩素爱凯鹏飞"
    "宇晨博涛浩龙洪波斌磊超勇辉刚毅俊峰松柏江河"
)
STREETS = (
    "前后东西南北大小新旧上下中长安平门里桥井寺庙石金银水土木花草米油盐茶布羊马牛灯市"
    "太永福寿康宁和顺兴隆"
)
DISTRICTS = ("东城区", "西城区", "朝阳区", "海淀区", "丰台区", "石景山区", "通州区", "昌平区")
OLD = {"西城区": "宣武区", "东城区": "崇文区", "通州区": "通县", "昌平区": "昌平县"}
AREAS = ("110101", "110102", "110103", "110104", "110105", "110106", "110108", "110221", "130102",
         "370102", "410327", "420106")  # fmt: skip
TRADITIONAL = str.maketrans(
    "华国兰凤荣张刘陈杨赵黄吴孙马罗郑谢韩冯邓许",
    "華國蘭鳳榮張劉陳楊趙黃吳孫馬羅鄭謝韓馮鄧許",
)


class City:
    """The residents, the absent, and how papers about them go wrong."""

    def __init__(self, residents: int, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        weight = 1 / np.arange(4, 4 + len(SURNAMES))
        self.surname_p = weight / weight.sum()
        weight = 1 / np.arange(8, 8 + len(GIVEN))
        self.given_p = weight / weight.sum()
        self.people: list[dict] = []
        pairs = alike_pairs()
        self.alike: dict[str, list[str]] = {}
        for one, other in zip((pairs >> 21).tolist(), (pairs & 0x1FFFFF).tolist(), strict=True):
            self.alike.setdefault(chr(one), []).append(chr(other))
        while len(self.people) < residents:
            self._family()

    def pick(self, options: object) -> object:
        """One of several."""
        return options[int(self.rng.integers(len(options)))]

    def given(self) -> str:
        """A given name of one or two characters."""
        size = 1 if self.rng.random() < 0.15 else 2
        return "".join(self.rng.choice(list(GIVEN), size, p=self.given_p))

    def another(self, char: str) -> str:
        """Another character of given names."""
        return str(self.pick(GIVEN.replace(char, "")))

    def surname(self) -> str:
        """A surname by its frequency."""
        return str(self.rng.choice(list(SURNAMES), p=self.surname_p))

    def address(self) -> str:
        """An address in today's districts."""
        street = "".join(self.pick(STREETS) for _ in range(int(self.rng.integers(2, 4))))
        kind = self.pick(("街", "胡同", "巷", "路", "村", "东里"))
        return f"{self.pick(DISTRICTS)}{street}{kind}{self.rng.integers(1, 180)}号"

    def number(self, born: date, sex: str, area: str, serial: int | None = None) -> str:
        """An ID number; odd serials are men's."""
        if serial is None:
            serial = 2 * int(self.rng.integers(0, 250))
            serial += sex == "male"
        body = f"{area}{born:%Y%m%d}{serial:03d}"
        return body + check_digit(body)

    def person(self, sex: str, born: date, surname: str, address: str, area: str) -> dict:
        """A new person, who joins the people."""
        one = {
            "person_id": len(self.people), "name": surname + self.given(), "sex": sex,
            "born": born, "number": self.number(born, sex, area), "address": address,
            "spouse": None, "former": None, "area": area, "origin": address,
        }  # fmt: skip
        self.people.append(one)
        return one

    def _family(self) -> None:
        rng, surname, home, area = self.rng, self.surname(), self.address(), str(self.pick(AREAS))
        born = date(1915, 1, 1) + timedelta(days=int(rng.integers(0, 27000)))
        children = []
        for _ in range(int(rng.integers(1, 4))):
            sex = "male" if rng.random() < 0.5 else "female"
            children.append(self.person(sex, born, surname, home, area))
            if rng.random() < 0.03:
                self.twin(children[-1])
            born += timedelta(days=int(rng.integers(400, 1500)))
            if rng.random() < 0.5:
                home = self.address()

    def twin(self, one: dict) -> dict:
        """A twin: a given character changed, the number's serial a little on."""
        other = self.person(one["sex"], one["born"], one["name"][0], one["origin"], one["area"])
        other["name"] = one["name"][:-1] + self.another(one["name"][-1])
        serial = (int(one["number"][14:17]) + 2) % 1000
        other["number"] = self.number(one["born"], one["sex"], one["area"], serial)
        return other

    def marry(self, count: int) -> list[tuple[dict, dict, date]]:
        """Couples of similar age with the day they registered."""
        men = [p for p in self.people if p["sex"] == "male"]
        women = [p for p in self.people if p["sex"] == "female"]
        for group in (men, women):
            group.sort(key=lambda p: p["born"].toordinal() + self.rng.normal(0, 700))
        pairs, step = [], min(len(men), len(women))
        for at in self.rng.permutation(step):
            man, woman = men[int(at * len(men) / step)], women[int(at * len(women) / step)]
            day = max(man["born"], woman["born"]) + timedelta(
                days=int(self.rng.integers(7300, 12000))
            )
            if day.year < 2013 and day.year >= 1950:
                pairs.append((man, woman, day))
                if self.rng.random() < 0.75:
                    woman["address"] = man["address"]
                if self.rng.random() < 0.5:
                    man["spouse"], woman["spouse"] = woman["person_id"], man["person_id"]
            if len(pairs) == count:
                break
        return pairs

    def remove(self, one: dict, gone: set[int]) -> None:
        """Take a person out of the register, a quarter of them leaving a look-alike."""
        gone.add(one["person_id"])
        chance = self.rng.random()
        if chance < 0.12:
            double = self.person(
                one["sex"], one["born"], "王", self.address(), str(self.pick(AREAS))
            )
            double["name"] = one["name"]
        elif chance < 0.19:
            self.twin(one)
        elif chance < 0.26:
            born = one["born"] + timedelta(days=int(self.rng.integers(300, 900)))
            other = self.person(one["sex"], born, one["name"][0], one["origin"], one["area"])
            other["name"] = one["name"][:-1] + self.another(one["name"][-1])

    def register(self, gone: set[int]) -> pa.Table:
        """The register, with the faults that registers have."""
        rows = []
        for one in self.people:
            if one["person_id"] in gone:
                continue
            rows.append(self._entry(one, gone))
        order = self.rng.permutation(len(rows))
        return pa.Table.from_pylist([rows[at] for at in order])

    def _entry(self, one: dict, gone: set[int]) -> dict:
        rng, number, born = self.rng, one["number"], f"{one['born']:%Y-%m-%d}"
        name, former = one["name"], one["former"]
        chance = rng.random()
        if chance < 0.03:
            number = None
        elif chance < 0.045:
            number = self._slip(number)
        elif chance < 0.055:
            number = self.pick(self.people)["number"]
        elif chance < 0.06:
            number = f"0000{one['born']:%Y%m%d}"
        chance = rng.random()
        if chance < 0.02:
            born = born[:5] + "01-01"
        elif chance < 0.035:
            lunar = from_solar(one["born"])
            born = f"{lunar.year}-{lunar.month:02d}-{lunar.day:02d}"
        elif chance < 0.045:
            born = f"{one['born'].year + int(rng.integers(-1, 2))}{born[4:]}"
        if rng.random() < 0.03:
            former, name = name, name[0] + self.given()
        spouse = one["spouse"]
        return {
            "person_id": one["person_id"], "name": name, "sex": one["sex"], "birth_date": born,
            "id_number": number, "former_name": former,
            "address": one["address"] if rng.random() < 0.75 else self.address(),
            "spouse_id": None if spouse in gone else spouse,
        }  # fmt: skip

    def _slip(self, text: str) -> str:
        at = int(self.rng.integers(len(text)))
        return text[:at] + str(self.rng.integers(10)) + text[at + 1 :]

    def paper(self, one: dict, day: date, role: str, partner: dict) -> dict:
        """One person as a certificate has them."""
        rng, early = self.rng, day.year < 1966
        bad = rng.random() < (0.3 if early else 0.12)
        name = one["name"]
        if rng.random() < 0.02:
            name = name[0] + self.given()
        if role == "female" and early and rng.random() < 0.05:
            name = f"{partner['name'][0]}{name[0]}氏" if rng.random() < 0.5 else f"{name[0]}氏"
        shown, options = name, None
        if bad:
            shown, options = self._misread(name)
        if early and rng.random() < 0.6:
            shown = shown.translate(TRADITIONAL)
            options = [[text.translate(TRADITIONAL), p] for text, p in options] if options else None
        born, born_options = self._birth(one, day, early=early, bad=bad)
        number = self._written_number(one, day, bad=bad)
        address = self._written_address(one, day, bad=bad)
        alternatives = {}
        if options:
            alternatives["name"] = options
        if born_options:
            alternatives["birth_date"] = born_options
        sex = one["sex"] if rng.random() > 0.02 else None
        return {
            "role": role, "name": shown, "sex": sex, "birth_date": born, "id_number": number,
            "address": address, "registration_date": f"{day:%Y-%m-%d}",
            "alternatives": json.dumps(alternatives, ensure_ascii=False) if alternatives else None,
        }  # fmt: skip

    def _written_number(self, one: dict, day: date, *, bad: bool) -> str | None:
        if day.year < 1986 or self.rng.random() > 0.85:
            return None
        number = one["number"] if day.year >= 2000 else one["number"][:6] + one["number"][8:17]
        return self._slip(number) if bad and self.rng.random() < 0.4 else number

    def _written_address(self, one: dict, day: date, *, bad: bool) -> str:
        address = self.address() if self.rng.random() < 0.3 else one["address"]
        for today, before in OLD.items():
            if day.year < 1997 and self.rng.random() < 0.7:
                address = address.replace(today, before)
        return self._misread(address)[0] if bad and self.rng.random() < 0.4 else address

    def _misread(self, text: str) -> tuple[str, list[list[object]]]:
        at = int(self.rng.integers(len(text)))
        near = self.alike.get(text[at], ["□"])
        wrong = text[:at] + str(self.pick(near)) + text[at + 1 :]
        if self.rng.random() < 0.6:
            return wrong, [[wrong, 0.6], [text, 0.25]]
        third = text[:at] + str(self.pick(near)) + text[at + 1 :]
        return wrong, [[wrong, 0.7], [third, 0.1]]

    def _birth(
        self, one: dict, day: date, *, early: bool, bad: bool
    ) -> tuple[str | None, list[list[object]] | None]:
        rng, born = self.rng, one["born"]
        if early and rng.random() < 0.8:
            age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
            age += int(rng.random() < 0.5)
            return str(day.year - age - (rng.random() < 0.02)), None
        text = f"{born:%Y-%m-%d}"
        chance = rng.random()
        if chance < 0.05:
            lunar = from_solar(born)
            text = f"{lunar.year}-{lunar.month:02d}-{lunar.day:02d}"
        elif chance < 0.07:
            text = f"{born.year}"
        elif chance < 0.08:
            return None, None
        if bad and rng.random() < 0.5:
            at = int(self.pick([at for at in range(2, len(text)) if text[at] != "-"]))
            wrong = text[:at] + str(rng.integers(10)) + text[at + 1 :]
            return wrong, [[wrong, 0.7], [text, 0.2]]
        return text, None


def build(residents: int, certificates: int, seed: int) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Register, certificates and truth of one city."""
    city = City(residents, seed)
    pairs = city.marry(certificates)
    gone: set[int] = set()
    for man, woman, _ in pairs:
        for one in (man, woman):
            if city.rng.random() < 1 / 6:
                city.remove(one, gone)
    papers, truth = [], []
    for number, (man, woman, day) in enumerate(pairs):
        swapped = city.rng.random() < 0.004
        sides = (("male", woman, man), ("female", man, woman)) if swapped else (
            ("male", man, woman), ("female", woman, man)
        )  # fmt: skip
        for role, one, other in sides:
            record = f"r{number}/{role}"
            paper = city.paper(one, day, role, other)
            papers.append({"record_id": record, "certificate_id": f"c{number}", **paper})
            truth.append(
                {
                    "record_id": record,
                    "person_id": None if one["person_id"] in gone else one["person_id"],
                    "era": "early" if day.year < 1966 else "later",
                    "number": paper["id_number"] is not None,
                    "alternatives": paper["alternatives"] is not None,
                }
            )
    return city.register(gone), pa.Table.from_pylist(papers), pa.Table.from_pylist(truth)


def main() -> None:
    """Write the city's three files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--residents", type=int, default=100_000)
    parser.add_argument("--certificates", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    tables = build(chosen.residents, chosen.certificates, chosen.seed)
    for name, table in zip(("register", "certificates", "truth"), tables, strict=True):
        pq.write_table(table, chosen.out / f"{name}.parquet")


if __name__ == "__main__":
    main()
