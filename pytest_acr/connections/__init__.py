"""Clients, transports and credentials of one registry, made when they are first asked for."""
