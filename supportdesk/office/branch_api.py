"""Branches of the office, for programs: what the pages do, by the same actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Response

from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import Seen, page_of
from ..core.api.writing import Answer, write
from . import branch_actions as actions
from . import queries
from .branch_actions import BranchData
from .branch_schemas import BranchesAskedSchema, BranchSchema, EditBranchSchema, NewBranchSchema
from .models import Branch

branches = ApiBlueprint("branches", "Branches: where residents find the office besides its main desk")

BRANCH, SEEN = BranchSchema(), Seen()
ONE = "/branches/<int(max=2147483647):branch_id>"


@branches.route("/branches", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:branches")
@branches.arguments(BranchesAskedSchema(), location="query")
@branches.response(200, page_of(BranchSchema))
def list_branches(asked: dict[str, Any]) -> dict[str, Any]:
    """Branches in the order in which they were added."""
    query = sa.select(Branch)
    if not asked["closed"]:
        query = query.where(Branch.closed_at.is_(None))
    return page(query, (Branch.id,), limit=asked["limit"], cursor=asked.get("cursor"))


@branches.route(ONE, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:branches")
@branches.response(200, BRANCH)
def one_branch(branch_id: int) -> Branch:
    """One branch."""
    return queries.branch(branch_id)


@branches.route("/branches", methods=["POST"])
@open_to(Role.MANAGER, scope="write:branches")
@branches.arguments(NewBranchSchema())
@branches.response(201, BRANCH)
def add_branch(sent: dict[str, Any]) -> Response:
    """Add a branch; a second one of that name is refused."""
    return write(lambda by, now: (BRANCH.dump(actions.add_branch(BranchData(**sent), by=by, now=now)), 201))


@branches.route(ONE, methods=["PATCH"])
@open_to(Role.MANAGER, scope="write:branches")
@branches.arguments(EditBranchSchema())
@branches.response(200, BRANCH)
def edit_branch(sent: dict[str, Any], branch_id: int) -> Response:
    """Change a branch as it was in the version named."""
    version = sent.pop("version")

    def act(by: Actor, now: datetime) -> Answer:
        row = queries.branch(branch_id)
        data = replace(BranchData(**{one.name: getattr(row, one.name) for one in fields(BranchData)}), **sent)
        return BRANCH.dump(actions.edit_branch(branch_id, data, version, by=by, now=now)), 200

    return write(act)


@branches.route(f"{ONE}/close", methods=["POST"])
@open_to(Role.MANAGER, scope="write:branches")
@branches.arguments(SEEN)
@branches.response(200, BRANCH)
def close_branch(sent: dict[str, Any], branch_id: int) -> Response:
    """Name it to nobody any more; it stays in the record."""
    return _switch(actions.close_branch, branch_id, sent["version"])


@branches.route(f"{ONE}/reopen", methods=["POST"])
@open_to(Role.MANAGER, scope="write:branches")
@branches.arguments(SEEN)
@branches.response(200, BRANCH)
def reopen_branch(sent: dict[str, Any], branch_id: int) -> Response:
    """Name it again."""
    return _switch(actions.reopen_branch, branch_id, sent["version"])


def _switch(act: Callable[..., Branch], branch_id: int, version: int) -> Response:
    return write(lambda by, now: (BRANCH.dump(act(branch_id, version, by=by, now=now)), 200))
