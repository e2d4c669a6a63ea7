"""Imports: tables and maps from outside become records, row by row, with a reason for every cell that will not do.

Nouns: table, kind, column, import run. Verbs: :func:`services.receive`, :func:`services.check`, :func:`services.apply`, :func:`services.undo`.
"""
