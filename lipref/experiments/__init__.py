"""Experiments: one module per table or figure; each has a `run` that returns a dictionary fit for JSON."""
