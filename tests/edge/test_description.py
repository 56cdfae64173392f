"""The two descriptions say what is so, no less and no more."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from aiohttp import ClientResponse
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from roomserver.config import AuthConfig
from roomserver.core import commands, events
from roomserver.edge.description.asyncapi import asyncapi
from roomserver.edge.description.operations import OPERATIONS
from roomserver.edge.description.schemas import codes
from tests.support.application import Open
from tests.support.clients import NPM, npm_packages
from tests.support.talk import Client, app_of, hear, join, say
from tests.support.visitors import account_of, owner_of

Json = dict[str, Any]

ASYNCAPI: Final = asyncapi(version="1.2.3", host="localhost:8000", is_secure=False)
ADA: Final = "user_id=1&username=Ada"


async def openapi_of(client: Client) -> Json:
    description: Json = await (await client.get("/api/v1/openapi.json")).json()
    return description


def strict(node: Any) -> Any:
    """Return schemas that allow nothing they don't name: clients ignore it, a test doesn't."""
    if isinstance(node, list):
        return [strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    changed = {name: strict(each) for name, each in node.items()}
    if "properties" in node and node.get("type") == "object":
        changed.setdefault("additionalProperties", False)
    return changed


def problems(schema: Json, description: Json, value: object) -> list[str]:
    """Return what is wrong with *value*."""
    components = strict(copy.deepcopy(description["components"]["schemas"]))
    whole = {**strict(schema), "components": {"schemas": components}}
    validator = Draft202012Validator(whole)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


# The HTTP interface


async def test_it_is_openapi(client: Client) -> None:
    OpenAPIV31SpecValidator(await openapi_of(client)).validate()


async def test_what_is_no_openapi_would_be_noticed(client: Client) -> None:
    for breaking in ("info", "a place in an address"):
        broken = await openapi_of(client)
        if breaking == "info":
            del broken["info"]
        else:
            broken["paths"]["/api/v1/rooms/{room}"]["get"]["parameters"] = []

        with pytest.raises(OpenAPIValidationError):
            OpenAPIV31SpecValidator(broken).validate()


async def test_every_address_is_in_it_and_no_other(client: Client) -> None:
    paths = (await openapi_of(client))["paths"]

    served = {
        (route.method, route.resource.canonical)
        for route in app_of(client).router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert {(method.upper(), path) for path in paths for method in paths[path]} == served
    assert OPERATIONS.keys() == served


async def test_an_example_of_a_parameter_may_be_sent(client: Client) -> None:
    paths = (await openapi_of(client))["paths"]

    for operation in (each for methods in paths.values() for each in methods.values()):
        for parameter in operation["parameters"]:
            if "example" in parameter:
                Draft202012Validator(parameter["schema"]).validate(parameter["example"])


async def test_every_address_says_what_it_is_for_under_a_name_of_its_own(client: Client) -> None:
    paths = (await openapi_of(client))["paths"]
    operations = [operation for methods in paths.values() for operation in methods.values()]

    assert [each["operationId"] for each in operations if not each["summary"].endswith(".")] == []
    assert len({each["operationId"] for each in operations}) == len(operations)


async def test_every_refusal_is_in_it(client: Client) -> None:
    components = (await openapi_of(client))["components"]

    assert set(components["schemas"]["Error"]["properties"]["code"]["enum"]) == codes().keys()
    for code, status in codes().items():
        assert f"| `{code}` | {status} |" in components["responses"]["Refused"]["description"]


def test_an_example_is_what_the_server_reads() -> None:
    with_a_body = [operation for operation in OPERATIONS.values() if operation.body is not None]

    for operation in with_a_body:
        read = msgspec.json.decode(operation.example, type=operation.body)
        said = json.loads(operation.example)
        assert said == {name: msgspec.to_builtins(read)[name] for name in said}

    assert len(with_a_body) > 15


class Checker:
    """Asks, and holds the answer against the description."""

    def __init__(self, description: Json) -> None:
        self._description = description
        self.checked: set[tuple[str, str]] = set()

    async def check(self, path: str, answer: ClientResponse) -> Any:
        """Return the answer's body, which must be as described at *path*."""
        operation = self._description["paths"][path][answer.method.lower()]
        self.checked.add((answer.method, path))
        described = operation["responses"].get(str(answer.status))
        if described is None:
            described = self._description["components"]["responses"]["Refused"]
            assert answer.status >= 400, (path, answer.status)
        if "content" not in described:
            assert await answer.read() == b""
            return None
        assert answer.content_type in described["content"], (path, answer.content_type)
        if answer.content_type != "application/json":
            return await answer.text()
        body = await answer.json()
        schema = described["content"]["application/json"].get("schema", {})
        assert problems(schema, self._description, body) == [], path
        return body


async def test_answers_are_as_described(client: Client) -> None:
    ada, _ = await join(client, "Ada", user_id=1)
    sent = await say(ada, "hola", client_id="a")
    await ada.send_json({"type": "react", "message_id": sent["message_id"], "emoji": "👍"})
    checker = Checker(await openapi_of(client))

    async def ask(method: str, path: str, query: str = "", **how: Any) -> Any:
        place = path.replace("{room}", "general").replace("{message_id}", "1")
        answer = await client.request(method, f"{place}?{ADA}{query}", **how)
        return await checker.check(path, answer)

    room = "/api/v1/rooms/{room}"
    for path in ("/", "/rooms/{room}", "/rooms/{room}/{message_id}", "/rooms/{room}/qr.svg"):
        await ask("GET", path)
    for path in ("/stats", "/ws/stats", "/health", "/health/live", "/health/ready", "/metrics"):
        await ask("GET", path)
    for path in ("/service_worker.js", "/client.js", "/api/v1/stats", "/api/v1/session"):
        await ask("GET", path)
    for path in ("/api/v1/openapi.json", "/api/v1/asyncapi.json", "/api/v1/rooms", room):
        await ask("GET", path)
    for path in ("/messages", "/members", "/settings", "/link"):
        await ask("GET", room + path)
    await ask("GET", room + "/messages", "&at=2026-01-01")
    await ask("GET", room + "/messages", f"&around={sent['message_id']}")
    await ask("GET", room + "/messages", "&around=999")
    await ask("GET", room + "/search", "&q=hola")
    await ask("POST", room + "/messages", data="hola")
    await ask("POST", room + "/messages", json={"content": "hola", "client_id": "b"})
    await ask("POST", room + "/messages", json={"content": ""})
    await ask("POST", "/api/v1/rooms", json={"name": "Book club"})
    await ask("POST", "/api/v1/qr", json={"path": "/rooms/general"})
    await ask("PATCH", room, json={"description": "All of it"})
    await ask("DELETE", room)
    await ask("GET", "/ws/{room}")
    await ask("POST", "/api/v1/join", json={"token": "none"})

    assert len(checker.checked) == 30


@pytest.mark.slow
async def test_answers_are_as_described_where_people_are_known(open_app: Open) -> None:
    client = await open_app(auth=AuthConfig(mode="accounts", guests=True))
    checker = Checker(await openapi_of(client))
    olga = await owner_of(client)
    ana = await account_of(client, olga, "Ana")
    user_id = (await ana.whoami())["user"]["user_id"]

    async def ask(who: Any, method: str, path: str, body: object = None, **places: object) -> Any:
        place = path.replace("{room}", "general")
        for name, value in places.items():
            place = place.replace(f"{{{name}}}", str(value))
        return await checker.check(path, await who.request(method, place, body))

    room = "/api/v1/rooms/{room}"
    for path in ("/sign-in", "/sign-up", "/set-up", "/join"):
        await ask(ana, "GET", path)
    await ask(ana, "GET", "/api/v1/session")
    await ask(ana, "GET", "/api/v1/account/sessions")
    await ask(olga, "POST", "/api/v1/account/invitations", {})
    token = {"name": "robot", "rights": ["read"], "rooms": ["general"]}
    made = await ask(ana, "POST", "/api/v1/account/tokens", token)
    await ask(ana, "GET", "/api/v1/account/tokens")
    await ask(ana, "DELETE", "/api/v1/account/tokens/{id}", id=made["id"])
    await ask(olga, "GET", "/api/v1/users")
    await ask(olga, "PATCH", room + "/members/{user}", {"muted_until": "forever"}, user=user_id)
    await ask(olga, "PATCH", room + "/members/{user}", {"role": "moderator"}, user=user_id)
    await ask(olga, "GET", room + "/members")
    await ask(olga, "PATCH", room + "/settings", {"slow_mode_s": 5})
    invited = await ask(olga, "POST", room + "/invites", {"role": "guest", "uses_max": 2})
    await ask(olga, "GET", room + "/invites")
    await ask(ana, "POST", "/api/v1/invitation", {"token": invited["token"]})
    guest = {"username": "Gus", "invitation": invited["token"]}
    await ask(ana, "POST", "/api/v1/guests", guest)
    await ask(olga, "DELETE", room + "/invites/{invite}", invite=invited["id"])
    member = await ask(olga, "POST", room + "/invites", {"role": "member"})
    await ask(olga, "POST", "/api/v1/join", {"token": member["token"]})
    await ask(olga, "GET", room + "/audit")
    await ask(olga, "DELETE", room + "/members/{user}", user=user_id)
    await ask(olga, "PATCH", "/api/v1/users/{id}", {"is_disabled": True}, id=user_id)
    await ask(ana, "POST", "/api/v1/session", {"username": "Ana", "password": "wrong password"})
    credentials = {"username": "Olga", "password": "correct horse battery"}
    await ask(olga, "POST", "/api/v1/session", credentials)
    await ask(olga, "DELETE", "/api/v1/session")

    assert len(checker.checked) > 22


# The WebSocket


def test_every_command_and_every_event_is_in_it() -> None:
    messages = ASYNCAPI["channels"]["room"]["messages"]

    assert set(messages) == {
        *(f"client.{kind.__struct_config__.tag}" for kind in commands.Command.__subclasses__()),
        *(f"server.{event.type}" for event in events.EVENTS),
    }
    assert messages.keys() == ASYNCAPI["components"]["messages"].keys()


def test_a_name_refers_to_something() -> None:
    for reference in references(ASYNCAPI):
        found: Any = ASYNCAPI
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from references(each)


@pytest.mark.parametrize("name", sorted(ASYNCAPI["components"]["messages"]))
def test_an_example_is_as_described(name: str) -> None:
    message = ASYNCAPI["components"]["messages"][name]

    for example in message["examples"]:
        assert problems(message["payload"], ASYNCAPI, example["payload"]) == []


def test_what_is_not_as_described_would_be_noticed() -> None:
    message = ASYNCAPI["components"]["messages"]["server.message"]
    example = copy.deepcopy(message["examples"][0]["payload"])
    example["data"]["seq"] = "5"
    example["data"]["colour"] = "red"

    assert len(problems(message["payload"], ASYNCAPI, example)) == 2


async def test_frames_are_as_described(client: Client) -> None:
    description: Json = await (await client.get("/api/v1/asyncapi.json")).json()
    ada, connected = await join(client, "Ada", user_id=1)
    ben, _ = await join(client, "Ben", user_id=2)
    heard = {"connected": connected, "user_joined": await hear(ada, "user_joined")}
    await ben.send_json({"type": "message", "content": "hola", "client_id": "b"})
    heard["message_sent"] = await hear(ben, "message_sent")
    heard["message"] = await hear(ada, "message")
    await hear(ben, "message")
    about = {"message_id": heard["message"]["id"]}
    await ben.send_json({"type": "react", "emoji": "👍", **about})
    heard["reaction"] = await hear(ada, "reaction")
    await ben.send_json({"type": "edit", "content": "adios", **about})
    heard["message_edited"] = await hear(ada, "message_edited")
    await ben.send_json({"type": "delete", **about})
    heard["message_deleted"] = await hear(ada, "message_deleted")
    for kind in ("history", "ping", "nonsense"):
        await ada.send_json({"type": kind})
        answer = {"history": "history", "ping": "pong"}.get(kind, "error")
        heard[answer] = await hear(ada, answer)

    for kind, data in heard.items():
        message = description["components"]["messages"][f"server.{kind}"]
        assert problems(message["payload"], description, {"type": kind, "data": data}) == [], kind
    assert description["servers"]["websocket"]["host"] == f"{client.host}:{client.port}"


@pytest.mark.real
def test_it_is_asyncapi(node: Path) -> None:
    npm_packages(node)
    schemas = NPM / "node_modules" / "@asyncapi" / "specs" / "schemas"
    schema = json.loads((schemas / "3.0.0.json").read_text(encoding="utf-8"))
    validator = validator_for(schema)(schema)
    broken = copy.deepcopy(ASYNCAPI)
    broken["operations"]["send"]["action"] = "shout"

    assert [error.message for error in validator.iter_errors(ASYNCAPI)] == []
    assert not validator.is_valid(broken)
