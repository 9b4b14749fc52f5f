"""Who works here: users, roles, sign-in, web sessions, one-time codes. Volunteers' duties are in people and places."""
