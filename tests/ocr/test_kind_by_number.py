"""Certificates whose title can't be read are known by their numbers."""

from __future__ import annotations

import pytest

from ocr.classify import classify
from records.reading import Kind

FIELDS = {"name", "sex", "birth_date", "certificate_number"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("L110115-2013-000465", Kind.DIVORCE_CERTIFICATE),
        ("证书字号L110115-2013-000465", Kind.DIVORCE_CERTIFICATE),
        ("字号 BL110115-2013-000465", Kind.DIVORCE_CERTIFICATE),
        ("证书字号J110115-2013-000465", Kind.MARRIAGE_CERTIFICATE),
        ("京崇離字第肆拾柒號", Kind.DIVORCE_CERTIFICATE),
        ("11010419840306749X", Kind.OTHER),
    ],
)
def test_a_number_tells_the_kind(text: str, kind: Kind) -> None:
    assert classify([], FIELDS, [text]) is kind
