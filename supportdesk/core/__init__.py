"""What every room stands on: database, clock, chance, access, history, Japanese text. No noun of the trade."""
