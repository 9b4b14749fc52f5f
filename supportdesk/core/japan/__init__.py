"""What every room must know of Japan: its letters, telephone numbers, calendar, and the My Number to be kept out.

Pure functions; nothing here reads the clock, the database or the network.
"""
