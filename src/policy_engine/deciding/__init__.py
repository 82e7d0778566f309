"""One case decided: facts, the situation they make, findings with reason and remedy, the outcome."""
