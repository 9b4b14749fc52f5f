"""Refusals: what the house says no to, each with a sentence for the person who asked."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A rule said no. `message` is an English message id; pages translate it with `params` filled in.

    `code` is a stable word for programs (`lesson-full`), `field` names the form field at fault, if one is.
    """

    code = "refused"
    status = 409

    def __init__(
        self, message: str, *, code: str | None = None, field: str | None = None, **params: Any
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.params = params
        if code:
            self.code = code


class NotFound(Refusal):
    """There is no such thing, or it is not for this person to know of it."""

    code = "not-found"
    status = 404


class NotAllowed(Refusal):
    """This person may not do this."""

    code = "not-allowed"
    status = 403


class ChangedMeanwhile(Refusal):
    """Somebody else saved first. Carries the version that is there now."""

    code = "changed-meanwhile"

    def __init__(self, message: str = "Somebody else changed this in the meantime.", **params: Any) -> None:
        super().__init__(message, **params)
