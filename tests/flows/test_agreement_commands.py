"""An agreement from its draft at the archive to both signatures, by the two command lines."""

from __future__ import annotations

import json
from pathlib import Path

import pdfplumber
import pytest
import typst

from confidentiality.agreement import SignedAgreement
from flows.agreement_text import FACES
from flows.cli import main as backfill
from workstation.station.cli import main as station

DRAFT = {
    "--id": "A1",
    "--kind": "entrusted-keying",
    "--purpose": "婚姻登记档案补录",
    "--legal-basis": "个人信息保护法第二十一条",
    "--impact-assessment": "PIA-2026-01",
    "--fields": "male.name,female.name",
    "--max-records": "500",
    "--place": "本馆录入室",
    "--from": "2026-01-01",
    "--to": "2199-12-31",
}


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    """The archive's home and two stations, made by their commands, and how to run those."""
    folder = tmp_path_factory.mktemp("sides")
    passphrase = folder / "passphrase"
    passphrase.write_text("correct horse\n")
    passphrase.chmod(0o600)

    def run(program, home, *words):
        options = ["--home", str(folder / home), "--passphrase-file", str(passphrase)]
        return program([*map(str, words), *options])

    assert run(backfill, "archive", "init") == 0
    for name in ("one", "two"):
        assert run(station, name, "init", "--name", name, "--role", "clerk") == 0
        assert run(station, name, "trust", folder / "archive" / "archive.card.json") == 0
        assert run(backfill, "archive", "card", folder / name / "card.json") == 0
    (folder / "paper.pdf").write_bytes(b"the signed paper")
    return folder, run


def terms(folder, *stations, **changes):
    words = DRAFT | {f"--{key}": value for key, value in changes.items()}
    options = [word for pair in words.items() for word in pair]
    return [
        *options,
        *(word for each in stations for word in ("--party", folder / each / "card.json")),
    ]


def draft(folder, run, name, *stations, **changes):
    path = folder / name
    words = [*terms(folder, *stations, **changes), "--document", folder / "paper.pdf"]
    assert run(backfill, "archive", "agreement", "draft", path, *words) == 0
    return path, SignedAgreement.from_bytes(path.read_bytes(), where=name).agreement.digest


def test_from_draft_to_both_signatures(sides, capsys):
    folder, run = sides
    path, digest = draft(folder, run, "A1.json", "one", "two")
    signed = [folder / f"A1.{name}.json" for name in ("one", "two")]
    for name, out in zip(("one", "two"), signed, strict=True):
        assert run(station, name, "sign", path, "--out", out) == 0
        assert not out.exists()
        assert run(station, name, "sign", path, "--out", out, "--accept", digest[:16]) == 0
    # Each signature is missed, and none is replaced by the other.
    for some in ([path], [path, signed[0]], [path, signed[1]], signed):
        assert run(backfill, "archive", "agreement", "add", *some) == 7
    assert "agreement_unsigned" in capsys.readouterr().err
    other, paper = folder / "other.pdf", folder / "paper.pdf"
    other.write_bytes(b"another paper")
    added = ["agreement", "add", path, *signed, "--document"]
    assert run(backfill, "archive", *added, other) == 4
    assert run(backfill, "archive", *added, paper) == 0
    capsys.readouterr()
    assert run(backfill, "archive", "agreement", "list", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["agreement"], row["purpose"]) == ("A1", "婚姻登记档案补录")
    # It is kept once.
    assert run(backfill, "archive", "agreement", "add", path, *signed) == 2


def test_signatures_of_another_draft_are_not_mixed_in(sides, capsys):
    folder, run = sides
    narrow, digest = draft(folder, run, "narrow.json", "one", id="A2")
    wide, _ = draft(folder, run, "wide.json", "one", id="A2", **{"max-records": "99999"})
    out = folder / "narrow.one.json"
    assert run(station, "one", "sign", narrow, "--out", out, "--accept", digest) == 0
    assert run(station, "one", "sign", wide, "--out", folder / "x", "--accept", digest) == 7
    assert not (folder / "x").exists()
    assert run(backfill, "archive", "agreement", "add", wide, out) == 2
    assert "agreements_differ" in capsys.readouterr().err
    assert list(Path(folder / "archive" / "agreements").glob("A2*")) == []


@pytest.mark.skipif(
    FACES.isdisjoint(typst.Fonts().families()),
    reason="needs fonts-noto-cjk or another face of FACES",
)
def test_the_text_says_what_is_signed(sides):
    folder, run = sides
    out = folder / "A3.pdf"
    leader = folder / "leader.identity"
    assert (
        run(backfill, "archive", "identity", leader, "--role", "officer", "--name", "分管领导") == 0
    )
    off_site = {"off-site-basis": "市局专项批复", "off-site-leader": folder / "leader.card.json"}
    # What looks like markup of the template is a text like any other.
    words = terms(folder, "one", "two", id="A3", purpose='补录 #{1+1} $x$ *b*"', **off_site)
    assert run(backfill, "archive", "agreement", "text", out, *words) == 0
    with pdfplumber.open(out) as pdf:
        text = "".join(page.extract_text() for page in pdf.pages).replace("\n", "")
    stated = (
        *("A3", "档案馆", "one", "two", '#{1+1}$x$*b*"', "个人信息保护法第二十一条", "PIA-2026-01"),
        *("男方姓名、女方姓名", "500", "2026年01月01日", "2199年12月31日", "本馆录入室"),
        *("市局专项批复", "分管领导", "不得转委托", "销毁"),
    )
    bare = text.replace(" ", "")
    assert [each for each in stated if each not in bare] == []
    card = json.loads((folder / "one" / "card.json").read_text())
    assert card["fingerprint"] in bare


def test_terms_that_nobody_could_sign_are_not_set(sides, capsys):
    folder, run = sides
    out = folder / "A4.pdf"
    words = terms(folder, "one", **{"max-records": "0"})
    assert run(backfill, "archive", "agreement", "text", out, *words) == 2
    assert "max_records" in capsys.readouterr().err
    assert not out.exists()


def test_without_a_chinese_face_the_package_is_named(sides, capsys, monkeypatch):
    folder, run = sides
    monkeypatch.setattr("flows.agreement_text.FACES", frozenset({"No Such Face"}))
    assert (
        run(backfill, "archive", "agreement", "text", folder / "A5.pdf", *terms(folder, "one")) == 2
    )
    assert "fonts-noto-cjk" in capsys.readouterr().err
