"""What the server tells Prometheus."""

import pytest
from aiohttp import ClientResponse
from prometheus_client.parser import text_string_to_metric_families

from roomserver.config import AuthConfig
from roomserver.core.exposition import CONTENT_TYPE
from roomserver.edge.keys import SERVER
from tests.support.application import Open
from tests.support.talk import Client, Socket, app_of, hear, hear_until, join, say
from tests.support.visitors import account_of, owner_of

Samples = dict[tuple[str, ...], float]


async def samples(answer: ClientResponse) -> Samples:
    """Read an answer with Prometheus' own parser: each value by its name and labels."""
    assert (answer.status, answer.headers["Content-Type"]) == (200, CONTENT_TYPE)
    return {
        (each.name, *sorted(each.labels.values())): each.value
        for family in text_string_to_metric_families(await answer.text())
        for each in family.samples
    }


async def say_again(ada: Socket) -> None:
    await ada.send_json({"type": "message", "content": "again"})
    await hear_until(ada, "message_sent")


async def test_it_is_counted_what_is_said_heard_and_refused(client: Client) -> None:
    ada, _ = await join(client, "Ada", user_id=1)
    _ben, _ = await join(client, "Ben", user_id=2)
    await hear(ada, "user_joined")
    await say(ada, "hola")
    await say_again(ada)
    await ada.send_str("nonsense")
    await hear_until(ada, "error")

    found = await samples(await client.get("/metrics"))

    assert found["roomserver_connections",] == 2
    assert found["roomserver_people",] == 2
    assert found["roomserver_rooms",] == 1
    assert found["roomserver_ready",] == 1
    assert found["roomserver_messages_total",] == 2
    assert found["roomserver_deliveries_total",] == 4
    assert found["roomserver_messages_waiting",] == 0
    assert found["roomserver_ack_seconds_count",] == 2
    assert found["roomserver_ack_seconds_bucket", "+Inf"] == 2
    assert found["roomserver_ack_seconds_sum",] > 0
    assert found["roomserver_refusals_total", "invalid_json"] == 1
    assert found["roomserver_part_up", "database", "sqlite"] == 1
    assert found["roomserver_part_up", "memory", "redis"] == 1


async def test_counters_go_on_when_the_stats_have_looked(client: Client) -> None:
    ada, _ = await join(client)
    await say(ada, "hola")
    server = app_of(client)[SERVER]
    for meter in (server.journal.meter, server.hub.meter):
        meter.take()
    await say_again(ada)

    found = await samples(await client.get("/metrics"))

    assert found["roomserver_messages_total",] == 2
    assert found["roomserver_ack_seconds_count",] == 2


@pytest.mark.slow
async def test_where_people_are_known_only_the_owner_and_a_token_for_it_see_them(
    open_app: Open,
) -> None:
    client = await open_app(auth=AuthConfig(mode="accounts"))
    olga = await owner_of(client)
    eve = await account_of(client, olga, "Eve")
    body = {"name": "prometheus", "rights": ["metrics"]}

    made = await olga.post("/api/v1/account/tokens", body)
    refused = await eve.post("/api/v1/account/tokens", {**body, "name": "spy"})
    plain = await eve.post("/api/v1/account/tokens", {"name": "robot", "rights": ["read"]})
    statuses = []
    for token in [(await made.json())["token"], (await plain.json())["token"], "rs_none"]:
        client.session.cookie_jar.clear()
        headers = {"Authorization": f"Bearer {token}"}
        statuses.append((await client.get("/metrics", headers=headers)).status)

    assert (made.status, refused.status) == (201, 403)
    assert statuses == [200, 403, 401]
    assert [(await who.get("/metrics")).status for who in (olga, eve)] == [200, 403]


async def test_a_token_for_the_figures_opens_no_room(open_app: Open) -> None:
    client = await open_app(auth=AuthConfig(mode="accounts"))
    olga = await owner_of(client)
    made = await olga.post("/api/v1/account/tokens", {"name": "prometheus", "rights": ["metrics"]})
    headers = {"Authorization": f"Bearer {(await made.json())['token']}"}
    client.session.cookie_jar.clear()

    statuses = [
        (await client.get(f"/api/v1/rooms/general{path}", headers=headers)).status
        for path in ("", "/messages", "/members", "/events")
    ]

    assert statuses == [403] * 4
