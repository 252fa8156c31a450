"""A feed aggregator and publisher that keeps attribution and licences intact.

The way of an entry, which the rooms of this package follow in order::

    Source --claim--> FetchOutcome --> ParsedFeed --> Article --> Story --> Selection --> Edition --> bytes
            schedule/      fetch/       parse/    normalise/   dedupe/    curate/      publish/    publish/

``pipeline/`` calls the stages in order and ``store/`` between them; the stages do not know each other and share
only the nouns of ``model/``.
"""

__version__ = "0.1.0"
