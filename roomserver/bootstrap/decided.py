"""What has been decided about rooms and people, and what was taken back."""

from dataclasses import dataclass

from roomserver.adapters.sql_invitations import SqlInvitations
from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_members import SqlMembers
from roomserver.adapters.sql_revocations import SqlRevocations
from roomserver.adapters.sql_rights import SqlRights
from roomserver.bootstrap.base import Base
from roomserver.bootstrap.talk import Talk
from roomserver.service.activity import Activity
from roomserver.service.invitations import RoomInvitations
from roomserver.service.moderation import Moderation
from roomserver.service.revocation import Revocations
from roomserver.service.rights import Rights
from roomserver.service.room_news import RoomNews


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Who may do what."""

    revocations: Revocations
    rights: Rights
    moderation: Moderation
    invitations: RoomInvitations
    activity: Activity


async def open_decided(base: Base, talk: Talk) -> Decided:
    """Join it: what is decided is told where people talk."""
    database, clock = base.database, base.clock
    revocations = Revocations(SqlRevocations(database, clock), clock)
    await base.start(revocations)
    store = SqlRights(database, clock)
    rights = Rights(store=store, clock=clock, present=talk.attendance.present)
    rights.on_change = RoomNews(talk.hub, talk.rooms).look
    await base.start(rights)
    activity = Activity(
        log=SqlLog(database),
        members=SqlMembers(database),
        rights=rights,
        clock=clock,
        limits=base.config.limits,
    )
    await base.start(activity)
    return Decided(
        activity=activity,
        revocations=revocations,
        rights=rights,
        moderation=Moderation(
            store=store, rights=rights, revocations=revocations, audience=talk.relay, clock=clock
        ),
        invitations=RoomInvitations(
            store=SqlInvitations(database, clock),
            rights=rights,
            audience=talk.relay,
            clock=clock,
        ),
    )
