"""``python -m bench [NAME]``: run one benchmark, or all. The last line of each is one JSON object."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent


def names() -> list[str]:
    """``mail.headers`` for ``bench/mail/headers.py``, sorted. A leading underscore hides a file."""
    files = sorted(HERE.glob("*/[!_]*.py"))
    return [".".join(file.relative_to(HERE).with_suffix("").parts) for file in files]


def main(arguments: list[str]) -> int:
    """Exit code 0 when every goal is met, 1 when one is missed, 2 for a name that does not exist."""
    known = names()
    wanted = arguments or known
    if unknown := [name for name in wanted if name not in known]:
        print(
            f"There is no benchmark {', '.join(unknown)}. Choose from: {', '.join(known)}.",
            file=sys.stderr,
        )
        return 2
    met = True
    for name in wanted:
        result = import_module(f"bench.{name}").run()
        print(json.dumps(result.as_json(), ensure_ascii=False), flush=True)
        met = met and all(goal.met for goal in result.goals)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
