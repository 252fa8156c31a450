"""Leaf helpers that know no business: urls, HTML, words, XML-safe text, media types, what HTTP says of a path."""
