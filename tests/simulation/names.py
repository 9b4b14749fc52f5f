"""The promises by name, as they stand in the account."""

from __future__ import annotations

# Judged at the end (account).
AGREES = "The outbox and the network agree on what left and how it ended"
NOT_TWICE = "Nobody was told the same step twice"
NOT_AFTER = "Nothing left after a cancellation, a move, a stop, or once told"
AS_WISHED = "Everything left by the way, to the number and in the hours that hold"
NOT_WHILE_STOPPED = "Nothing left while sending was stopped"
LEFT_ALONE = "A number that was refused for good was left alone"
KNOWN_STATE = "Every reminder ended in a known state"
SEATS = "Counters, bookings, holds and callers agree on the seats"
HISTORY = "History has every booking, cancellation, move and contact once"
CHAIN = "The chain of history verifies"
NOTED = "Who came, and who was told, is as it was noted"
FITS = "Every request fits the network's own description"

# Seen while the days go by: a list changes, and a page fails, when nobody can look any more at the end.
ON_THE_LIST = "Every miss stands on the list until told or over"
NO_FALSE_ALARM = "Nobody stands on the list without a cause"
YES_AND_NO = "The office says yes and no as its rules say"
JOBS_WENT_WELL = "The jobs went well"
NO_PAGE_FAILED = "No page failed"
ONLY_THE_NETWORK = "Only the network itself is believed"
SEEN_MEANWHILE = (ON_THE_LIST, NO_FALSE_ALARM, YES_AND_NO, JOBS_WENT_WELL, NO_PAGE_FAILED, ONLY_THE_NETWORK)
