"""Who somebody is: accounts, links, sessions, or the tokens of another application."""

from dataclasses import dataclass

from roomserver.adapters.sql_people import SqlPeople
from roomserver.adapters.sql_sessions import SqlEntryLinks, SqlSessions
from roomserver.bootstrap.base import Base
from roomserver.bootstrap.talk import Talk
from roomserver.config import AuthConfig, read_secret
from roomserver.ports.clock import Clock
from roomserver.ports.tokens import TokenReader
from roomserver.service.account_stores import AccountStores
from roomserver.service.accounts import Accounts
from roomserver.service.browser_sessions import BrowserSessions
from roomserver.service.identity import Identity
from roomserver.service.programs import Programs
from roomserver.service.revocation import Revocations


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What knows who somebody is."""

    identity: Identity
    accounts: Accounts | None
    programs: Programs


def open_identity(base: Base, talk: Talk, revocations: Revocations) -> Known:
    """Join what knows people, sessions and tokens, as the configuration wants it."""
    auth, database, clock = base.config.auth, base.database, base.clock
    people, stored = SqlPeople(database, clock), SqlSessions(database, clock)
    sessions = BrowserSessions(
        sessions=stored, revocations=revocations, clock=clock, days=auth.session_days
    )
    accounts = None
    if auth.mode == "accounts":
        # Imported only here, as what reads tokens is: an open server starts without them.
        from roomserver.adapters.argon2_passwords import Argon2Passwords

        passwords = Argon2Passwords()
        base.stack.callback(passwords.close)
        accounts = Accounts(
            AccountStores(
                people=people,
                links=SqlEntryLinks(database),
                passwords=passwords,
                turns=talk.shared.turns,
                revocations=revocations,
            ),
            sessions=sessions,
            clock=clock,
            sign_up=auth.sign_up,
        )
    tokens = token_reader(auth, clock) if auth.mode == "tokens" else None
    return Known(
        identity=Identity(
            people=people, sessions=sessions, tokens=tokens, rooms=talk.rooms, clock=clock
        ),
        accounts=accounts,
        programs=Programs(people=people, sessions=stored, revocations=revocations, clock=clock),
    )


def token_reader(auth: AuthConfig, clock: Clock) -> TokenReader:
    """Return what checks the tokens of another application."""
    from roomserver.adapters.http_jwks import HttpJwks
    from roomserver.adapters.jwt_tokens import Demands, JwtTokens, Keys, SharedSecrets

    keys: Keys
    if auth.token_jwks_url:
        keys = HttpJwks(auth.token_jwks_url, clock)
    else:
        pairs = (
            (auth.token_secret, auth.token_secret_file),
            (auth.token_secret_before, auth.token_secret_before_file),
        )
        keys = SharedSecrets([text for pair in pairs if (text := read_secret(*pair))])
    demands = Demands(
        audience=auth.token_audience, issuer=auth.token_issuer, leeway_s=auth.token_leeway_s
    )
    return JwtTokens(keys, demands, clock)
