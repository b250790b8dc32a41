"""Certificates for serving over TLS: generated, or the user's own. Imported only if TLS is used."""

import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from fake_registry.arguments import check_arguments, items_of

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1", "*.azurecr.io", "*.azurecr.us", "*.azurecr.cn")
"""The names in every generated certificate: this machine, and the login server of any registry."""


@dataclass(frozen=True)
class Certificates:
    """The key and certificate of a server, and the CA certificate for its clients.

    Generating them takes milliseconds, and the first import of trustme another 100. One object can
    be used for many servers.
    """

    ca_pem: bytes
    """The certificate for clients to trust."""
    chain_and_key_pem: bytes = field(repr=False)
    """The server's certificate, the intermediate ones, and the private key."""

    @classmethod
    @check_arguments
    def generate(cls, names: Iterable[str] = ()) -> Self:
        """Return a new CA and a certificate signed by it, for this machine, the login server of any
        registry, and the host names or IP addresses `names`."""
        import trustme

        hosts = items_of("names", names, str)
        ca = trustme.CA(organization_name="fake-registry")
        all_names = dict.fromkeys([*LOCAL_NAMES, *hosts])
        leaf = ca.issue_cert(*all_names, organization_name="fake-registry")
        return cls(ca.cert_pem.bytes(), leaf.private_key_and_cert_chain_pem.bytes())

    @classmethod
    @check_arguments
    def load(cls, cert: str | os.PathLike[str], key: str | os.PathLike[str]) -> Self:
        """Return the certificate in the file `cert` and its unencrypted private key, both PEM.

        The file may hold a chain that starts with the server's certificate. `ca_pem` is the whole
        file, so clients can trust a self-signed certificate or a chain that ends in its root.
        Raises `OSError` for a file that cannot be read, and its subclass `ssl.SSLError` for a key
        or certificate that is invalid or does not fit the other.
        """
        chain = Path(cert).read_bytes()
        certificates = cls(chain, chain.rstrip() + b"\n" + Path(key).read_bytes())

        _ = certificates.server_context
        return certificates

    def write_ca(self, path: str | os.PathLike[str]) -> Path:
        """Write the PEM file for clients to trust, and return its path.

        Clients take it as `verify=`, `REQUESTS_CA_BUNDLE`, `SSL_CERT_FILE` or `--cacert`.
        """
        target = Path(path)
        target.write_bytes(self.ca_pem)
        return target

    @cached_property
    def server_context(self) -> ssl.SSLContext:
        """The server's TLS context, for any number of servers and threads."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        # Tickets are sent right after the handshake. If the client has closed by then, the system
        # resets the connection, and the client may lose the answer.
        context.num_tickets = 0
        # The end of TCP is the end of TLS, and no error for which OpenSSL would send an alert. HTTP
        # has lengths. `ServedConnection.finish` makes OpenSSL read such an end.
        context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF
        with TemporaryDirectory(
            prefix="fake-registry-",
        ) as folder:  # OpenSSL takes keys from files only
            path = Path(folder, "chain-and-key.pem")
            path.write_bytes(self.chain_and_key_pem)
            # without `password` OpenSSL prompts on the terminal for the one of an encrypted key
            context.load_cert_chain(path, password="")

        return context
