"""Tokens that another application signs for its people."""

from typing import Protocol

from roomserver.core.people import Claims


class TokenReader(Protocol):
    async def read(self, token: str) -> Claims:
        """
        Check *token* in every respect, its time included.

        Raises:
            Unauthorized: The same one, whatever is wrong with it.
            IdentityUnavailable: If the keys can't be had now.

        """
        ...
