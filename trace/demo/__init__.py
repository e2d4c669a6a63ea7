"""The demo county: real townships and villages, invented people and firms, the same every time for the same seed.

It goes through the same ledger as everything else, so every invariant holds for it.
"""
