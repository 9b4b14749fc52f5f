"""Who is told what, when and by which way, derived from the bookings at every tick; and the words that are said.

A booking, an offer, a drawn entry or a duty asks for steps (asked.py, offered.py, drawn.py, on_duty.py; rules.py has
their words, chain_rules.py their order), and the plan brings the outbox to them (planning.py). Beside it, each with
files of its own name: change (a lesson that moved or is cancelled), wording (what is said), dialogue (the keys of our
calls), inbound (calls and texts that come in), light (the truth about a reminder), trial (連絡テスト), paper (cards and
FAX sheets).
"""
