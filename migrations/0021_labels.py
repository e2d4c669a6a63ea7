"""Labels: kinds of codes, key versions, templates as data, claim words, activation by range.

On SQLite ``label_run`` and ``label_unit`` are built anew, because CHECKs change; the runner has foreign keys switched off meanwhile. Going back, carton
labels are lost: the earlier register had no place for them.
"""

from trace.db.ddl import run_sql


def up(migrator, db):
    run_sql(db, __file__)


def down(migrator, db):
    run_sql(db, __file__.replace(".py", "_down.py"))
