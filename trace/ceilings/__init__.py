"""CEILINGS. What trees can bear bounds what may be sold as theirs: seedlings → trees → kilograms → batches → labels (feature X1).

Nouns: chain (the arrows of one lot, each with two figures), season (one plot, one part, one year), override (who let an arrow pass, why,
until when). Verbs: explain a lot, require that it is explained, grant and withdraw an override. Reads the nursery, the land, the field,
the ledger and the plants; writes only overrides. Labels call down here before codes are reserved.
"""
