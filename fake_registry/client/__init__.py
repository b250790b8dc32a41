"""The client side of a registry, without I/O."""
