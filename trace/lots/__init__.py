"""THE LEDGER. Every quantity of anything is a lot; every change of quantity is an operation with n inputs and m outputs.

Nouns: lot, operation, movement (one signed quantity of one lot in one operation), edge (who went into whom), hold.
Verbs: perform an operation, undo it, place and release a hold, trace backward and forward.

A lot is made by exactly one operation and its inputs exist before it, so the graph has no cycles by construction. Balances are sums of
movements and are kept at or above zero by the database itself.
"""
