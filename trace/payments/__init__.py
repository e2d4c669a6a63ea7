"""Payments: batches that one person makes and another releases, the bank's files and answers, reconciliation, vouchers.

Nouns: batch, line, payee account, bank template, bank file, statement line. Verbs: make, cancel, release (second factor), hand out the bank's
file, import a return file by line id, import a statement, reconcile. What follows a payment lives here
too: audit findings, clawback, complaints about money. Applications and the ledger are below, in ``funds``; nothing there knows of a batch.
"""
