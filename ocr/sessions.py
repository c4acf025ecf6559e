"""The neural networks of the readers: running one.

What goes in and what comes out mean is not handled here.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as states

from ocr.heap import give_back
from ocr.runtimes import require_runtime
from records.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ocr.runtimes import Runtime

#: What onnxruntime raises when a network can't be evaluated; they share no base of their own.
_FAILURES = (
    RuntimeError,
    states.EPFail,
    states.Fail,
    states.InvalidArgument,
    states.RuntimeException,
)


class Network(Protocol):
    """One network with one input and one output of float32."""

    @property
    def outputs(self) -> int:
        """The size of the output's last axis."""

    def metadata(self, key: str) -> str:
        """A text stored in the model file; raises KeyError where it has none."""

    def run(self, batch: NDArray[np.float32], /) -> NDArray[np.float32]:
        """The network's output for one batch; raises EngineError (`model_failed`)."""


def open_network(path: Path, runtime: Runtime, *, lean: bool = False) -> Network:
    """The network in a file, evaluated by `runtime`; `lean` where rewriting it saves work.

    Raises UsageError (`runtime_missing`) where OpenVINO is asked for and not installed.
    """
    if runtime == "onnxruntime":
        return Session(path, lean=lean)
    require_runtime(runtime)
    from ocr.openvino_sessions import OpenVinoSession  # noqa: PLC0415 - optional, and heavy

    return OpenVinoSession(path)


class Session:
    """One network with one input and one output of float32, run on one thread."""

    def __init__(self, path: Path, *, lean: bool = False) -> None:
        self._session = networks_thread().submit(_load, path, lean=lean).result()
        self._input = self._session.get_inputs()[0].name

    @property
    def outputs(self) -> int:
        """The size of the output's last axis."""
        return int(self._session.get_outputs()[0].shape[-1])

    def metadata(self, key: str) -> str:
        """A text stored in the model file; raises KeyError where it has none."""
        return str(self._session.get_modelmeta().custom_metadata_map[key])

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The network's output for one batch.

        Raises EngineError (`model_failed`) where the network can't be evaluated.
        """
        return networks_thread().submit(self._evaluate, batch).result()

    def _evaluate(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            return cast("NDArray[np.float32]", self._session.run(None, {self._input: batch})[0])
        except _FAILURES as error:
            raise EngineError(
                "model_failed",
                what=f"A reading network failed on an input of shape {batch.shape}",
                remedy="read the page again; if it repeats, free memory or use --engine tesseract",
            ) from error


@cache
def networks_thread() -> ThreadPoolExecutor:
    """The one thread in which networks are made and evaluated."""
    # These networks produce many denormal numbers, which make them up to four times slower
    # unless the processor flushes them to zero. onnxruntime and OpenVINO set that mode in the
    # thread that makes the first session; a thread of their own keeps it from everything else.
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="networks")


def _load(path: Path, *, lean: bool) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # More threads spin against each other; pages are read in parallel instead.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Without an arena the layers' memory comes from the system anew for each batch, which costs
    # half as much CPU again.
    options.enable_cpu_mem_arena = True
    # Shapes differ from batch to batch, so patterns of memory use would only pile up.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    providers = ["CPUExecutionProvider"]
    if not lean:
        return onnxruntime.InferenceSession(str(path), options, providers=providers)
    session = onnxruntime.InferenceSession(_leaner(path), options, providers=providers)
    # Rewriting held the network several times over.
    give_back()
    return session


def _leaner(path: Path) -> bytes:
    from ocr.lean_network import leaner  # noqa: PLC0415 - heavy, and of one network alone

    return leaner(path.read_bytes())
