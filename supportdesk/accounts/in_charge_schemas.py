"""The shape of who is in charge below /api."""

from __future__ import annotations

from ..core.api.fields import Number
from ..core.api.schemas import ApiSchema


class InChargeSchema(ApiSchema):
    """`seen` is who the caller saw in charge: if it is somebody else by now, nothing is changed. null is nobody."""

    user_id = Number(1, required=True, allow_none=True)
    seen = Number(1, required=True, allow_none=True)
