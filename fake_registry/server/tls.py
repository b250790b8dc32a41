"""Certificates for serving over TLS: made on the spot, or the user's own. Imported only where TLS is asked for."""

import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1", "*.azurecr.io", "*.azurecr.us", "*.azurecr.cn")
"""What every generated certificate is good for: this machine and the login server of any registry, NAME.azurecr.io."""


@dataclass(frozen=True)
class Certificates:
    """A server's key and certificate, and what a client needs to trust them.

    Making them takes milliseconds and the first import of trustme some 100 more: keep one object for many servers.
    """

    ca_pem: bytes
    """The certificate that a client is to trust."""
    chain_and_key_pem: bytes = field(repr=False)
    """The server's certificate, those between it and the CA, and its private key."""

    @classmethod
    def generate(cls, names: Iterable[str] = ()) -> Self:
        """Make a CA and a certificate signed by it, for `LOCAL_NAMES` and further host names or IP addresses."""
        import trustme

        ca = trustme.CA(organization_name="fake-registry")
        leaf = ca.issue_cert(*dict.fromkeys([*LOCAL_NAMES, *names]), organization_name="fake-registry")
        return cls(ca.cert_pem.bytes(), leaf.private_key_and_cert_chain_pem.bytes())

    @classmethod
    def load(cls, cert: str | os.PathLike[str], key: str | os.PathLike[str]) -> Self:
        """Read a certificate (or a chain, the server's first) and its unencrypted private key, both PEM.

        `ca_pem` is then the whole certificate file: right for a self-signed one and for a chain that ends in its root.
        Raises `OSError` for a file that cannot be read, its subclass `ssl.SSLError` for a pair that does not work.
        """
        chain = Path(cert).read_bytes()
        certificates = cls(chain, chain.rstrip() + b"\n" + Path(key).read_bytes())
        _ = certificates.server_context
        return certificates

    def write_ca(self, path: str | os.PathLike[str]) -> Path:
        """Write the PEM file that clients are given: `verify=`, `REQUESTS_CA_BUNDLE`, `SSL_CERT_FILE`, `--cacert`."""
        target = Path(path)
        target.write_bytes(self.ca_pem)
        return target

    @cached_property
    def server_context(self) -> ssl.SSLContext:
        """The server's side of TLS. One context serves any number of servers and threads."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        # Tickets leave right after the handshake: to a client that has hung up by then they are a reset of the answer.
        context.num_tickets = 0
        with TemporaryDirectory(prefix="fake-registry-") as folder:  # OpenSSL takes keys from files only
            path = Path(folder, "chain-and-key.pem")
            path.write_bytes(self.chain_and_key_pem)
            # Without a password OpenSSL would ask the terminal for that of an encrypted key, and wait.
            context.load_cert_chain(path, password="")
        return context
