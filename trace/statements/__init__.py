"""Statements of townships (domain brief §6.4, L115, L192): quarterly and yearly, pre-filled from the register, signed by the head, checked, locked.

A figure is changed only with a reason and the difference stays; lateness is marked once and for ever; a locked statement is a snapshot with
its hash and is amended only by a numbered correction.
Nouns: statement, line, late mark, sample, snapshot. Verbs: open, fill, sign, return, draw, look, lock, amend.
"""
