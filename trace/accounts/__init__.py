"""Accounts: who may sign in, with which roles, for which party and townships.

Nouns: user, session, token, sign-in attempt, device (a phone). Verbs: sign in, sign out, create, disable, reset, issue a token; register,
renew and revoke a device.
"""
