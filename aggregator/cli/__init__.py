"""The command line: reads arguments, asks a use case of ``pipeline/`` or ``schedule/``, shows what it answers.

Everything heavy is imported inside the commands, so that ``--help`` answers at once.
"""
