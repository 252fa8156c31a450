"""The only door to the outside: HTTP, guarded against private addresses, bombs and endless replies."""
