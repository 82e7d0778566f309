"""What everything stands on: errors in two languages, exact values and units, numerals, places in files, whole writes, the cache."""
