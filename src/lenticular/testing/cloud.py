"""A real cloud inside a test's own process: real ports, real signatures, gone at the end.

    with running_cloud() as cloud:
        s3 = boto3.client("s3", **cloud.boto3())

Nothing is stubbed: it is the server that ``lenticular start`` runs, in a thread, on free
ports. With a folder its data stay there; without one they are kept in memory.
"""

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from lenticular.primitives.identities import USERS, RootCredentials, UserCredentials
from lenticular.server import ports
from lenticular.server.certificates import trusted
from lenticular.server.configuration import Configuration
from lenticular.server.main import serving
from lenticular.server.wiring import Cloud, build_in_memory, open_cloud

T = TypeVar("T")


def store_of(data: Path) -> str:
    """Return where the cloud of a folder has its keys, as the setting ``store`` says it.

    Tests put another function in its place to run on another engine than SQLite.
    """
    return ""


@dataclass(frozen=True, slots=True)
class RunningCloud:
    """A cloud that listens."""

    configuration: Configuration
    credentials: RootCredentials
    """Of the account that the cloud started with."""
    engines: Cloud
    """Its inside, for tests that must look there; used through `run` only."""
    _loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        """The address of the AWS interface."""
        return self.configuration.url("aws")

    @property
    def trusted(self) -> str | None:
        """The file of authorities that clients need under TLS; None: they need none."""
        bundle = trusted(self.configuration)
        return None if bundle is None else str(bundle)

    def boto3(self, credentials: RootCredentials | UserCredentials | None = None) -> dict[str, Any]:
        """Return the arguments that ``boto3.client`` needs for an identity.

        By default that is the root identity of the account that the cloud started with.
        """
        credentials = credentials or self.credentials
        return {
            "endpoint_url": self.url,
            "aws_access_key_id": credentials.access_key_id,
            "aws_secret_access_key": credentials.secret_access_key,
            "region_name": self.configuration.region,
            "verify": self.trusted or True,
        }

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the cloud's event loop and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def create_account(self, name: str) -> RootCredentials:
        """Create a further account."""
        return self.run(self.engines.identities.create_account(name))

    def create_user(
        self,
        name: str,
        *,
        account: str | None = None,
        policies: Sequence[Mapping[str, Any]] = (),
        email: str = "",
        password: str | None = None,
    ) -> UserCredentials:
        """Create a user that may do what `policies` say, and nothing else; return a key of it.

        `account` is an account id, by default that of the account that the cloud started with.
        """
        account_id = account or self.credentials.account_id
        return self.run(self._create_user(account_id, name, policies, email, password))

    async def _create_user(
        self,
        account_id: str,
        name: str,
        policies: Sequence[Mapping[str, Any]],
        email: str,
        password: str | None,
    ) -> UserCredentials:
        identities = self.engines.identities
        user = await identities.users.create(account_id, name, email=email)
        for number, policy in enumerate(policies, 1):
            document = json.dumps(policy)
            await identities.inline_policies.put(
                USERS, account_id, name, f"policy-{number}", document
            )
        if password is not None:
            await identities.set_password(account_id, name, password)
        key, secret = await identities.keys.create(account_id, name)
        return UserCredentials(
            account_id, name, user.arn, user.identity_id, key.access_key_id, secret
        )


@contextmanager
def running_cloud(data: Path | None = None, **settings: Any) -> Iterator[RunningCloud]:
    """Run a cloud while the context lasts; `settings` are those of `Configuration`."""
    with TemporaryDirectory(prefix="lenticular-") as folder:
        place = data or Path(folder)
        settings = {"store": store_of(place)} | settings
        configuration = Configuration(
            data=place, port_base=ports.free_base("127.0.0.1"), **settings
        )
        thread = _CloudThread(configuration, in_memory=data is None and not configuration.store)
        thread.start()
        try:
            yield thread.wait_until_ready()
        finally:
            thread.stop()


class _CloudThread(threading.Thread):
    """Runs the cloud on an event loop of its own."""

    def __init__(self, configuration: Configuration, *, in_memory: bool) -> None:
        super().__init__(name="lenticular", daemon=True)
        self._configuration = configuration
        self._in_memory = in_memory
        self._ready = threading.Event()
        self._running: RunningCloud | None = None
        self._error: BaseException | None = None
        self._stopping: asyncio.Event | None = None

    def wait_until_ready(self) -> RunningCloud:
        self._ready.wait()
        if self._running is None:
            raise RuntimeError("the cloud did not start") from self._error
        return self._running

    def stop(self) -> None:
        if self._running is not None and self._stopping is not None:
            self._running._loop.call_soon_threadsafe(self._stopping.set)
        self.join()
        if self._error is not None:
            raise self._error

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # handed to the thread that waits
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        if self._in_memory:
            cloud = build_in_memory(self._configuration)
            try:
                await self._listen(cloud)
            finally:
                await cloud.close()
            return
        async with open_cloud(self._configuration) as cloud:
            await self._listen(cloud)

    async def _listen(self, cloud: Cloud) -> None:
        self._stopping = asyncio.Event()
        credentials = await cloud.identities.first_account()
        async with serving(self._configuration, cloud):
            self._running = RunningCloud(
                self._configuration, credentials, cloud, asyncio.get_running_loop()
            )
            self._ready.set()
            await self._stopping.wait()
