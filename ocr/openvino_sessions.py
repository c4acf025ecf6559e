"""The readers' networks on OpenVINO: quicker on Intel's processors, at some more memory.

Optional; imported only where the operator chose it. The same networks, files and numbers
as with onnxruntime, but for rounding.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import openvino

from ocr.sessions import networks_thread
from records.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_SETTINGS = {
    # Pages are read in parallel; more threads would spin against each other.
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "PERFORMANCE_HINT": "LATENCY",
    # Half precision would save time on some processors and change what is read.
    "INFERENCE_PRECISION_HINT": "f32",
    # Shapes differ from batch to batch: kept code of each would only pile up.
    "CPU_RUNTIME_CACHE_CAPACITY": "0",
    "CPU_DENORMALS_OPTIMIZATION": True,
}


class OpenVinoSession:
    """One network with one input and one output of float32, run on one thread."""

    def __init__(self, path: Path) -> None:
        self._model = _core().read_model(str(path))
        compiled = networks_thread().submit(_compiled, self._model).result()
        self._request = compiled.create_infer_request()
        self._output = compiled.outputs[0]

    @property
    def outputs(self) -> int:
        """The size of the output's last axis."""
        return int(self._model.outputs[0].partial_shape[-1].get_length())

    def metadata(self, key: str) -> str:
        """A text stored in the model file; raises KeyError where it has none."""
        try:
            found: str = self._model.get_rt_info(["framework", key]).astype(str)
        except RuntimeError:
            raise KeyError(key) from None
        return found

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The network's output for one batch.

        Raises EngineError (`model_failed`) where the network can't be evaluated.
        """
        return networks_thread().submit(self._evaluate, batch).result()

    def _evaluate(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            found = self._request.infer({0: batch})[self._output]
        except RuntimeError as error:
            raise EngineError(
                "model_failed",
                what=f"A reading network failed on an input of shape {batch.shape}",
                remedy="read the page again; if it repeats, free memory or set "
                "BACKFILL_RUNTIME=onnxruntime",
            ) from error
        # The request's own buffer is filled again by the next batch.
        return np.array(found, dtype=np.float32)


def _compiled(model: openvino.Model) -> openvino.CompiledModel:
    return _core().compile_model(model, "CPU", _SETTINGS)


@cache
def _core() -> openvino.Core:
    return openvino.Core()
