"""Loquat Trace: one ledger from seedling to label, for the tupipa industry of Hengnan county.

The package shares its name with a standard-library module and therefore runs from the repository root; see ``wsgi.py``.
"""

import sys

import pysqlite3
from pysqlite3 import dbapi2

# One SQLite build per process: a second build opening the same file would drop the first one's locks.
sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = dbapi2

__version__ = "0.1.0"
