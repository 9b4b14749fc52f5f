"""Courses (the syllabus), lessons (one dated occurrence), their seats, holds and bookings."""
