"""Venues and their rooms, and which supporters help where."""
