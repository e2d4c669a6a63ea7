"""A process that has imported the platform once and forks a fresh server from it at each line it reads, so that a hundred starts are cheap.

Each server is a real process with its own application, pool and threads, serving over a real socket; it says its pid and is killed from outside.
"""

from __future__ import annotations

import logging
import os
import sys

from werkzeug.serving import run_simple

from trace.app import create_app


def main() -> None:
    """Fork a server on the port given for each line on standard input."""
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            logging.getLogger("werkzeug").disabled = True
            run_simple("127.0.0.1", int(sys.argv[1]), create_app(), threaded=True)
            os._exit(1)
        print(child, flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
