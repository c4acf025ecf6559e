"""A network rewritten to say the same with less work: scales and shifts inside convolutions.

onnxruntime computes convolutions on blocks of sixteen channels. A hard swish, and a scale or
shift that it doesn't merge, it computes on plain channels, so that all numbers are laid out
anew before and after. What is done here holds exactly but for rounding. Running a network is
not handled here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from onnx import ModelProto, NodeProto

    Numbers = NDArray[np.float64]

#: The hard sigmoid inside a hard swish.
_SLOPE, _MIDDLE = 1 / 6, 0.5


def leaner(model: bytes) -> bytes:
    """An ONNX model with the same input, output and metadata that takes less work."""
    parsed = onnx.load_model_from_string(model)
    graph = _Graph(parsed)
    _fold(graph)
    return graph.written(parsed)


class _Graph:
    """The steps of a network, without those that do nothing, and its constants by name."""

    def __init__(self, model: ModelProto) -> None:
        self.constants: dict[str, NDArray[np.generic]] = {
            tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer
        }
        self.steps: list[NodeProto] = []
        self.results = {value.name for value in model.graph.output}
        same: dict[str, str] = {}
        for node in model.graph.node:
            for i, name in enumerate(node.input):
                node.input[i] = same.get(name, name)
            first = self.constants.get(node.input[0]) if node.input else None
            if node.op_type == "Constant":
                self.constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
            elif node.op_type == "Identity" and node.output[0] not in self.results:
                same[node.output[0]] = node.input[0]
            elif node.op_type == "Reshape" and first is not None:
                shape = self.constants[node.input[1]]
                self.constants[node.output[0]] = first.reshape(shape.astype(int))
            else:
                self.steps.append(node)

    def users(self) -> dict[str, list[NodeProto]]:
        """The steps by what they use."""
        found: dict[str, list[NodeProto]] = {}
        for step in self.steps:
            for name in step.input:
                found.setdefault(name, []).append(step)
        return found

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """A new constant of float32."""
        self.constants[name] = np.ascontiguousarray(value, dtype=np.float32)
        return name

    def numbers(self, name: str) -> Numbers:
        """A constant's values, one for all or one a channel."""
        value = self.constants[name]
        return value.astype(np.float64).ravel()

    def written(self, model: ModelProto) -> bytes:
        """The model with these steps, and the constants that they use."""
        used = {name for step in self.steps for name in step.input}
        del model.graph.node[:], model.graph.initializer[:], model.graph.value_info[:]
        model.graph.node.extend(self.steps)
        model.graph.initializer.extend(
            numpy_helper.from_array(value, name)
            for name, value in self.constants.items()
            if name in used
        )
        return bytes(model.SerializeToString())


def _fold(graph: _Graph) -> None:
    """Put scales and shifts into the convolutions around them, and hard swish on blocks."""
    users = graph.users()
    gone: set[int] = set()
    waiting: dict[str, tuple[str, Numbers, Numbers]] = {}
    made: dict[str, int] = {}
    steps: list[NodeProto] = []
    for step in graph.steps:
        if id(step) in gone:
            continue
        if step.op_type == "Conv":
            end, scale, shift = _affine(graph, users, step.output[0], gone)
            steps.append(_convolution(graph, step, end, (scale, shift), waiting))
            made[end] = len(graph.constants[step.input[1]])
        elif step.op_type == "HardSwish" and step.input[0] in made:
            width = made[step.input[0]]
            steps += _hard_swish(graph, step, width)
            end, scale, shift = _affine(graph, users, step.output[0], gone)
            if scale.size == shift.size == 1 and end in users and all(map(_is_bare, users[end])):
                waiting[end] = (step.output[0], scale, shift)
            elif end != step.output[0]:
                steps.append(_scaled(graph, step.output[0], end, scale, shift, width))
        else:
            steps.append(step)
    graph.steps = steps


def _affine(
    graph: _Graph, users: Mapping[str, Sequence[NodeProto]], name: str, gone: set[int]
) -> tuple[str, Numbers, Numbers]:
    """What the scales and shifts after a value end in, and all of them as one; they are `gone`."""
    scale, shift = np.ones(1), np.zeros(1)
    while name not in graph.results and len(following := users.get(name, ())) == 1:
        own = _own_affine(graph, following[0], name)
        if own is None:
            break
        scale, shift = scale * own[0], shift * own[0] + own[1]
        gone.add(id(following[0]))
        name = following[0].output[0]
    return name, scale, shift


def _own_affine(graph: _Graph, step: NodeProto, name: str) -> tuple[Numbers, Numbers] | None:
    """By what a step multiplies each channel of a value, and what it adds."""
    if step.op_type == "BatchNormalization":
        gain, offset, mean, variance = (graph.numbers(each) for each in step.input[1:5])
        gain = gain / np.sqrt(variance + _attributes(step).get("epsilon", 1e-5))
        return gain, offset - mean * gain
    others = [each for each in step.input if each != name]
    if step.op_type not in {"Add", "Mul"} or not others or others[0] not in graph.constants:
        return None
    value = graph.constants[others[0]]
    if value.size > 1 and value.shape[-2:] != (1, 1):
        return None
    numbers = graph.numbers(others[0])
    return (numbers, np.zeros(1)) if step.op_type == "Mul" else (np.ones(1), numbers)


def _convolution(
    graph: _Graph,
    step: NodeProto,
    end: str,
    after: tuple[Numbers, Numbers],
    waiting: Mapping[str, tuple[str, Numbers, Numbers]],
) -> NodeProto:
    """A convolution with what waits before it and what comes after."""
    weights = graph.constants[step.input[1]].astype(np.float64)
    bias = graph.numbers(step.input[2]) if len(step.input) > 2 else np.zeros(len(weights))
    source = step.input[0]
    if source in waiting:
        source, scale, shift = waiting[source]
        bias = bias + weights.sum(axis=(1, 2, 3)) * shift
        weights = weights * scale
    scale, shift = after
    return _conv(
        graph, source, end, weights * scale.reshape(-1, 1, 1, 1), bias * scale + shift,
        _attributes(step),
    )  # fmt: skip


def _is_bare(step: NodeProto) -> bool:
    """Whether a step is a convolution that sees nothing beyond its picture's edges."""
    found = _attributes(step)
    return step.op_type == "Conv" and not any(found.get("pads", ())) and "auto_pad" not in found


def _hard_swish(graph: _Graph, step: NodeProto, width: int) -> list[NodeProto]:
    """Each number times its hard sigmoid, which follows a convolution that changes nothing."""
    source, end = step.input[0], step.output[0]
    same = _scaled(graph, source, f"{end}.same", np.ones(1), np.zeros(1), width)
    gate = helper.make_node(
        "HardSigmoid", [same.output[0]], [f"{end}.gate"], alpha=_SLOPE, beta=_MIDDLE
    )
    return [same, gate, helper.make_node("Mul", [source, gate.output[0]], [end])]


def _scaled(
    graph: _Graph, source: str, end: str, scale: Numbers, shift: Numbers, width: int
) -> NodeProto:
    """Scale and shift of each channel as a convolution, for it keeps the layout in blocks."""
    weights = np.broadcast_to(scale, width).reshape(-1, 1, 1, 1)
    return _conv(graph, source, end, weights, np.broadcast_to(shift, width), {"group": width})


def _conv(
    graph: _Graph, source: str, end: str, weights: Numbers, bias: Numbers,
    attributes: Mapping[str, Any],
) -> NodeProto:  # fmt: skip
    names = [
        graph.constant(f"{end}.{part}", value) for part, value in (("w", weights), ("b", bias))
    ]
    return helper.make_node("Conv", [source, *names], [end], **attributes)


def _attributes(step: NodeProto) -> dict[str, Any]:
    return {each.name: helper.get_attribute_value(each) for each in step.attribute}
