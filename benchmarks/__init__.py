"""Measures, never tests: each prints a table, with the machine's own limit taken in the same run, and says how.

`make bench` runs all of them and writes docs/benchmarks.md; `python -m benchmarks.booking --help` is one alone. Ratios
can be compared between machines, absolute figures cannot.
"""
