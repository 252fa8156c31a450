"""The use cases: check, poll, match, select, publish, explain, replay. The only hall that knows the stages.

One sweep, read from top to bottom::

    claim what is due                          store
      -> fetch each source                     fetch       (many at once; one per host)
      -> parse, normalise, fingerprint         parse, normalise, dedupe   (pure; in a process pool when there is much)
      -> decide: new, revised, unchanged       normalise   (pure)
      -> compute the next due time             pacing      (pure)
      -> commit all of it in one transaction   store
    match new articles into stories            dedupe, store   (one leased matcher, in the order of ingestion)
    select stories for topics                  curate, store
    build, check and write what changed        curate, publish
"""
