from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from flask_security import RoleMixin, UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.access import Role
from ..core.db import Base, UTCDateTime, Versioned, words


class UserRole(Base, RoleMixin):
    """One role of one user. The sign-in library asks for objects with a name."""

    __tablename__ = "user_role"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[Role] = mapped_column(words(Role), primary_key=True)


class User(Versioned, Base, UserMixin):
    """Somebody who may sign in, between the first and the last day. `username` is kept in lower case."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    password: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    language: Mapped[str] = mapped_column(sa.String(8), default="ja")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    roles: Mapped[list[UserRole]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def email(self) -> str:
        """The sign-in library's own pages read an e-mail address; nobody has one here."""
        return self.username

    @property
    def role_set(self) -> frozenset[Role]:
        return frozenset(role.name for role in self.roles)


class WebSession(Base):
    """One browser that is signed in (or about to be). Only the SHA-256 of the cookie is kept."""

    __tablename__ = "web_session"

    id_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    data: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class OneTimeCode(Base):
    """A code handed over by an administrator with which a person chooses a password. Only its Argon2 hash is kept."""

    __tablename__ = "one_time_code"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(sa.String(255))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


class SignInThrottle(Base):
    """Failed tries by one key (`user:hash` or `network:address hash`), shared by all workers."""

    __tablename__ = "sign_in_throttle"

    key: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    failures: Mapped[int]
    last_failure_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ApiToken(Base):
    """What a program may do, through its last day. Only the SHA-256 of the token is kept."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60), unique=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    roles: Mapped[list[str]] = mapped_column(sa.JSON)
    scopes: Mapped[list[str]] = mapped_column(sa.JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_day: Mapped[date | None]
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
