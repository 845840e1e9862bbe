"""How a client knows its coordinator and shows who it is: TLS and the token."""

from __future__ import annotations

import os
import ssl
from typing import Optional


def tls_context(
    ca: Optional[str] = None, certificate: Optional[str] = None, key: Optional[str] = None
) -> ssl.SSLContext:
    """A context for `tls=`: believes the authorities of the file `ca`, or the system's without one. `certificate` and
    `key` are the client's own, for coordinators that ask clients for one; files in PEM form."""
    if (certificate is None) != (key is None):
        raise ValueError("a client's certificate and its key go together; name both or none")
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


def resolve_token(token: Optional[str]) -> Optional[str]:
    """The token that is given, or the variable COORDINATOR_API_KEY. What is refused is never shown."""
    text = os.environ.get("COORDINATOR_API_KEY", "") if token is None else token
    if not text:
        return None
    if not all("!" <= character <= "~" for character in text):
        raise ValueError("the token has blanks, line ends or other characters that no token has")
    return text
