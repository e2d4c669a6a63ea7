"""The tamper-evident log: every entry of the trail becomes a leaf of one Merkle tree whose signed roots are public.

Names and rules: RFC 9162 hashing, C2SP tlog-tiles and tlog-checkpoint. docs/adr/0007 says what the log proves and what it does not.
"""
