"""Accounts: who may sign in, with which roles, for which party and townships.

Nouns: user, session, token, sign-in attempt. Verbs: sign in, sign out, create, disable, reset, issue a token.
"""
