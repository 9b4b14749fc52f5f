"""Everything that leaves the house: outbox, delivery, status, the sending hold, the practice telephone.

Knows neither resident nor lesson: a message has a number, the opaque keys `recipient` and `about`, a matter and a step.
It is put into the outbox (outbox.py), gets its turn (spreading.py), is claimed within the caps (caps.py, claims.py),
sent (delivery.py, providers), and followed by callbacks and by asking (reports.py, sweeping.py). A provider in trouble
rests (resting.py); what all of it costs is in cost_queries.py.
"""
