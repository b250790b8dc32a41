"""Speed and memory against targets, next to other registries: `python -m benchmarks`. Nothing here is a test."""
