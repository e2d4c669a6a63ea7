"""From the orchard gate to the pack: dispatch to a plant, receipt, process runs, packing.

Nouns: dispatch, receipt, process run. Verbs: dispatch a lot, receive it, record a run, pack.
"""
