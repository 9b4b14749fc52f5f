"""What happens to the office's branches."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from ..core import history
from ..core.access import Actor
from ..core.db import db
from ..core.edits import apply, at_field, fitting, for_editing
from ..core.errors import Refusal
from . import setting_rules
from .models import Branch


@dataclass(frozen=True)
class BranchData:
    name: str
    telephone: str = ""
    hours: str = ""
    address: str = ""
    landmark: str = ""
    sort_order: int = 0


def add_branch(data: BranchData, *, by: Actor, now: datetime) -> Branch:
    """Raises Refusal with the field at fault."""
    branch = Branch()
    _save(branch, data)
    history.record("branch.added", f"branch:{branch.id}", by=by, now=now, name=branch.name)
    return branch


def edit_branch(branch_id: int, data: BranchData, version: int, *, by: Actor, now: datetime) -> Branch:
    """Raises NotFound, ChangedMeanwhile, Refusal."""
    branch = for_editing(Branch, branch_id, version)
    changed = _save(branch, data)
    if changed:
        history.record(
            "branch.edited", f"branch:{branch.id}", by=by, now=now, version=branch.version, changed=changed
        )
    return branch


def close_branch(branch_id: int, version: int, *, by: Actor, now: datetime) -> Branch:
    """It is named to nobody any more, and stays in the record. Raises NotFound, ChangedMeanwhile."""
    return _switch(branch_id, version, now, "branch.closed", by=by, now=now)


def reopen_branch(branch_id: int, version: int, *, by: Actor, now: datetime) -> Branch:
    """Raises NotFound, ChangedMeanwhile."""
    return _switch(branch_id, version, None, "branch.reopened", by=by, now=now)


def _switch(
    branch_id: int, version: int, closed_at: datetime | None, action: str, *, by: Actor, now: datetime
) -> Branch:
    branch = for_editing(Branch, branch_id, version)
    if (branch.closed_at is None) != (closed_at is None):
        branch.closed_at = closed_at
        db.session.flush()
        history.record(action, f"branch:{branch.id}", by=by, now=now, version=branch.version)
    return branch


def _save(branch: Branch, data: BranchData) -> dict[str, Any]:
    values = fitting(Branch, asdict(data), needed=("name",))
    with at_field("telephone"):
        values["telephone"] = setting_rules.telephone(values["telephone"]) if values["telephone"] else ""
    with at_field("sort_order"):
        values["sort_order"] = setting_rules.number(0, 999)(values["sort_order"])
    try:
        with db.session.begin_nested():
            changed = apply(branch, values)
            db.session.add(branch)
    except IntegrityError:
        raise Refusal("There is a branch of that name already.", code="branch-exists", field="name") from None
    return changed
