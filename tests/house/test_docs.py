"""What the documents say must hold: links, command lines, tables, both languages alike."""

import argparse
import ast
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from flows.cli import build_parser
from records.errors import ExitStatus
from workstation.station.cli import _parser as station_parser

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")
    if name and (ROOT / name).exists()
)  # fmt: skip
ADR = ROOT / "docs" / "adr"
GUIDES = ("archivist", "clerk", "analyst")
PROGRAMS = {
    "./run": build_parser,
    "backfill": build_parser,
    "station": station_parser,
    "station-env/bin/station": station_parser,
}
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`((?:\./run|backfill|station) [^`]+)`")


def name_of(page):
    return str(page.relative_to(ROOT))


def fences(page, *languages):
    found = _FENCE.findall(page.read_text(encoding="utf-8"))
    return [body for language, body in found if language in languages]


def fenced_commands(page):
    """The command lines of a page that begin with one of our programs."""
    for body in fences(page, "", "sh", "bash", "console"):
        for line in body.splitlines():
            words = line.strip().removeprefix("time ").split(" ", 1)
            if words[0] in PROGRAMS:
                yield line.strip().removeprefix("time ")


def inline_commands(page):
    """Whole command lines within the text; a program with a bare verb is a mere mention."""
    for line in _INLINE.findall(page.read_text(encoding="utf-8")):
        if "…" not in line.split()[1]:
            yield line


def complaint(line):
    """Why the program would refuse the words of this line, or None."""
    program, *words = shlex.split(line, comments=True)
    words = words[: words.index(">")] if ">" in words else words
    if program == "./run" and not words:
        return None
    try:
        PROGRAMS[program]().parse_args(words)
    except SystemExit as end:
        return None if end.code == 0 else line
    return None


def verbs(parser):
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return action.choices
    return {}


def test_there_are_documents():
    names = {name_of(page) for page in PAGES}
    assert {"README.md", "README.zh.md", "docs/architecture.md", "docs/operations.md"} <= names
    assert all(f"docs/{guide}{end}" in names for guide in GUIDES for end in (".md", ".zh.md"))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_lead_somewhere(page):
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    inside = [t.split("#")[0] for t in targets if not t.startswith(("http:", "https:", "#"))]
    assert [t for t in inside if not (page.parent / t).exists()] == []


def test_the_readme_links_the_guides():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"](docs/{guide}.md)" in text for guide in GUIDES)


def test_fenced_command_lines_parse(capsys):
    lines = [line for page in PAGES for line in fenced_commands(page)]
    assert len(lines) > 40
    assert [line for line in lines if complaint(line)] == []
    capsys.readouterr()


def test_a_wrong_command_line_is_noticed(capsys):
    assert complaint("./run process --home home --turbo")
    assert complaint("station open --home st")
    assert complaint("backfill approve P-1 --officer A --home home")
    assert "unrecognized" in capsys.readouterr().err


def test_command_lines_within_the_text_parse(capsys):
    """A line with options must parse; a bare mention must at least name a command."""
    checked = 0
    for page in PAGES:
        for line in inline_commands(page):
            program, *words = shlex.split(line)
            checked += 1
            if any(word.startswith("--") for word in words[1:]):
                assert complaint(line) is None, (name_of(page), line)
            else:
                known = {*verbs(PROGRAMS[program]()), "ARG…", "参数…"}
                assert words[0] in known, (name_of(page), line)
    assert checked > 20
    capsys.readouterr()


def test_python_in_documents_compiles_and_names_what_exists():
    scripts = [body for page in PAGES for body in fences(page, "python")]
    assert len(scripts) >= 4
    for script in scripts:
        for node in ast.walk(ast.parse(script)):
            if isinstance(node, ast.ImportFrom):
                module = __import__(node.module, fromlist=["_"])
                assert all(hasattr(module, alias.name) for alias in node.names)


@pytest.mark.parametrize("name", ["README", *(f"docs/{guide}" for guide in GUIDES)])
def test_both_languages_have_the_same_shape(name):
    """As many sections, list items, table rows, and the same commands but for their words."""
    english, chinese = (ROOT / f"{name}{end}" for end in (".md", ".zh.md"))
    shapes = []
    for page in (english, chinese):
        text = page.read_text(encoding="utf-8")
        marks = (r"^## ", r"^\* ", r"^\d+\. ", r"^\|", r"^```")
        commands = [" ".join(line.split()[:2]) for line in fenced_commands(page)]
        shapes.append(([len(re.findall(m, text, re.MULTILINE)) for m in marks], commands))
    assert shapes[0] == shapes[1]


def test_every_decision_is_in_the_table():
    pages = sorted(path.name for path in ADR.glob("[0-9]*.md"))
    rows = re.findall(
        r"^\| \[(\d{4})\]\((.+?)\) \| (.+) \|$", (ADR / "README.md").read_text(), re.MULTILINE
    )
    assert len(pages) > 15
    assert [file for _, file, _ in rows] == pages
    for number, file, title in rows:
        heading = (ADR / file).read_text(encoding="utf-8").splitlines()[0]
        assert heading == f"# {number} {title}"
        assert file.startswith(f"{number}-")


@pytest.mark.parametrize("path", sorted(ADR.glob("[0-9]*.md")), ids=lambda path: path.name)
def test_a_decision_says_what_else_was_possible_and_what_it_costs(path):
    text = path.read_text(encoding="utf-8")
    assert re.search(r"\*\*Decided\.\*\*.*nstead of.*\*\*Cost\.\*\*", text, re.DOTALL)


def test_the_glossary_doubles_no_word():
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    english = [row[0].lower() for row in rows[1:]]
    chinese = [row[1] for row in rows[1:]]
    assert all(len(row) == 3 for row in rows)
    assert english == sorted(set(english))
    assert len(set(chinese)) == len(chinese)


def test_exit_statuses_agree_with_the_code():
    for page in ("README.md", "README.zh.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        listed = [int(n) for n in re.findall(r"^\| (\d) \|", text, re.MULTILINE)]
        assert listed == [int(status) for status in ExitStatus]


def test_reasons_in_operations_exist():
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    reasons = {
        r
        for row in re.findall(r"^\| (`[a-z_` ]+`) \|", text, re.MULTILINE)
        for r in re.findall(r"[a-z_]+", row)
    }
    sources = "".join(
        path.read_text(encoding="utf-8")
        for room in (
            "records",
            "ocr",
            "flows",
            "keying",
            "confidentiality",
            "matching",
            "warehouse",
        )
        for path in (ROOT / room).rglob("*.py")
    )
    assert len(reasons) > 20
    assert [reason for reason in sorted(reasons) if f'"{reason}"' not in sources] == []
