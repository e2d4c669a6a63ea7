"""EFFECTS. What public money and reported areas really came to, read from the books and the registers; writes nothing.

Nouns: four numbers (claimed, drawn, planted by seedlings, verified — feature X2), way of the money (yuan → 亩 → kg → packs → scans →
complaints — X8), performance report (domain brief §0.4), open awards (360Giving, individuals anonymous — H6, L4).
Every figure is a sum of records that can be opened; every page takes a fixed number of statements, however large the register.
"""
