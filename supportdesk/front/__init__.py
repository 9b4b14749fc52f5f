"""Pages that look across rooms: 受付, きょう, a person's page, what would go out, what needs a person, health."""
