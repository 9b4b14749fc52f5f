"""The volunteers' tablet: day sheet, attendance, walk-ins, and the record of what was practised."""
