"""Tests of digests: choosing, freezing, writing and sending issues."""
