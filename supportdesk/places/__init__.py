"""Venues and their rooms, when they are open, the permits to use them, and which supporters help where; things that
are taken along to a lesson."""
