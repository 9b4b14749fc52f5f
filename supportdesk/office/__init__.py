"""The office itself: districts, topics, branches, closed days, its settings (sender, hours, windows, steps, caps)."""
