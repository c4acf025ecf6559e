"""HTML pages that stand by themselves: one file, no outside address, no script.

Chinese comes first with English beside it. What a page holds is decided by who fills it.
"""

from __future__ import annotations

from pathlib import PurePath

from jinja2 import Environment, PackageLoader, StrictUndefined

from warehouse.words import chinese, english, probability


def environment() -> Environment:
    """Templates of `flows/templates/`, escaping all text, with the filters of our pages."""
    environment = Environment(
        loader=PackageLoader("flows", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "zh": chinese_of,
        "en": english_of,
        "number": "{:,}".format,
        "percent": _percent,
        "probability": probability,
        "short": _short,
        "size": _size,
        "duration": _duration,
    }
    return environment


def chinese_of(code: str, group: str) -> str:
    """The Chinese word for a code, as a template asks for it."""
    return chinese(group, code)


def english_of(code: str, group: str) -> str:
    """The English word for a code, as a template asks for it."""
    return english(group, code)


def _short(source: str) -> str:
    """A file's name with its folder's, which tells files apart without telling the machine."""
    return "/".join(PurePath(source).parts[-2:])


def _percent(share: float) -> str:
    return f"{share:.1%}" if 0 < share < 1 else f"{share:.0%}"


def _size(count: int | None) -> str:
    if count is None:
        return "–"
    return f"{count / 1024:,.0f} KB" if count < 10 * 1024**2 else f"{count / 1024**2:,.1f} MB"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
