"""What roles are called on pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..core.access import Role

ROLE = {
    Role.ADMIN: _l("Administrator (people and settings)"),
    Role.STAFF: _l("Desk staff (residents, bookings, requests)"),
    Role.COORDINATOR: _l("Coordinator (lessons, rota, lists)"),
    Role.MANAGER: _l("Manager (figures, lists, releases)"),
    Role.VOLUNTEER: _l("Supporter (day sheet only)"),
    Role.AUDITOR: _l("Auditor (history only)"),
}
