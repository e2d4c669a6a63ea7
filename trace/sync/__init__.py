"""Sync: what phones recorded in the hills comes in as signed operations, each answered with a receipt that stays (docs/adr/0008).

Nouns: operation, exchange, receipt, conflict, pack, photo. Verbs: receive, apply, hold, release, resolve, discard.
"""
