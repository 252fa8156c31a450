"""Bytes to `ParsedFeed`: what a publisher said, in any format and of any quality, with nothing decided yet."""
