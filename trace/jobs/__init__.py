"""Background work: a job row written in the caller's transaction, with progress people can watch.

Nouns: job. Verbs: enqueue, run, report progress, cancel.
"""
