"""Property tests for any OCI registry, over raw HTTP."""
