"""Public money: programmes, applications, publicity, payments and the ledger in fen.

Nouns: programme, budget, transfer, application, step, duty, field record, notice, objection, payment batch. Verbs: draft, publish and fund a
programme; submit, verify, review, publicise, approve and pay an application. Nobody acts twice in one application.
"""
