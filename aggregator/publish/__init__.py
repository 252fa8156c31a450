"""Editions to bytes, bytes to the world: pure writers, the gate that checks their documents, and the sink."""
