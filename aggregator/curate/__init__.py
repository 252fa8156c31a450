"""Stories -> selections per topic -> editions: queries, matching, licence policy, editors' acts, explanation. Pure."""
