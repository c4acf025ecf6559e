"""Arrow's compute functions and arrays under names without static types.

The published stubs know neither chunked columns in kernels nor arrays made of numpy ones;
columns are checked where they enter instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

if TYPE_CHECKING:
    from collections.abc import Callable

Column: TypeAlias = Any
Table: TypeAlias = Any

pc: Any = pyarrow.compute
pq: Any = pyarrow.parquet
read_parquet: Callable[..., pa.Table] = pyarrow.parquet.read_table
array: Any = pa.array
table: Callable[..., pa.Table] = pa.table
nulls: Any = pa.nulls
chunked: Any = pa.chunked_array


def whole(column: Column) -> Column:
    """A column in one piece."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
