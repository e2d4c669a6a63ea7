"""Alerts: one quiet inbox for each role (feature J4). Nothing is sent anywhere: a number beside the name and a page.

Nouns: alert, source, read mark. Verbs: collect (by a job), read. A source is a function over the domains' queries that yields what is
due; one row per subject, which closes by itself when its source no longer names it.
"""
