"""``roomserver room``: what the operator decides, a server would find decided."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from roomserver.bootstrap import operators_desk, running_app
from roomserver.cli import cli
from roomserver.config import Config, ServerConfig
from roomserver.core.model import Role, RoomId, UserId


@pytest.fixture
async def config(tmp_path: Path) -> Config:
    """The configuration of a server that has run once."""
    config = Config(server=ServerConfig(data_dir=str(tmp_path)))
    async with running_app(config):
        pass
    return config


async def room(config: Config, *arguments: str) -> Result:
    call = ["room", *arguments, "--data-dir", config.server.data_dir]
    return await asyncio.to_thread(CliRunner().invoke, cli, call)


async def test_rooms_are_listed_with_their_state(config: Config) -> None:
    await room(config, "set", "general", "--private")

    listed = await room(config, "list")

    assert listed.output == "1\tgeneral\tprivate\t0 entries\tGeneral\n"


async def test_a_role_is_given(config: Config) -> None:
    given = await room(config, "role", "1", "7", "owner")

    assert given.output == "#7 is owner in General.\n"
    async with operators_desk(config) as desk:
        (grant,) = await desk.rights.listing(RoomId(1))
        (noted,) = await desk.rights.audit(RoomId(1), before=None, limit=9)
    assert (grant.user.user_id, grant.role) == (UserId(7), Role.OWNER)
    assert (noted.actor.username, noted.deed) == ("operator", "set_role")


async def test_a_room_is_set_up(config: Config) -> None:
    done = await room(config, "set", "1", "--announce-only", "--slow-mode", "30", "--capacity", "5")

    assert done.exit_code == 0
    async with operators_desk(config) as desk:
        rights = await desk.rights.of_room(RoomId(1), grants_max=1)
    assert rights is not None
    assert (rights.state.is_announce_only, rights.state.slow_mode_s) == (True, 30)
    assert (rights.state.people_max, rights.state.is_private) == (5, False)


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["role", "nowhere", "7", "owner"], 1, "There is no such room"),
        (["role", "1", "7", "king"], 2, "king"),
        (["role", "1", "0", "owner"], 2, "USER_ID"),
        (["set", "1"], 2, "Say what to set"),
        (["set", "1", "--slow-mode", "-1"], 2, "slow-mode"),
    ],
)
async def test_what_can_not_be_decided_is_said(
    config: Config, arguments: list[str], status: int, sentence: str
) -> None:
    refused = await room(config, *arguments)

    assert refused.exit_code == status
    assert sentence in refused.output


async def test_a_folder_without_a_database_is_none(tmp_path: Path) -> None:
    refused = await room(Config(server=ServerConfig(data_dir=str(tmp_path / "no"))), "list")

    assert refused.exit_code == 1
    assert "Is --data-dir right?" in refused.output
