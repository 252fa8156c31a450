"""The namespaces that our documents speak, under the prefixes that readers expect (PROTOCOL B-36)."""

from __future__ import annotations

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
CREATIVE_COMMONS = "http://backend.userland.com/creativeCommonsRssModule"
DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
HISTORY = "http://purl.org/syndication/history/1.0"
MEDIA = "http://search.yahoo.com/mrss/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML = "http://www.w3.org/XML/1998/namespace"
OURS = "https://feed-aggregator.dev/ns/1.0"
"""Written only where a topic asks for explanations: validators warn of namespaces that they do not know."""

FOR_ATOM = {"dcterms": DCTERMS, "fh": HISTORY, "media": MEDIA, "rdf": RDF}
FOR_RSS = {"creativeCommons": CREATIVE_COMMONS, "dc": DC, "dcterms": DCTERMS, "fh": HISTORY, "media": MEDIA, "rdf": RDF}
FOR_READERS_OF_WHY = {"why": OURS}
