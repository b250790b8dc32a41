"""Transports for azure-core and requests: to registries in this process, and over sockets."""
