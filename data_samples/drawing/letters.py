"""Pages among the files that are no form: a letter."""

from __future__ import annotations

from drawing import places
from drawing.ink import somebody
from drawing.pages import Drawn, new_sheet
from drawing.people import a_day, person

_LINES = (
    "{to}同志：",
    "　　你好！来信收到了，知道你们一切都好，我很放心。",
    "家里今年收成不错，粮食够吃，母亲的身体也比去年好多了。",
    "你托人带来的布料和点心都收到了，孩子们都很高兴。",
    "　　厂里最近任务重，我恐怕要到春节才能回去。你在外面",
    "要注意身体，不要太劳累。上次说的那件事我已经问过了，",
    "等有了消息再写信告诉你。代问全家好。",
    "　　此致",
    "敬礼",
)


def letter(seed: str, dpi: int) -> Drawn:
    """A family letter on ruled paper: kind `other`, no fields."""
    sheet = new_sheet(seed, (190, 262), dpi)
    rng = sheet.rng
    year = rng.randint(1962, 1989)
    pen = somebody(rng, older=False, tidy=0.3)
    to, by = (person(rng, sex, a_day(rng, 1940), year) for sex in ("女", "男"))
    size, step = 6.0, 12.0
    for n in range(18):
        y = 32 + n * step
        sheet.rule((16, y), (174, y), (196, 120, 112), 0.2)
    start = 32 - size - 1.5 + step
    for n, line in enumerate(_LINES):
        sheet.characters(line.format(to=to.name[-2:]), (17, start + n * step), pen, size)
    town = places.neighbourhood(rng, places.district_at(rng, year))
    end = start + (len(_LINES) + 1) * step
    sheet.characters(by.name, (128, end), pen, size)
    sheet.characters(
        f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日于{town}", (108, end + step), pen, size
    )
    return Drawn(sheet=sheet, kind="other", year=year, papers="white cream yellowed", hand=pen.name)
