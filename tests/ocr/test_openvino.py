"""The optional runtime: the same numbers from the networks, the same fields from a page."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from flows.cli import main
from ocr import runtimes
from ocr.model_files import DETECTOR, RECOGNIZERS, model_file
from ocr.pool import read_paths
from ocr.runtimes import choose_runtime, chosen_runtime
from ocr.sessions import open_network
from records.errors import ExitStatus, UsageError

SAMPLE = Path(__file__).parents[2] / "data_samples" / "s21_printed_marriage.jpg"
installed = pytest.mark.skipif(
    find_spec("openvino") is None, reason="the optional extra openvino is not installed"
)


@pytest.fixture(autouse=True)
def _as_before(monkeypatch):
    monkeypatch.setattr(runtimes, "_chosen", ["onnxruntime"])


@installed
@pytest.mark.parametrize(
    ("place", "shape"),
    [
        (DETECTOR, (1, 3, 192, 256)),
        (RECOGNIZERS["v6"], (2, 3, 48, 320)),
        (RECOGNIZERS["v5"], (1, 3, 48, 352)),
    ],
)
def test_networks_give_the_same_numbers(place, shape):
    batch = np.random.default_rng(3).uniform(-1, 1, shape).astype(np.float32)
    one, other = (open_network(model_file(*place), name) for name in ("onnxruntime", "openvino"))
    assert np.abs(one.run(batch) - other.run(batch)).max() < 2e-3
    # What was given out is not written over by the next batch.
    first = other.run(batch)
    kept = first.copy()
    other.run(-batch)
    assert (first == kept).all()


@installed
def test_only_the_thread_of_the_networks_flushes_small_numbers():
    batch = np.zeros((1, 3, 48, 320), np.float32)
    open_network(model_file(*RECOGNIZERS["v5"]), "openvino").run(batch)
    assert np.nextafter(np.float64(0), np.float64(1)) * np.float64(1) > 0


@installed
def test_the_characters_stand_in_the_file_of_the_network():
    one, other = (
        open_network(model_file(*RECOGNIZERS["v6"]), name) for name in ("onnxruntime", "openvino")
    )
    assert one.outputs == other.outputs
    assert one.metadata("character") == other.metadata("character")
    with pytest.raises(KeyError):
        other.metadata("no such key")


@installed
def test_a_page_gives_the_same_fields():
    (usual,) = read_paths([SAMPLE], workers=1)
    choose_runtime("openvino")
    (other,) = read_paths([SAMPLE], workers=1)
    assert other.fields
    for ours, theirs in zip(usual.fields, other.fields, strict=True):
        assert (ours.name, ours.value, ours.decision) == (
            theirs.name,
            theirs.value,
            theirs.decision,
        )
        assert ours.confidence == pytest.approx(theirs.confidence, abs=0.02)


def test_a_runtime_that_is_none_or_not_installed_is_wrong_usage(monkeypatch, capsys):
    with pytest.raises(UsageError) as refusal:
        choose_runtime("cuda")
    assert refusal.value.reason == "unknown_runtime"
    monkeypatch.setattr(runtimes, "find_spec", lambda _: None)
    with pytest.raises(UsageError) as refusal:
        choose_runtime("openvino")
    assert refusal.value.reason == "runtime_missing"
    assert chosen_runtime() == "onnxruntime"
    monkeypatch.setenv("BACKFILL_RUNTIME", "cuda")
    assert main(["read", "nothing.jpg"]) == ExitStatus.WRONG_USAGE
    assert "BACKFILL_RUNTIME=cuda" in capsys.readouterr().err
