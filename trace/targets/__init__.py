"""Toward 2030: the county's goals with their source text, plan records of townships, progress computed from the register.

Every figure is a query whose rows can be opened; sums are sums of those rows and nothing else.
Nouns: indicator, county goal, plan record, progress. Verbs: plan, report.
"""
