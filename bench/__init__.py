"""Benchmarks: what lists, gets and writes cost beside the limit, a loop by hand, and other people's clients."""
