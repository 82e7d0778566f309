"""The answer for one case, each finding with its reason, margin and remedies, worked out when they are asked for."""
