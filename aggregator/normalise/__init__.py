"""`ParsedEntry` to `Article`: identity, dates, language, people, clean HTML, images and their credits, licences. Pure."""
