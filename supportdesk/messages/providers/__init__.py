"""How a message leaves the house: one Protocol, Twilio behind it, and the built-in practice telephone.

Nouns: an `Outgoing` is handed to a `Provider`, which answers with a `Receipt`; later a `ReportedStatus`
comes by a signed callback or by asking. No database here, and nothing but `twilio.py` imports the library.
"""
