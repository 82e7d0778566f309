"""Dated rows by period and member."""
