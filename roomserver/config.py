"""
What an operator may set: defaults < file < environment < flags.

A setting lives in a section: ``[limits] messages_per_second`` in the file is
``ROOMSERVER_LIMITS_MESSAGES_PER_SECOND`` in the environment. Everything that is wrong is
reported at once, each with where it was set and what is allowed, before anything starts.
"""

import ipaddress
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from roomserver.core.limits import Limits

ENVIRONMENT_PREFIX: Final = "ROOMSERVER_"


class ServerConfig(Struct, frozen=True, kw_only=True):
    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8000
    data_dir: Annotated[str, Meta(min_length=1)] = "roomserver-data"
    reuse_port: bool = False
    allowed_origins: list[str] = []
    trusted_proxies: list[str] = []


class DatabaseConfig(Struct, frozen=True, kw_only=True):
    url: str = ""


class RedisConfig(Struct, frozen=True, kw_only=True):
    url: str = ""


class AuthConfig(Struct, frozen=True, kw_only=True):
    mode: Literal["open", "accounts", "tokens"] = "open"
    allow_open_on_network: bool = False
    sign_up: Literal["invitation", "open", "closed"] = "invitation"
    guests: bool = True
    session_days: Annotated[int, Meta(ge=1, le=400)] = 30
    token_secret: str = ""
    token_secret_file: str = ""
    token_secret_before: str = ""
    token_secret_before_file: str = ""
    token_jwks_url: str = ""
    token_audience: str = ""
    token_issuer: str = ""
    token_leeway_s: Annotated[int, Meta(ge=0, le=60)] = 30

    def __repr__(self) -> str:
        return f"AuthConfig(mode={self.mode!r}, …)"


class RoomsConfig(Struct, frozen=True, kw_only=True):
    auto_create: bool = True


class LogConfig(Struct, frozen=True, kw_only=True):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "text", "json"] = "auto"


class Config(Struct, frozen=True, kw_only=True):
    """All settings. ``config.example.toml`` explains each and is tested to equal the defaults."""

    server: ServerConfig = ServerConfig()
    database: DatabaseConfig = DatabaseConfig()
    redis: RedisConfig = RedisConfig()
    auth: AuthConfig = AuthConfig()
    rooms: RoomsConfig = RoomsConfig()
    limits: Limits = Limits()
    log: LogConfig = LogConfig()

    @property
    def is_on_network(self) -> bool:
        """Whether others than this machine can connect."""
        return not is_loopback(self.server.host)


class ConfigError(Exception):
    """Everything that is wrong, one problem a line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


SECRETS: Final = frozenset({"token_secret", "token_secret_before", "url"})
"""Settings whose values are shown to nobody: a database's or Redis's address has its password."""


class Setting(NamedTuple):
    """A value that somebody set, and where."""

    section: str
    key: str
    value: object
    where: str


def load(
    path: Path | None, environ: Mapping[str, str], flags: Mapping[tuple[str, str], object]
) -> Config:
    """
    Join the settings of the file at *path*, of *environ* and of the command line.

    Raises:
        ConfigError: If anything is wrong; it names everything that is.

    """
    problems: list[str] = []
    settings = [
        *_from_file(path, problems),
        *_from_environment(environ, problems),
        *_from_flags(flags),
    ]
    values = _checked(settings, problems)
    config = Config(**{name: kind(**values.get(name, {})) for name, kind in _sections().items()})
    problems += _contradictions(config, {(s.section, s.key): s.where for s in settings})
    if problems:
        raise ConfigError(problems)
    return config


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches *host*."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _sections() -> dict[str, type[Any]]:
    return {field.name: field.type for field in msgspec.structs.fields(Config)}


def _keys(section: type[Any]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(section)}


def _from_file(path: Path | None, problems: list[str]) -> Iterator[Setting]:
    if path is None:
        return
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"{path}: can't be read: {error.strerror}")
        return
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path}: is not TOML: {error}")
        return
    for section, keys in document.items():
        if section not in _sections() or not isinstance(keys, dict):
            problems.append(f"{path}: [{section}]: {_known('section', _sections())}")
            continue
        for key, value in keys.items():
            yield Setting(section, key, value, f"{path}: [{section}] {key}")


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> Iterator[Setting]:
    for name in sorted(environ):
        section, _, key = name.removeprefix(ENVIRONMENT_PREFIX).lower().partition("_")
        # A name of another section may be anybody's: Kubernetes sets ROOMSERVER_SERVICE_HOST.
        if not name.startswith(ENVIRONMENT_PREFIX) or section not in _sections():
            continue
        kind = _keys(_sections()[section]).get(key)
        if kind is None:
            problems.append(f"environment: {name}: {_known('key', _keys(_sections()[section]))}")
        elif kind == list[str]:
            parts = [part.strip() for part in environ[name].split(",")]
            yield Setting(section, key, [part for part in parts if part], f"environment: {name}")
        else:
            yield Setting(section, key, environ[name], f"environment: {name}")


def _from_flags(flags: Mapping[tuple[str, str], object]) -> Iterator[Setting]:
    for (section, key), value in flags.items():
        if value is not None:
            yield Setting(section, key, value, f"command line: {section}.{key}")


def _checked(settings: Sequence[Setting], problems: list[str]) -> dict[str, dict[str, object]]:
    values: dict[str, dict[str, object]] = {}
    for section, key, value, where in settings:
        keys = _keys(_sections()[section])
        if key not in keys:
            problems.append(f"{where}: {_known('key', keys)}")
            continue
        is_text = not where.startswith(("environment", "command"))
        try:
            converted = msgspec.convert(value, keys[key], strict=is_text)
        except msgspec.ValidationError as error:
            shown = "…" if key in SECRETS else repr(value)
            problems.append(f"{where} = {shown}: {_allowed(keys[key], error)}")
        else:
            values.setdefault(section, {})[key] = converted
    return values


def _allowed(kind: Any, error: Exception) -> str:
    if get_origin(kind) is Literal:
        return f"must be one of {', '.join(get_args(kind))}"
    return str(error)


def _known(what: str, names: Mapping[str, object]) -> str:
    return f"there is no such {what}; there are: {', '.join(names)}"


def _contradictions(config: Config, places: Mapping[tuple[str, str], str]) -> Iterator[str]:
    for (section, key), is_wrong, what_to_do in _rules(config):
        if is_wrong:
            where = places.get((section, key), f"default: [{section}] {key}")
            yield f"{where}: {what_to_do}"


def _rules(config: Config) -> Iterator[tuple[tuple[str, str], bool, str]]:
    """Yield what must hold between settings: the place to mend, whether it's broken, and how."""
    server, limits = config.server, config.limits
    only_here = (
        "in open mode anybody may take any name, so only this machine is served. On a network "
        "that you trust, set [auth] allow_open_on_network = true"
    )
    is_exposed = config.is_on_network and not config.auth.allow_open_on_network
    yield ("server", "host"), config.auth.mode == "open" and is_exposed, only_here
    yield from _rules_of_tokens(config.auth)
    yield (
        ("database", "url"),
        bool(config.database.url) and urlsplit(config.database.url).scheme not in _POSTGRESQL,
        "must be empty (SQLite) or postgresql://…",
    )
    yield (
        ("redis", "url"),
        bool(config.redis.url) and urlsplit(config.redis.url).scheme not in _REDIS,
        "must be empty, redis://…, rediss://… or unix://…",
    )
    yield (
        ("limits", "frame_bytes_max"),
        limits.frame_bytes_max < limits.message_bytes_max,
        "must be at least message_bytes_max, or a long message never arrives",
    )
    yield (
        ("server", "trusted_proxies"),
        not all(_is_network(proxy) for proxy in server.trusted_proxies),
        "each must be an address or a network such as 10.0.0.0/8",
    )
    yield (
        ("server", "allowed_origins"),
        not all(_is_origin(origin) for origin in server.allowed_origins),
        "each must be an origin such as https://chat.example.com",
    )


def _rules_of_tokens(auth: AuthConfig) -> Iterator[tuple[tuple[str, str], bool, str]]:
    is_used = auth.mode == "tokens"
    has_secret = bool(auth.token_secret or auth.token_secret_file)
    yield (
        ("auth", "mode"),
        is_used and has_secret is bool(auth.token_jwks_url),
        "tokens needs either token_secret (or token_secret_file) or token_jwks_url",
    )
    for key in ("token_audience", "token_issuer"):
        yield ("auth", key), is_used and not getattr(auth, key), "must be given in tokens mode"
    for key in ("token_secret", "token_secret_before"):
        secret, file = getattr(auth, key), getattr(auth, f"{key}_file")
        yield ("auth", key), bool(secret and file), f"must not be given besides {key}_file"
        yield (
            ("auth", key),
            bool(secret) and len(secret.encode()) < SECRET_BYTES_MIN,
            f"must have at least {SECRET_BYTES_MIN} bytes: openssl rand -base64 32",
        )
        complaint = _complaint_about_file(file)
        yield ("auth", f"{key}_file"), bool(complaint), complaint
    yield (
        ("auth", "token_jwks_url"),
        bool(auth.token_jwks_url) and not _is_trustworthy(auth.token_jwks_url),
        "must be an https address (http only on this machine)",
    )


def _complaint_about_file(path: str) -> str:
    try:
        secret = read_secret("", path)
    except (OSError, UnicodeDecodeError) as error:
        return f"can't be read: {getattr(error, 'strerror', None) or 'it is not text'}"
    if path and len(secret.encode()) < SECRET_BYTES_MIN:
        return f"must hold at least {SECRET_BYTES_MIN} bytes: openssl rand -base64 32"
    return ""


def read_secret(secret: str, path: str) -> str:
    """
    Return the secret itself, or what stands in the file at *path*, without the end of its line.

    Raises:
        OSError: If the file can't be read.
        UnicodeDecodeError: If it is no text.

    """
    return Path(path).read_text(encoding="utf-8").strip() if path else secret


def _is_trustworthy(url: str) -> bool:
    parts = urlsplit(url)
    is_here = parts.scheme == "http" and is_loopback(parts.hostname or "")
    return bool(parts.netloc) and (parts.scheme == "https" or is_here)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not parts.path


SECRET_BYTES_MIN: Final = 32
_POSTGRESQL: Final = ("postgresql", "postgres")
_REDIS: Final = ("redis", "rediss", "unix")
