"""Rules put to the proof: scenarios, coverage, mutation, audit, lint, drafts."""
