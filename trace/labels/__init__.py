"""Labels: runs of public codes for packs, their sheets, activation and voiding.

A run of a million codes is one row: serial numbers are a block, codes are computed. Nouns: label run, code, unit. Verbs: make, activate, void.
"""
