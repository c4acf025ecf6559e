import json

import pytest

from keying.destruction import Destruction, destruction_file, parse_destruction
from records.errors import InputError

RECORD = Destruction(
    package_id="P-1",
    agreement_id="A-1",
    sealed_digest="ab" * 32,
    items=4,
    entries=3,
    submissions=1,
    destroyed_at="2026-11-23T08:00:00+00:00",
    station="cd" * 32,
)


def test_a_record_of_destruction_comes_back_with_its_signature():
    assert parse_destruction(destruction_file(RECORD, b"\x01\x02")) == (RECORD, b"\x01\x02")


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["record"].update(format="other/1"),
        lambda s: s["record"].update(items="4"),
        lambda s: s["record"].update(items=True),
        lambda s: s["record"].update(extra=1),
        lambda s: s["record"].pop("station"),
        lambda s: s.update(signature="zz"),
        lambda s: s.update(signature=5),
        lambda s: s.update(record=[]),
        lambda s: s.pop("signature"),
    ],
)
def test_malformed_records_are_refused(change):
    signed = json.loads(destruction_file(RECORD, b"\x01"))
    change(signed)
    with pytest.raises(InputError, match="bad_destruction_record"):
        parse_destruction(json.dumps(signed).encode())


def test_what_is_no_json_is_refused():
    for data in (b"", b"[]", b"\xff", b"[" * 100_000):
        with pytest.raises(InputError):
            parse_destruction(data)
