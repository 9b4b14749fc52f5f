"""Who is told what, when and by which way, derived from the bookings at every tick; and the words that are said."""
