"""What a rule is, and what it is for a case in which lists are given or names are bounded."""
