"""The office itself: districts, topics, closed days, and its settings (sender, hours, windows, steps, caps)."""
