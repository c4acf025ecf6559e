"""The faces of held-out pages, and the hands and presses that use them.

No face here is drawn with on a page that anything was fitted or tuned on. Those of npm are
installed into a folder of one's own:

    npm install --prefix FOLDER --ignore-scripts PACKAGE…
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from opencc import OpenCC

from drawing import fonts
from drawing.fonts import ARPHIC, OFL, Face
from drawing.ink import INKS, Hand
from drawing.sheet import PARTS
from drawing.wording import number_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from random import Random

    from drawing.wording import Written

_DEBIAN = {
    "gb-song": Face(
        path="truetype/arphic-gbsn00lp/gbsn00lp.ttf", package="fonts-arphic-gbsn00lp",
        licence=ARPHIC,
    ),
    "big5-ming": Face(
        path="truetype/arphic-bsmi00lp/bsmi00lp.ttf", package="fonts-arphic-bsmi00lp",
        licence=ARPHIC,
    ),
    "cwming": Face(
        path="truetype/cwtex/cwming.ttf", package="fonts-cwtex-ming", licence="GPL-2 or later"
    ),
    "zenhei": Face(
        path="truetype/wqy/wqy-zenhei.ttc", package="fonts-wqy-zenhei",
        licence="GPL-2 with font embedding exception",
    ),
    "tw-sung": Face(
        path="truetype/cns11643/TW-Sung-98_1.ttf", package="fonts-cns11643-sung",
        licence="Open Government Data License, Taiwan 1.0",
    ),
    "kiloji": Face(
        path="truetype/kiloji/kiloji.ttf", package="fonts-kiloji", licence="kiloji's own, free"
    ),
}  # fmt: skip
_FILES = {
    "long-cang": "chinese-simplified", "ma-shan-zheng": "chinese-simplified",
    "zhi-mang-xing": "chinese-simplified", "liu-jian-mao-cao": "chinese-simplified",
    "zcool-xiaowei": "chinese-simplified", "yuji-mai": "japanese", "zen-kurenaido": "japanese",
}  # fmt: skip
#: The hand in which most people can't read a name; it is reported apart.
VERY_CURSIVE = "liu-jian-mao-cao"
_LAST = "tw-sung"
_OLDER = ("yuji-mai", "zen-kurenaido", "kiloji", "ma-shan-zheng", "long-cang", "zhi-mang-xing")
_NEWER = ("long-cang", "long-cang", "ma-shan-zheng", "zhi-mang-xing", "zen-kurenaido", "kiloji")
#: Faces without simplified characters take these from a hand of the same kind of pen.
_BESIDE = {"zen-kurenaido": "long-cang", "kiloji": "long-cang", "yuji-mai": "ma-shan-zheng"}
_CURSIVE_SHARE = 0.1


def _of_npm(folder: Path) -> dict[str, Face]:
    """Each face of npm, and its Latin letters and digits, which are a file of their own."""
    return {
        name + suffix: Face(
            path=str(folder.resolve() / f"node_modules/@fontsource/{name}/files"
                     / f"{name}-{subset}-400-normal.woff2"),
            package=f"@fontsource/{name}", licence=OFL,
        )
        for name, script in _FILES.items()
        for suffix, subset in (("", script), ("-latin", "latin"))
    }  # fmt: skip


def faces(folder: Path) -> dict[str, Face]:
    """All faces of held-out pages, those of npm below the folder they were installed into."""
    return _DEBIAN | _of_npm(folder)


def install(folder: Path) -> tuple[str, ...]:
    """Make the faces known; returns the packages of those that are not there."""
    fonts.FACES.update(faces(folder))
    return fonts.missing_packages()


def press(face: str, ink: str = "black", *, spacing: float = 0.0) -> Hand:
    """Printed text in a held-out face."""
    return Hand(
        name=face, faces=(face, f"{face}-latin", _LAST) if face in _FILES else (face, _LAST),
        ink=INKS[ink], spacing=spacing, pressure=0.1,
    )  # fmt: skip


def somebody(rng: Random, *, older: bool, tidy: float = 0.5) -> Hand:
    """A held-out hand; `tidy` from 0 (hasty) to 1 (a clerk's best, never very cursive)."""
    face = rng.choice(_OLDER if older else _NEWER)
    if tidy < 0.7 and rng.random() < _CURSIVE_SHARE / 0.7:
        face = VERY_CURSIVE
    beside = () if older else (_BESIDE.get(face, face),)
    chain = [name for one in (face, *beside) for name in (one, f"{one}-latin")]
    loose = 1.3 - tidy
    return Hand(
        name=face,
        faces=(*(name for name in chain if name in fonts.FACES), _LAST),
        ink=INKS[rng.choice(("brush", "black", "blue-black") if older else
                            ("black", "blue-black", "blue", "blue"))],
        slant=rng.uniform(-0.1, 0.2) * loose,
        width=rng.uniform(0.85, 1.1),
        weight=rng.choice((0, 0, 1) if older else (-1, 0, 0, 0)),
        turn=rng.uniform(0.4, 2.2) * loose,
        wobble=rng.uniform(0.01, 0.04) * loose,
        drift=rng.uniform(0.005, 0.03) * loose,
        scatter=rng.uniform(0.02, 0.1) * loose,
        spacing=rng.uniform(-0.01, 0.16),
        rise=rng.uniform(-0.03, 0.02) * loose,
        pressure=rng.uniform(0.1, 0.5),
        dry=max(0.0, rng.uniform(-0.7, 0.45)),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=16384)
def _form(faces_of_hand: tuple[str, ...], char: str) -> str:
    """The character as a hand can write it: simplified where it knows no traditional form."""
    if any(fonts.has_glyph(face, char) for face in faces_of_hand[:-1]):
        return char
    other = str(_converter().convert(char))
    return other if any(fonts.has_glyph(face, other) for face in faces_of_hand[:-1]) else char


def in_hand(values: Mapping[str, Written], hand: Hand) -> dict[str, Written]:
    """The texts as a hand writes them; what is printed in them stays as it is."""
    told: dict[str, Written] = {}
    for name, written in values.items():
        marked = "".join(
            f"«{printed}»" if printed else "".join(_form(hand.faces, char) for char in own)
            for printed, own in PARTS.findall(written.marked)
        )
        changed = replace(written, marked=marked)
        if name == "certificate_number":
            changed = replace(changed, value=number_value(marked))
        elif written.value == written.text:
            changed = replace(changed, value=changed.text)
        told[name] = changed
    return told
