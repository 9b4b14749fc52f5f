"""Who works here: users, roles, sign-in, web sessions, one-time codes. Volunteers' duties are in people and
places.

There is no e-mail: whoever forgot a password gets a one-time code from an administrator, by hand. A second
factor and passkeys will stand between `sign_in.SignInForm` and the session; nothing here takes a password for
enough.
"""
