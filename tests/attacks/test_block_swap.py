"""Block swap: items, or chunks within an item, change places.

Defends the promise: someone who reorders items or chunks of a file is kept from being believed.
"""

from __future__ import annotations


def test_items_change_places(case, large):
    data, body = large.read_bytes(), case.parts(large)["body"]
    _, (first, second, _) = case.unlocked(large, case.recipient)
    assert first.sealed_size == second.sealed_size
    middle, end = body + second.offset, body + second.offset + second.sealed_size
    swapped = data[:body] + data[middle:end] + data[body:middle] + data[end:]
    assert len(swapped) == len(data)
    assert case.refusal(swapped).reason == "segment_altered"


def test_chunks_of_an_item_change_places(case, large):
    data, body = large.read_bytes(), case.parts(large)["body"]
    first, second, third = body + 56, body + 56 + 16_400, body + 56 + 2 * 16_400
    swapped = data[:first] + data[second:third] + data[first:second] + data[third:]
    assert case.refusal(swapped).reason == "segment_altered"


def test_an_item_takes_the_place_of_another(case, large):
    data, body = large.read_bytes(), case.parts(large)["body"]
    _, (first, second, _) = case.unlocked(large, case.recipient)
    middle = body + second.offset
    doubled = data[:middle] + data[body : body + first.sealed_size] + data[middle:]
    same_length = doubled[: middle + first.sealed_size] + data[middle + second.sealed_size :]
    assert len(same_length) == len(data)
    assert case.refusal(same_length).reason == "segment_altered"
