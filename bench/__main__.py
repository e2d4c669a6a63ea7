"""``python -m bench [--quick]``: run every benchmark, print the table, write bench/results.json."""

from __future__ import annotations

import sys

from bench import consumer_page, imports, labels, operations, overlap, payments, progress, sync, trace_walk
from bench.harness import report


def main() -> None:
    """Five rounds, or two with ``--quick``."""
    rounds = 2 if "--quick" in sys.argv else 5
    report(
        [
            *trace_walk.run(rounds),
            *operations.run(rounds),
            *consumer_page.run(rounds),
            *labels.run(rounds),
            *imports.run(rounds),
            *overlap.run(rounds),
            *sync.run(rounds),
            *payments.run(rounds),
            *progress.run(rounds),
        ]
    )


if __name__ == "__main__":
    main()
