"""The nouns: frozen dataclasses and nothing else. Every instant is aware UTC; every id is a `NewType`."""
