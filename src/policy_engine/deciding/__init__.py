"""One case decided: facts, the situation they make, statuses and values, the outcome."""
