"""Late: a file is opened outside its time, or its time is changed.

Defends the promise: someone who opens a file after its time, or writes another time into it, is
kept from its content by honest software.
"""

from __future__ import annotations

from datetime import timedelta


def test_expired(case, small):
    assert case.refusal(small, now=case.now + 14 * case.day).reason == "expired"
    assert case.open(small, now=case.now + 14 * case.day - timedelta(seconds=1))


def test_a_clock_set_back_before_the_file_was_made(case, small):
    assert case.refusal(small, now=case.now - 2 * case.day).reason == "clock_behind"
    assert case.open(small, now=case.now - timedelta(hours=23))


def test_a_header_edited_to_live_longer(case, small):
    data = small.read_bytes()
    edited = data.replace(b'"expires":"2026-03-16', b'"expires":"2036-03-16')
    assert edited != data
    assert case.refusal(edited).reason == "signature_wrong"
    assert case.refusal(edited, now=case.now + 20 * case.day).reason == "signature_wrong"


def test_a_header_in_another_spelling(case, small):
    data = small.read_bytes()
    edited = data.replace(b'"answers":null,', b'"answers": nul')
    assert case.refusal(edited).reason == "not_canonical"
