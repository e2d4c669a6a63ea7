"""Supervision (opinion part 七, domain brief §6.6 and §6.8): inspections, rectification with deadlines and recheck, year-end scores.

Nouns: inspection, finding (整改事项), step, late mark, evaluation, scheme, score run. Verbs: plan, visit, find, issue, report, recheck, circulate, score.
A finding answers to one township. Without a county authorisation its paper is a 提示函: advice, no penalty clock (L233).
"""
