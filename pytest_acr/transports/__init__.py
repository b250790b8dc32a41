"""Transports for azure-core and requests: calls in this process, and sockets."""
