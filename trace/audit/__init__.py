"""Audit: every write is an *operation* with a permission, one transaction and a trail that cannot be edited.

Nouns: operation, audit entry, leaf. Verbs: :func:`operation`, :func:`record_refusal`, :func:`verify_entries`.
"""

from trace.audit.operation import Operation, operation, record_refusal, record_system

__all__ = ["Operation", "operation", "record_refusal", "record_system"]
