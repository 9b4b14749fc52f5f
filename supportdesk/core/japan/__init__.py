"""What every room must know of Japan: letters, telephone numbers, the calendar, My Numbers to be kept out.

Pure functions; nothing here reads the clock, the database or the network.
"""
