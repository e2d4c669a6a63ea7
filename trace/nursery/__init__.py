"""Nurseries: where seed comes from, how seedlings grow, leave, and become stands. Seedling lots live in the one ledger, counted in plants.

Nouns: accession, seedling lot, phase, paper, dispatch, planting. Verbs: sow, take in, advance, lose, mix, split, graft, dispatch, plant, undo.
Source: 种子法 and 林木种子包装和标签管理办法 (domain brief §1.4, §2.8).
"""
