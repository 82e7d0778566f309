"""The readings of a rule; none knows another."""
