"""What a command shows: lines for people, or JSON for programs."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

from records.errors import ExitStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The result of a command: `text` for people, `data` for programs.

    `many` makes JSON Lines of a list of results.
    """

    text: str
    data: Any
    many: bool = False
    status: ExitStatus = ExitStatus.DONE

    def print(self, *, as_json: bool) -> None:
        """Write the result to stdout."""
        if not as_json:
            lines = [self.text] if self.text else []
        elif self.many:
            lines = [json.dumps(one, ensure_ascii=False) for one in self.data]
        else:
            lines = [json.dumps(self.data, ensure_ascii=False)]
        sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()
