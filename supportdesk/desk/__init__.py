"""Help requests: the trouble somebody brings by telephone or to the counter, and what came of it."""
