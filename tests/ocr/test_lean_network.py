"""Networks with their scales inside their convolutions: the same numbers, fewer steps."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from ocr.lean_network import leaner
from ocr.model_files import RECOGNIZERS, model_file

CHANNELS = 5


def run(model: bytes, picture: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: picture})[0]


def kinds(model: bytes) -> list[str]:
    return [node.op_type for node in onnx.load_model_from_string(model).graph.node]


def network(kinds_of_steps: list[str], seed: int) -> bytes:
    """A chain of such steps with chance numbers; `branch` adds the value of two steps before."""
    rng = np.random.default_rng(seed)
    nodes, tensors, names = [], [], ["x", "x"]

    def constant(*shape: int) -> str:
        name = f"c{len(tensors)}"
        values = rng.uniform(0.2, 1.5, shape).astype(np.float32)
        tensors.append(numpy_helper.from_array(values, name))
        return name

    for i, kind in enumerate(kinds_of_steps):
        source, end = names[-1], f"v{i}"
        wide = (1, CHANNELS, 1, 1)
        match kind:
            case "plain" | "padded":
                pads = [int(kind == "padded")] * 4
                size = 3 if kind == "padded" else 1
                weights = constant(CHANNELS, CHANNELS, size, size)
                node = helper.make_node("Conv", [source, weights], [end], pads=pads)
            case "norm":
                inputs = [source, *(constant(CHANNELS) for _ in range(4))]
                node = helper.make_node("BatchNormalization", inputs, [end])
            case "swish":
                node = helper.make_node("HardSwish", [source], [end])
            case "branch":
                node = helper.make_node("Add", [names[-2], source], [end])
            case "scale":
                node = helper.make_node("Mul", [constant(1), source], [end])
            case "scales":
                node = helper.make_node("Mul", [source, constant(*wide)], [end])
            case "along":
                node = helper.make_node("Add", [source, constant(6)], [end])
            case _:
                node = helper.make_node("Add", [source, constant(1)], [end])
        nodes += [node, helper.make_node("Identity", [end], [f"{end}.same"])]
        names.append(f"{end}.same")
    nodes[-1].output[0] = "y"
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, CHANNELS, 4, 6])
        for name in ("x", "y")
    ]
    graph = helper.make_graph(nodes, "chain", ends[:1], ends[1:], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    helper.set_model_props(model, {"character": "甲"})
    return model.SerializeToString()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["plain", "padded", "norm", "swish", "branch", "scale", "scales", "along", "shift"]
        ),
        min_size=2,
        max_size=10,
    ),
    st.integers(0, 1000),
)
def test_chains_of_steps_give_the_same_numbers(steps: list[str], seed: int) -> None:
    model = network(["plain", *steps, "plain"], seed)
    picture = np.random.default_rng(seed).uniform(-1, 1, (1, CHANNELS, 4, 6)).astype(np.float32)
    expected = run(model, picture)
    found = run(leaner(model), picture)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_scales_and_shifts_are_gone() -> None:
    steps = ["scale", "shift", "swish", "scale", "shift", "plain", "norm"]
    model = leaner(network(["plain", *steps, "swish", "shift", "padded"], 7))
    swish = ["Conv", "HardSigmoid", "Mul"]
    # Before a convolution that sees beyond the edges, a shift has to stay.
    assert kinds(model) == ["Conv", *swish, "Conv", *swish, "Conv", "Conv", "Identity"]
    (own,) = onnx.load_model_from_string(model).metadata_props
    assert (own.key, own.value) == ("character", "甲")


@pytest.mark.parametrize("shape", [(1, 3, 48, 320), (2, 3, 48, 352)])
def test_the_second_reader_reads_the_same(shape: tuple[int, ...]) -> None:
    model = model_file(*RECOGNIZERS["v5"]).read_bytes()
    picture = np.random.default_rng(3).uniform(-1, 1, shape).astype(np.float32)
    lean = leaner(model)
    assert np.abs(run(lean, picture) - run(model, picture)).max() < 1e-4
    assert "HardSwish" not in kinds(lean)
