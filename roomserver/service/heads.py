"""Where the logs end now: one question for all rooms that somebody comes into at once."""

from collections.abc import Mapping

from roomserver.core.model import Head, RoomId, Seq
from roomserver.ports.log import Log
from roomserver.service.shared import SharedAnswers


class Heads:
    """Asks the store for each answer: nothing is remembered."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._shared = SharedAnswers()
        self._wanted: set[RoomId] = set()

    async def of(self, room_id: RoomId) -> Head:
        """
        Return where the room's log ends; a room that there isn't has no epoch.

        The question is asked after this call, and with those of all others who wait for one.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        self._wanted.add(room_id)
        heads = await self._shared.ask("heads", self._read_wanted)
        return heads.get(room_id, Head(Seq(0), ""))

    async def close(self) -> None:
        await self._shared.close()

    async def _read_wanted(self) -> Mapping[RoomId, Head]:
        wanted, self._wanted = self._wanted, set()
        return await self._log.heads(list(wanted))
