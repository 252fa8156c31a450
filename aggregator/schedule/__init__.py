"""The ticker: when the use cases run by themselves, and the process that holds them together."""
