"""What evaluates the readers' networks; importing this loads neither of them.

Chosen once for a process, which tells its reading processes.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal, get_args

from records.errors import UsageError

Runtime = Literal["onnxruntime", "openvino"]
RUNTIMES: tuple[Runtime, ...] = get_args(Runtime)

#: Of the process, not of a context: flows run their steps in threads of their own.
_chosen: list[Runtime] = ["onnxruntime"]


def chosen_runtime() -> Runtime:
    """The runtime of this process."""
    return _chosen[-1]


def choose_runtime(named: str) -> None:
    """Evaluate networks by this runtime from now on.

    Raises UsageError for a name that is none (`unknown_runtime`) and for a runtime that is
    not installed (`runtime_missing`).
    """
    for runtime in RUNTIMES:
        if runtime == named:
            require_runtime(runtime)
            _chosen[:] = [runtime]
            return
    raise UsageError(
        "unknown_runtime",
        what="不认识的推理引擎 · there is no such runtime",
        where=f"BACKFILL_RUNTIME={named}",
        remedy="BACKFILL_RUNTIME=onnxruntime / openvino",
    )


def require_runtime(runtime: Runtime) -> None:
    """Raise UsageError (`runtime_missing`) when a runtime is not installed."""
    if find_spec(runtime) is None:
        raise UsageError(
            "runtime_missing",
            what=f"没有安装 {runtime} · {runtime} is not installed",
            remedy="pip install '.[openvino]'，或去掉 BACKFILL_RUNTIME · or unset BACKFILL_RUNTIME",
        )
