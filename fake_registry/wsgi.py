"""What our apps and whatever runs them (a socket server, an in-process transport) agree on beyond PEP 3333."""


class ConnectionDropped(Exception):
    """The fault injector wants the peer to see the connection break here.

    Raised by an app, or while the body of its response is iterated.
    """
