"""Decisions kept in a log that can be checked by strangers: appended, proved, verified, decided again."""
