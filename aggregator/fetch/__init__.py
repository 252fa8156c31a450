"""HTTP to the sources: conditional requests, redirects by hand, per-host manners, local files, robots."""
