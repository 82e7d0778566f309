"""Cases over time: the order of events, deadlines, consequences."""
