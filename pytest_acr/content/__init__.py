"""`ContainerRegistryContentClient`, sync and async, on azure-core alone."""
