"""The fault sweep: a run is repeated with each failure that each of its calls can have."""
