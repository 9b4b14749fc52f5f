"""Everything that leaves the house: outbox, delivery, status, the sending hold, the practice telephone.

Knows neither resident nor lesson: a message has a number, the opaque keys `recipient` and `about`, a matter and a step.
"""
