"""The desks: where each role lands, what waits there; the public front page; health; the trail; background jobs.

Reads every domain, writes none.
"""
