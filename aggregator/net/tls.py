"""TLS contexts and what went wrong with them (PROTOCOL P-59)."""

from __future__ import annotations

import ssl
from functools import cached_property


class TlsContexts:
    """One context that verifies and one that does not, each made when first needed."""

    def __init__(self, trusted: ssl.SSLContext | None = None) -> None:
        self._trusted = trusted

    def get(self, *, verify: bool) -> ssl.SSLContext:
        return self._verifying if verify else self._blind

    @cached_property
    def _verifying(self) -> ssl.SSLContext:
        context = self._trusted or ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        return context

    @cached_property
    def _blind(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["http/1.1"])
        return context


def tls_sentence(host: str, error: ssl.SSLError | ssl.CertificateError) -> str:
    """One sentence for the operator."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate of {host} was not accepted: {error.verify_message}."
    words = (getattr(error, "reason", None) or "handshake failure").replace("_", " ").lower()
    return f"No TLS connection to {host}: {words}."
