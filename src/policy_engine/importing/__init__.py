"""Rules that others wrote in forms of their own, read into rule files and scenarios."""
