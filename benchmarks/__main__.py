"""``python -m benchmarks NAME [OPTIONS]`` runs the benchmark in the module of that name; without a name, lists them."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main(arguments: list[str]) -> int:
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    if not arguments or arguments[0] not in names:
        print(f"one of: {', '.join(names)}", file=sys.stderr)
        return 2
    sys.argv = [f"benchmarks {arguments[0]}", *arguments[1:]]
    result: int = import_module(f"benchmarks.{arguments[0]}").main()
    return result


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
