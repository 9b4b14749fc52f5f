"""A made-up town lives through many days of the real product, and an account at the end must balance.

`world` plays the days: callers, clerks, the telephone network and its troubles, with the clock moved. `diary` is what
the world outside wrote down meanwhile. `account` holds the diary against the database, in plain SQL, with its own
words for what the product promises (`promises`), so that a fault of the product is no fault of its judge.
`python -m tests.simulation --days 100` plays a whole run (docs/soak.md).
"""
