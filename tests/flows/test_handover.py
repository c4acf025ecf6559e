"""A hand-over is whole, says so, goes on after a stop, and any change of it is noticed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from dataclasses import dataclass
from importlib.resources import files as shipped
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from lxml import etree
from PIL import Image

import flows.handover
from flows.auditing import check_audit
from flows.cli import main
from flows.handover import grammar_of, hand_over, write_grammar
from flows.handover_check import check_handover
from flows.installation import handed_over
from flows.intake import intake
from flows.process import decide
from flows.tables import chunk_tables
from ocr.forms.loading import installed_forms
from ocr.sniff import sha256_of
from records.errors import InputError, StoreError, UsageError
from records.gb18030 import decode_gb18030
from records.reading import Box, Decision, Era, FieldReading, Kind, PageReading, PageRefusal
from records.written import WrittenLine, WrittenWord
from warehouse.chunks import load_chunks, write_chunk

#: Scan → the pages on it: the fields of its certificates by row, None for a page without any.
COUPLE = {
    "certificate_number": "J110101-2010-000001", "registration_date": "2010-03-09",
    "male.name": "龴雷", "female.name": "=韩梅梅", "office": "某区民政局",
}  # fmt: skip
OTHER = COUPLE | {"certificate_number": "L110101-2012-000007", "male.name": "张三",
                  "registration_date": "2012-04-05"}  # fmt: skip
STAMP = {"stamp.fonds": "0045", "stamp.year": "2010", "stamp.archive_volume": "88"}
PAPERS = {
    "certificate.jpg": [{0: COUPLE}],
    "form.png": [{0: COUPLE | STAMP}],
    "two.tif": [{0: OTHER}, None],
}


def reading(path: Path, number: int, rows: dict[int, dict[str, str]] | None) -> PageReading:
    fields = tuple(
        FieldReading(
            name=name, row=row or None, text=value, value=value, confidence=0.999,
            decision=Decision.ACCEPT, box=Box(10, 10, 60, 40),
        )
        for row, values in (rows or {}).items()
        for name, value in values.items()
    )  # fmt: skip
    line = WrittenLine(
        text="张三", corners=((10.0, 10.0), (90.0, 10.0), (90.0, 50.0), (10.0, 50.0)),
        vertical=False, spans=((0.0, 0.5), (0.5, 1.0)), chances=(0.9, 0.8),
        words=(WrittenWord(start=0, stop=2),),
    )  # fmt: skip
    return PageReading(
        source=str(path), page=number, kind=Kind.MARRIAGE_CERTIFICATE if rows else Kind.OTHER,
        era=Era.E2000S if rows else None, rotation=0, size=(120, 80), dpi=300, fields=fields,
        engine="ppocr", lines=(line,),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A desk whose batch is verified, and the scans by name."""

    desk: object
    batch_id: str
    scans: dict[str, Path]
    to: Path

    def hand_over(self, **options):
        scratch = self.to.parent / "scratch"
        scratch.mkdir(exist_ok=True)
        return hand_over(self.desk.here, self.batch_id, self.to, scratch=scratch, **options)

    def files(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.to).as_posix(): path.read_bytes()
            for path in self.to.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def office(desk, tmp_path, monkeypatch):
    asked = []

    def told(paths, *, workers, reader, forms):
        assert (workers, reader) == (1, "ocr.reader:read_page_and_lines")
        assert forms is installed_forms()
        for path in paths:
            asked.append(path.name)
            for number, rows in enumerate(PAPERS[path.name], 1):
                if path.with_suffix(".spoilt").exists():
                    yield PageRefusal(source=str(path), page=1, reason="blank_page", detail="空白")
                else:
                    yield reading(path, number, rows)

    monkeypatch.setattr(flows.handover, "read_paths", told)
    scans = {}
    for seed, (name, pages) in enumerate(PAPERS.items()):
        path = tmp_path / "scans" / name
        path.parent.mkdir(exist_ok=True)
        chance = np.random.default_rng(seed)
        shots = [Image.fromarray(chance.integers(180, 250, (80, 120, 3), np.uint8)) for _ in pages]
        shots[0].save(path, **({"save_all": True, "append_images": shots[1:]} if shots[1:] else {}))
        scans[name] = path
    left = handed_over.leave(list(scans.values()))
    batch_id = intake(desk.home_id, left, name_token=handed_over.leave("批次"))
    pages = [
        (sha256_of(scans[name]), reading(scans[name], number, rows))
        for name, papers in PAPERS.items()
        for number, rows in enumerate(papers, 1)
    ]
    key, store = desk.here.home_key.key, desk.here.warehouse
    chunk = write_chunk(desk.here.home.chunks, chunk_tables(pages, batch_id=batch_id), key=key)
    load_chunks(store, [chunk], key=key, batch_id=batch_id, now=desk.clock())
    decide.__wrapped__(desk.home_id, batch_id)
    write_grammar(desk.here.home)
    asked.clear()
    made = Office(desk=desk, batch_id=batch_id, scans=scans, to=tmp_path / "移交")
    made.scans["asked"] = asked
    return made


def table(data: bytes, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    text = decode_gb18030(data) if encoding == "gb18030" else data.decode(encoding)
    return list(csv.DictReader(io.StringIO(text)))


MARRIED, DIVORCED = "0045-JH·2010-Y-0088", "0001-LH·2012-Y-0001"


def test_volumes_lie_by_code_with_pictures_as_they_were_scanned(office):
    made = office.hand_over()
    assert (made.volumes, made.kept, made.pages, made.left_out) == (2, 0, 4, ())
    assert made.checked.faults == ()
    found = office.files()
    place = f"0045/2010/JH/{MARRIED}/{MARRIED}"
    assert found[f"{place}-0001.jpg"] == office.scans["certificate.jpg"].read_bytes()
    assert found[f"{place}-0002.png"] == office.scans["form.png"].read_bytes()
    place = f"0001/2012/LH/{DIVORCED}/{DIVORCED}"
    for number in (1, 2):
        with Image.open(io.BytesIO(found[f"{place}-{number:04}.tif"])) as one:
            shown, dpi = np.asarray(one), one.info["dpi"]
        with Image.open(office.scans["two.tif"]) as whole:
            whole.seek(number - 1)
            assert np.array_equal(shown, np.asarray(whole))
        assert dpi == (300, 300)
    with pikepdf.open(io.BytesIO(found[f"{place}.pdf"])) as document:
        assert len(document.pages) == 2
    private = [office.to, *(path for path in office.to.rglob("*") if path.is_file())]
    assert all(path.stat().st_mode & 0o077 == 0 for path in private)


def test_the_list_proves_every_file_and_the_notes_prove_the_list(office):
    office.hand_over(with_mets=True)
    found = office.files()
    rows = {row["文件"]: row for row in table(found["文件清单.csv"])}
    beside = {"文件清单.csv", "说明文件.TXT", "验收记录.csv"}
    assert rows.keys() == {name for name in found if "/." not in name} - beside
    for name, row in rows.items():
        assert row["SHA-256"] == hashlib.sha256(found[name]).hexdigest()
        assert int(row["字节"]) == len(found[name])
    notes = found["说明文件.TXT"].decode("utf-8-sig")
    assert hashlib.sha256(found["文件清单.csv"]).hexdigest() in notes
    assert "共 2 卷 4 页" in notes
    accepted = table(found["验收记录.csv"])
    assert {row["结论"] for row in accepted if row["检查数"]} == {"合格"}
    images = [row for row in rows.values() if row["用途"] == "image"]
    assert {row["扫描件"] for row in images} == {
        sha256_of(path) for name, path in office.scans.items() if name != "asked"
    }


def test_the_catalogue_says_what_the_paper_says(office):
    office.hand_over()
    found = office.files()
    volumes = {row["档号"]: row for row in table(found["案卷目录.csv"])}
    married = volumes[MARRIED]
    assert (married["性质"], married["男方"], married["女方"]) == ("结婚", "龴雷", "'=韩梅梅")
    assert (married["登记日期"], married["页数"], married["件数"]) == ("20100309", "2", "2")
    assert (married["馆编卷号"], married["档号依据"]) == ("88", "归档章")
    assert volumes[DIVORCED]["档号依据"] == "顺序编号"
    papers = table(found["卷内目录.csv"])
    assert [(row["档号"], row["件号"], row["页次"]) for row in papers] == [
        (DIVORCED, "1", "1"), (MARRIED, "1", "1"), (MARRIED, "2", "2"),
    ]  # fmt: skip
    root = etree.fromstring(found["目录.xml"])
    names = root.xpath("//c:女方/text()", namespaces={"c": root.nsmap[None]})
    assert set(names) == {"=韩梅梅"}


def test_tables_in_gb18030_have_the_standards_bytes(office):
    office.hand_over(encoding="gb18030")
    found = office.files()
    # 龴 stands at FE59 since the standard's edition of 2022.
    assert b"\xfe\x59\xc0\xd7" in found["案卷目录.csv"]
    rows = {row["档号"]: row for row in table(found["案卷目录.csv"], "gb18030")}
    assert rows[MARRIED]["男方"] == "龴雷"
    assert "GB 18030-2022" in decode_gb18030(found["说明文件.TXT"])
    assert check_handover(office.to).faults == ()


def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(
        etree.fromstring(shipped("flows").joinpath("schemas", name).read_bytes())
    )


def test_xml_fits_its_schemas(office, alto_schema):
    office.hand_over(with_mets=True)
    assert schema("catalogue.xsd").validate(etree.parse(office.to / "目录.xml"))
    altos, metses = ([*office.to.rglob(f"*.{kind}.xml")] for kind in ("alto", "mets"))
    assert (len(altos), len(metses)) == (4, 2)
    for path in altos:
        alto_schema.assertValid(etree.parse(path))
    for path in metses:
        root = etree.parse(path).getroot()
        schema("mets-written.xsd").assertValid(root)
        # What the description holds fits the catalogue's schema too.
        (volume,) = root.iterfind(".//{*}xmlData/{*}案卷")
        alone = etree.fromstring(etree.tostring(volume, encoding="unicode"))
        schema("catalogue.xsd").assertValid(alone)
        codes = [each.get("LOCREF") for each in root.iter("{*}FLocat")]
        assert all((path.parent / code).is_file() for code in codes)


def test_a_second_run_makes_nothing_anew(office):
    office.hand_over(with_mets=True)
    before, asked = office.files(), office.scans["asked"]
    asked.clear()
    again = office.hand_over(with_mets=True)
    assert (again.volumes, again.kept, asked) == (2, 2, [])
    after = office.files()
    changing = {"说明文件.TXT"}
    assert {n: d for n, d in after.items() if n not in changing} == {
        name: data for name, data in before.items() if name not in changing
    }
    assert len(office.desk.rows("volumes")) == 2
    assert len(office.desk.rows("handovers")) == 2
    kinds = {"volumes", "volume-records", "handover"}
    assert not [each for each in check_audit(office.desk.here).uncovered if each.kind in kinds]


def test_a_run_that_stopped_goes_on(office, monkeypatch):
    bind = flows.handover.Binder.bind
    done = []

    def stopped(self, volume, *given, **named):
        if done:
            raise KeyboardInterrupt
        done.append(volume.archive_code)
        return bind(self, volume, *given, **named)

    monkeypatch.setattr(flows.handover.Binder, "bind", stopped)
    with pytest.raises(KeyboardInterrupt):
        office.hand_over()
    monkeypatch.setattr(flows.handover.Binder, "bind", bind)
    (office.to / "0045" / "2010" / "JH" / f".{MARRIED}.part").mkdir(parents=True)
    finished = office.hand_over()
    assert (finished.volumes, finished.kept) == (2, 1)
    assert not [*office.to.rglob("*.part")]
    assert check_handover(office.to).faults == ()


def test_a_spoilt_file_is_made_again(office):
    office.hand_over()
    picture = next(office.to.rglob("*.pdf"))
    good = picture.read_bytes()
    picture.write_bytes(good[:-1])
    assert office.hand_over().kept == 1
    assert picture.read_bytes() == good


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda to: next(to.rglob("*.jpg")).write_bytes(b"x"), "changed"),
        (lambda to: next(to.rglob("*.tif")).unlink(), "missing"),
        (lambda to: (to / "0001" / "more.jpg").write_bytes(b"x"), "not_listed"),
        (lambda to: (to / "0001" / "link.jpg").symlink_to("/etc/passwd"), "not_listed"),
        (lambda to: next(to.rglob("*.pdf")).write_bytes(b"%PDF-1.7"), "pdf"),
        (lambda to: next(to.rglob("*.alto.xml")).write_bytes(b"<alto/>"), "alto"),
        (lambda to: next(to.rglob("*.mets.xml")).write_bytes(b"<mets/>"), "mets"),
        (lambda to: (to / "目录.xml").write_bytes(b"<a>&b;</a>"), "schema"),
        (lambda to: (to / "案卷目录.csv").write_text("档号\r\n", "utf-8"), "catalogues_differ"),
        (lambda to: _replace(to / "文件清单.csv", "image", "other"), "list_changed"),
        (lambda to: _replace(to / "文件清单.csv", "image", "other"), "pages_differ"),
        (lambda to: _replace(to / "文件清单.csv", "0001/2012", "../0001/2012"), "missing"),
    ],
)
def test_every_change_is_noticed(office, capsys, spoil, code):
    office.hand_over(with_mets=True)
    spoil(office.to)
    assert code in {fault.code for fault in check_handover(office.to).faults}
    assert main(["handover", "check", str(office.to), "--json"]) == 4
    told = json.loads(capsys.readouterr().out)
    assert code in {fault["code"] for fault in told["faults"]}


def _replace(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")


def test_scans_that_changed_or_cannot_be_read_stay_behind(office):
    office.scans["certificate.jpg"].write_bytes(b"other bytes")
    made = office.hand_over()
    assert [(each.what, each.reason) for each in made.left_out] == [(MARRIED, "scan_changed")]
    office.scans["two.tif"].with_suffix(".spoilt").touch()
    shutil.rmtree(office.to)
    with pytest.raises(UsageError, match="nothing_to_hand_over"):
        office.hand_over()


def test_a_folder_that_cannot_be_written_is_refused_and_harms_nothing(office, monkeypatch):
    def full(*_args, **_named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreError, match="cannot_write"):
        office.hand_over()
    monkeypatch.undo()


def test_another_batchs_volumes_stay_where_they_are(office):
    office.hand_over()
    there = {path for path in office.to.rglob("*") if path.is_file()}
    for made in office.to.rglob(".made.json"):
        made.write_text(made.read_text().replace(office.batch_id, "B-another"))
    with pytest.raises(UsageError, match="folder_taken"):
        office.hand_over()
    assert there == {path for path in office.to.rglob("*") if path.is_file()}


def test_the_grammar_is_the_homes_own(office):
    home = office.desk.here.home
    text = home.archive_codes.read_text("utf-8")
    home.archive_codes.write_text(text.replace('"{fonds}-{nature}', '"{fonds}-M{nature}'), "utf-8")
    write_grammar(home)
    assert "M{nature}" in home.archive_codes.read_text("utf-8")
    office.hand_over()
    assert {row["archive_code"] for row in office.desk.rows("volumes")} == {
        "0045-MJH·2010-Y-0088", "0001-MLH·2012-Y-0001",
    }  # fmt: skip
    home.archive_codes.unlink()
    with pytest.raises(UsageError, match="no_archive_code_grammar"):
        grammar_of(home)


def test_what_is_no_handover_is_refused(tmp_path):
    with pytest.raises(InputError, match="not_a_handover"):
        check_handover(tmp_path)
