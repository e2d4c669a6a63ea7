"""Pesticides: what the county has loaded about products, labels, bans and limits, and the rules P1–P9 that read it.

Nouns: product, label scope, banned active, limit (MRL), food path, organic input. Verbs: load, retire, look up, judge.
No rate, interval or limit stands in the code: without loaded tables every answer says so in words.
"""
