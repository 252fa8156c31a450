"""Labelled near copies made from our own prose: every item is a function of the seed."""
