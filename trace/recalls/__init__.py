"""Incidents with a report clock, recalls followed to the last kilogram, questions along the chain, mock recalls.

Reaches down to consumers' complaints and scans, labels, the nursery and the ledger; the holds themselves stay in the ledger (docs/adr/0021).
"""
