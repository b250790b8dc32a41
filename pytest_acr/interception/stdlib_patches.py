"""The patches of `socket` and `ssl`.

requests, urllib, urllib3, httpx, aiohttp and asyncio build on these two modules.
"""

import socket
import ssl
from typing import Any, Final

from pytest_acr.interception.ca_bundles import is_shared_bundle
from pytest_acr.interception.patching import Interceptor, Patch


def _getaddrinfo(interceptor: Interceptor, original: Any) -> Any:
    def getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        found = original(interceptor.host_to_resolve(host), port, *args, **options)
        interceptor.record_addresses(host, (str(entry[4][0]) for entry in found))
        return found

    return getaddrinfo


def _resolve_name(interceptor: Interceptor, original: Any) -> Any:
    def resolve_name(host: Any) -> Any:
        return original(interceptor.host_to_resolve(host))

    return resolve_name


def _look_up_address(interceptor: Interceptor, original: Any) -> Any:
    def look_up_address(address: Any, *args: Any) -> Any:
        host = address[0] if isinstance(address, tuple) else address
        interceptor.check_lookup(host)
        return original(address, *args)

    return look_up_address


def _connect(interceptor: Interceptor, original: Any) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        return original(self, _address_to_connect(interceptor, self, address))

    return connect


def _sendto(interceptor: Interceptor, original: Any) -> Any:
    def sendto(self: socket.socket, *args: Any) -> Any:
        *before, address = args
        if address is not None and len(args) > 1:
            address = _address_to_connect(interceptor, self, address)
        return original(self, *before, address)

    return sendto


def _address_to_connect(interceptor: Interceptor, connection: socket.socket, address: Any) -> Any:
    try:
        return interceptor.address_to_connect(address)
    except RuntimeError:
        connection.close()  # a caller that expects an OSError leaves it open
        raise


def _wrap_socket(interceptor: Interceptor, original: Any) -> Any:
    def wrap_socket(
        self: ssl.SSLContext,
        sock: Any,
        server_side: Any = False,  # noqa: FBT002  the signature is Python's
        do_handshake_on_connect: Any = True,  # noqa: FBT002
        suppress_ragged_eofs: Any = True,  # noqa: FBT002
        server_hostname: Any = None,
        session: Any = None,
    ) -> Any:
        context = interceptor.context_for(self, server_hostname)
        if context is not self:
            session = None  # a session belongs to the context that it was made with
        return original(
            context,
            sock,
            server_side,
            do_handshake_on_connect,
            suppress_ragged_eofs,
            server_hostname,
            session,
        )

    return wrap_socket


def _wrap_bio(interceptor: Interceptor, original: Any) -> Any:
    def wrap_bio(
        self: ssl.SSLContext,
        incoming: Any,
        outgoing: Any,
        server_side: Any = False,  # noqa: FBT002  the signature is Python's
        server_hostname: Any = None,
        session: Any = None,
    ) -> Any:
        context = interceptor.context_for(self, server_hostname)
        if context is not self:
            session = None  # as above
        return original(context, incoming, outgoing, server_side, server_hostname, session)

    return wrap_bio


def _load_file(interceptor: Interceptor, original: Any) -> Any:
    def load_verify_locations(self: ssl.SSLContext, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        def load(context: ssl.SSLContext) -> None:
            original(context, cafile, capath, cadata)

        is_bundle_alone = not capath and not cadata and is_shared_bundle(cafile)
        if not (is_bundle_alone and interceptor.defer_load(self, load)):
            load(self)

    return load_verify_locations


def _load_default(interceptor: Interceptor, original: Any) -> Any:
    def load_default_certs(self: ssl.SSLContext, purpose: Any = ssl.Purpose.SERVER_AUTH) -> None:
        def load(context: ssl.SSLContext) -> None:
            original(context, purpose)

        if not interceptor.defer_load(self, load):
            load(self)

    return load_default_certs


def _inspect_context(interceptor: Interceptor, original: Any) -> Any:
    def inspect_context(self: ssl.SSLContext, *args: Any, **options: Any) -> Any:
        interceptor.load_deferred(self)
        return original(self, *args, **options)

    return inspect_context


STDLIB_PATCHES: Final = (
    Patch(socket, "getaddrinfo", _getaddrinfo),
    Patch(socket, "gethostbyname", _resolve_name),
    Patch(socket, "gethostbyname_ex", _resolve_name),
    Patch(socket, "gethostbyaddr", _look_up_address),
    Patch(socket, "getnameinfo", _look_up_address),
    Patch(socket.socket, "connect", _connect),
    Patch(socket.socket, "connect_ex", _connect),
    Patch(socket.socket, "sendto", _sendto),
    Patch(ssl.SSLContext, "wrap_socket", _wrap_socket),
    Patch(ssl.SSLContext, "wrap_bio", _wrap_bio),
    Patch(ssl.SSLContext, "load_verify_locations", _load_file),
    Patch(ssl.SSLContext, "load_default_certs", _load_default),
    Patch(ssl.SSLContext, "get_ca_certs", _inspect_context),
    Patch(ssl.SSLContext, "cert_store_stats", _inspect_context),
)
