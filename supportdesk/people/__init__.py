"""Residents and how to reach them: names, addresses, numbers, family, wishes, consent, needs; and the supporters."""
