"""Run the command line as ``python -m matcher``."""

from __future__ import annotations

from matcher.cli.main import main

if __name__ == "__main__":
    main()
