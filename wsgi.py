"""The WSGI entry point; also what ``flask --app wsgi`` loads."""

import sys
from pathlib import Path

# The package is called like a standard-library module: our own folder must come first on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from trace.app import create_app

app = create_app()
