"""Secrets by reference, read when used (PROTOCOL P-64)."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aggregator.model.source import Secret, Source


class SecretMissingError(Exception):
    """A referenced secret is not there; the message names the reference, never the secret."""


def read_secret(secret: Secret) -> str:
    """The value behind a reference; raises `SecretMissingError`."""
    if secret.env is not None:
        value = os.environ.get(secret.env)
        if value is None:
            raise SecretMissingError(f"The environment variable {secret.env} is not set.")
        return value
    try:
        return Path(secret.file or "").read_text("utf-8").removesuffix("\n")
    except (OSError, UnicodeError):
        raise SecretMissingError(f"The secret file {secret.file} cannot be read.") from None


def authorization(source: Source) -> str | None:
    """The value of the Authorization header; None: the source needs none. Raises `SecretMissingError`."""
    if source.bearer is not None:
        return f"Bearer {read_secret(source.bearer)}"
    if source.username is not None:
        password = read_secret(source.password) if source.password is not None else ""
        return _basic(source.username, password)
    parts = urlsplit(source.url)
    if parts.username is None:
        return None
    return _basic(unquote(parts.username), unquote(parts.password or ""))


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port (RFC 6454 section 4)."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or ""), parts.port or (443 if parts.scheme == "https" else 80)


def may_see_secrets(url: str, declared: str) -> bool:
    """Whether `url` is of the declared url's origin, or the same host grown from http to https on the usual ports."""
    one, other = origin(url), origin(declared)
    return one == other or (one == ("https", other[1], 443) and other == ("http", other[1], 80))
