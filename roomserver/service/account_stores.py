"""What accounts are made of, and who looks after all of them."""

from dataclasses import dataclass

from roomserver.core.errors import Forbidden
from roomserver.core.model import Caller
from roomserver.ports.passwords import Passwords
from roomserver.ports.people import EntryLinks, People
from roomserver.ports.turns import Turns
from roomserver.service.revocation import Revocations


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStores:
    """What accounts are made of."""

    people: People
    links: EntryLinks
    passwords: Passwords
    revocations: Revocations
    turns: Turns


def check_owner(caller: Caller) -> None:
    """
    Let the server's owner pass.

    Raises:
        Forbidden: If *caller* is somebody else.

    """
    if not caller.is_owner:
        raise Forbidden("Only the server's owner can do that.")
