"""Support desk: a municipality's help desk for residents who are lost with smartphones and My Number Cards.

Imports nothing, so that a test of rules loads without Flask. The rooms and their order are in docs/house.md.
"""
