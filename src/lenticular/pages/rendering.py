"""Makes pages of templates: one frame, one look, every page with its security headers."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from lenticular.apis.http import Response
from lenticular.pages.assets import Assets
from lenticular.pages.forgery import FIELD
from lenticular.pages.headers import security_headers

_SHARED = "lenticular.pages"


class Pages:
    """The pages of one package, on top of those that all share."""

    def __init__(
        self,
        package: str,
        *,
        strict_transport: bool = False,
        filters: Mapping[str, Callable[..., object]] | None = None,
    ) -> None:
        """Read the templates in the folder ``templates`` of `package`.

        `strict_transport`: see `security_headers`. `filters` are further ones, by name.
        """
        # Loaded here, because agents are of this package too, and render no page.
        from jinja2 import DictLoader, Environment, StrictUndefined

        self._strict_transport = strict_transport
        self.assets = Assets()
        self._environment = Environment(
            loader=DictLoader(_sources(package)),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self._environment.globals |= {"asset": self.assets.path, "csrf_field": FIELD}
        self._environment.filters |= {"utc": _utc, **(filters or {})}

    def render(
        self,
        name: str,
        /,
        status: int = 200,
        *,
        form_targets: Iterable[str] = (),
        connect_targets: Iterable[str] = (),
        headers: Iterable[tuple[str, str]] = (),
        **values: object,
    ) -> Response:
        """Return the page `name` with `values` in it.

        `form_targets` are places besides this origin that its forms lead to, in the end, and
        `connect_targets` those that its script calls: see `security_headers`. Raises
        `jinja2.UndefinedError` for a value it lacks.
        """
        body = self._environment.get_template(name).render(values).encode()
        return Response(
            status,
            [
                ("Content-Type", "text/html; charset=utf-8"),
                *security_headers(
                    form_targets, connect_targets, strict_transport=self._strict_transport
                ),
                *headers,
            ],
            body,
        )

    def error(self, status: int, title: str, message: str, *, action: str = "/") -> Response:
        """Return a page that says what went wrong; `action` is where one can go on."""
        return self.render("error.html", status, title=title, message=message, action=action)


def _sources(package: str) -> dict[str, str]:
    """Return the templates of a package, and the shared ones, by name.

    All are read now, for a request must not wait for a disk; each is compiled when it is first
    rendered, for most of a start's time would go into those that nobody asks for.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader

    loader = ChoiceLoader([PackageLoader(package), PackageLoader(_SHARED)])
    reader = Environment(loader=loader, autoescape=True)
    return {name: loader.get_source(reader, name)[0] for name in loader.list_templates()}


def _utc(moment: datetime | float) -> datetime:
    """Return a time, or seconds since the epoch, as a time in UTC."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return datetime.fromtimestamp(moment, UTC)
