"""When to come back: pure functions from what was observed to the next state of a source."""
