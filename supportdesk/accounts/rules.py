"""Who may sign in, how long a wrong try makes one wait, and which passwords and user names are good."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

from ..core.errors import Refusal
from ..core.japan.calendar import wareki
from ..core.japan.text import clean_line, nfkc

CODE_LASTS = timedelta(hours=24)

# A town hall sits behind one address, so a network may fail more often than an account before it has to wait.
FREE_TRIES_OF_A_USER = 5
FREE_TRIES_OF_A_NETWORK = 25
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
# So long after the last wrong try, the count begins anew.
FORGOTTEN_AFTER = timedelta(hours=12)

NAME_LETTERS = 80
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_HUNG_ON = string.digits + string.punctuation + " "
_LOOKS_LIKE = str.maketrans("013457@$!", "oieastasi")

# A first and a last day (None: no end) of an account.
Term = tuple[date, date | None]

# The heads of what leaked lists show most, and what people in such an office think of first. Together with
# the digits and marks that people hang on them, they cover the lists' entries of twelve characters and more.
_COMMON = frozenset(
    """
    password passw0rd passphrase pass word passpass passwordpassword mypassword newpassword changeme
    changemenow letmein letmeinnow welcome welcomehome administrator administration admin adminadmin root
    rootroot superuser supervisor qwerty qwertyui qwertyuiop qwertyuiopasdf qwertyqwerty asdfghjkl zxcvbnm
    qazwsx qazwsxedc qazwsxedcrfv qweasdzxc qweasd asdfgh asdfasdf zaqwsx iloveyou iloveyousomuch ilovejapan
    sunshine princess football baseball basketball superman batman starwars pokemon pikachu doraemon naruto
    dragon dragonball monkey master shadow michael jennifer computer internet whatever trustno secret
    secretpassword test testtest testing guest guestguest user username login loginlogin default abc abcd
    abcdef abcdefg abcdefgh abcdefghi abcdefghij abcdefghijkl abcdefghijklmn japan nippon nihon tokyo
    nagasaki osaka sakura sakurasakura himawari konnichiwa arigatou arigatougozaimasu ohayou onegaishimasu
    yoroshiku yoroshikuonegaishimasu pasuwado pasuwaado himitsu anshou anshoubangou aikotoba watashi
    aishiteru daisuki shiawase takarajima fujisan fujiyama sumaho sumahosoudan smartphone sumatofon keitai
    denwa supportdesk support helpdesk shiyakusho yakuba yakusho kumiai madoguchi shokuin kanri kanrisha
    mynumber mynumbercard reiwa heisei showa shouwa spring summer autumn winter january february march april
    may june july august september october november december monday tuesday wednesday thursday friday
    saturday sunday
    """.split()  # noqa: SIM905  a hundred quoted words are harder to read and to add to
)
_ROWS = (
    "1234567890" * 3,
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "qwertyuiop" * 3,
    "asdfghjkl" * 3,
    "zxcvbnm" * 3,
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "あいうえおかきくけこさしすせそたちつてとなにぬねの",
)


class Scope(StrEnum):
    """What a count of wrong tries is about."""

    NETWORK = "network"
    USER = "user"


def username_of(typed: str) -> str:
    """The user name that somebody means: full-width letters, capitals and spaces around it do not matter."""
    return clean_line(nfkc(typed)).lower()


def check_username(username: str) -> None:
    """Raises Refusal unless it has 2 to 40 letters a-z, digits, `.`, `-` or `_` and begins with a letter or
    digit."""
    if not _USERNAME.fullmatch(username):
        raise Refusal(
            "A user name has 2 to 40 letters a to z, digits, full stops, hyphens or underscores.",
            code="bad-username",
            field="username",
        )


def check_account(*, name: str, roles: Collection[str], first_day: date, last_day: date | None) -> None:
    """Raises Refusal when the account has no name or one too long, no role, or ends before it begins."""
    if not name:
        raise Refusal("Please write the name.", code="no-name", field="name")
    if len(name) > NAME_LETTERS:
        raise Refusal(
            "Please write at most %(most)s characters (now %(now)s).",
            code="too-long", field="name", most=NAME_LETTERS, now=len(name),
        )  # fmt: skip
    if not roles:
        raise Refusal("Please choose at least one role.", code="no-role", field="roles")
    if last_day and last_day < first_day:
        raise Refusal("The last day lies before the first day.", code="days-crossed", field="last_day")


def in_force(*, active: bool, first_day: date, last_day: date | None, today: date) -> bool:
    """Whether an account may be used on a day: not disabled, begun, and not yet over (the last day
    counts)."""
    return active and first_day <= today and (last_day is None or today <= last_day)


def why_not_in_force(*, first_day: date, last_day: date | None, today: date) -> Refusal | None:
    """What is said to the owner of an account before its first day and after its last one; None between them."""
    if today < first_day:
        return Refusal(
            "This account can be used from %(day)s on. If that is wrong, please ask an administrator.",
            code="not-begun", day=wareki(first_day),
        )  # fmt: skip
    if last_day is not None and last_day < today:
        return Refusal(
            "This account ended on %(day)s. If you still work here, please ask an administrator to change its last"
            " day.",
            code="ended", day=wareki(last_day),
        )  # fmt: skip
    return None


def day_without(terms: Collection[Term], today: date) -> date | None:
    """The first day from today on that lies in none of these terms; None if there is none. Such a day can only be
    today or the one after a term's end."""
    days = {today} | {last + timedelta(days=1) for _first, last in terms if last is not None and last >= today}
    open_days = (
        day for day in sorted(days) if not any(first <= day and (last is None or day <= last) for first, last in terms)
    )
    return next(open_days, None)


def check_administrators_go_on(*, before: Collection[Term], after: Collection[Term], today: date) -> None:
    """Raises Refusal when a change leaves the town without an administrator on some day to come, earlier than it would
    have been without one before. `before` and `after` are the first and last days of all administrators who can sign
    in."""
    gap, known = day_without(after, today), day_without(before, today)
    if gap is not None and gap > today and (known is None or gap < known):
        raise Refusal(
            "From %(day)s on, nobody would be an administrator. First give somebody whose account goes on longer the"
            " role of administrator and a password.",
            code="last-administrator", field="last_day", day=wareki(gap),
        )  # fmt: skip


def check_not_the_last_administrator(*, was: bool, stays: bool, others: int) -> None:
    """Raises Refusal when nobody would be left who may add people."""
    if was and not stays and others == 0:
        raise Refusal(
            "This is the last administrator. Give somebody else the role of administrator first.",
            code="last-administrator",
        )


def free_tries(scope: Scope) -> int:
    """How many wrong tries cost no wait."""
    return FREE_TRIES_OF_A_USER if scope is Scope.USER else FREE_TRIES_OF_A_NETWORK


def wait_after(failures: int, scope: Scope) -> timedelta | None:
    """How long to wait after so many wrong tries: none, 30 s, 1 min, 2 min … 15 min, and never for good."""
    beyond = failures - free_tries(scope)
    if beyond < 0:
        return None
    return min(FIRST_WAIT * 2 ** min(beyond, 10), LONGEST_WAIT)


def too_many_tries(wait: timedelta) -> Refusal:
    """What we say to somebody who has to wait."""
    seconds = math.ceil(wait.total_seconds())
    if seconds <= 90:
        return Refusal(
            "There were too many wrong tries. Please try again in %(seconds)s seconds.",
            code="too-many-tries",
            seconds=seconds,
        )
    return Refusal(
        "There were too many wrong tries. Please try again in %(minutes)s minutes.",
        code="too-many-tries",
        minutes=math.ceil(seconds / 60),
    )


def check_password(password: str, *, username: str) -> None:
    """Raises Refusal for a password that is short, or that a guesser tries first.

    Length instead of kinds of letters, and a list of common ones: NIST SP 800-63B 5.1.1.2. The list is our
    own and small, because the machine may have no way out to ask a service.
    """
    password = nfkc(password)
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal(
            "A password has at least %(least)s characters.",
            code="password-short",
            field="password",
            least=SHORTEST_PASSWORD,
        )
    if len(password) > LONGEST_PASSWORD:
        raise Refusal(
            "A password has at most %(most)s characters.",
            code="password-long",
            field="password",
            most=LONGEST_PASSWORD,
        )
    if _easily_guessed(password.lower(), username):
        raise Refusal(
            "This password is easily guessed. Please choose another one.",
            code="password-common",
            field="password",
        )


def code_of(typed: str) -> str:
    """A one-time code as it was made, however it was typed: full-width, small letters, any hyphens or
    spaces."""
    letters = "".join(letter for letter in nfkc(typed).upper() if letter.isascii() and letter.isalnum())
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def _easily_guessed(password: str, username: str) -> bool:
    if any(password in row or password in row[::-1] for row in _ROWS):
        return True
    if len(set(password)) < 5 or _repeats(password):
        return True
    word = password.strip(_HUNG_ON)
    known = _COMMON | {"", _bare(username)}
    return _bare(word) in known or _bare(word.translate(_LOOKS_LIKE)) in known


def _repeats(password: str) -> bool:
    """Whether it is one piece written several times over (`sakura7sakura7`)."""
    return password in (password + password)[1:-1]


def _bare(password: str) -> str:
    """Its letters alone, without the digits and marks that people hang on them."""
    return "".join(letter for letter in password if letter.isalpha())
