"""The party register deepened: dated roles and memberships, people of households, decisions on duplicates, fuller titles.

On SQLite ``party`` and ``title`` are built anew, because a CHECK changes; the runner has foreign keys switched off meanwhile.
"""

from trace.db.ddl import run_sql
from trace.db.triggers import append_only


def up(migrator, db):
    run_sql(db, __file__)
    append_only(db, "duplicate_decision")


def down(migrator, db):
    run_sql(db, __file__.replace(".py", "_down.py"))
