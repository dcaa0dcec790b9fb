"""The command `ledger` without installing it: `python cli.py ...` is the same program."""

from __future__ import annotations

import sys

try:
    from ledger.commands import main
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is not installed here: run ./dev setup, then .venv/bin/python cli.py")

if __name__ == "__main__":
    sys.exit(main())
