"""Where a request goes: to which service, in which protocol, and to which operation.

In this order: the host of a website, the target header (JSON), the protocol header (CBOR),
a form with an ``Action`` (query), then REST: by the service of the credential scope, by the
first label of the host, and else S3.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.models import Operation, ServiceModel, load
from lenticular.apis.aws.wire.protocols import PROTOCOLS, protocols_of
from lenticular.apis.aws.wire.protocols.contract import WireProtocol
from lenticular.apis.aws.wire.protocols.query import FORM_LIMIT, MOST_PAIRS
from lenticular.apis.aws.wire.protocols.website import WebsiteProtocol
from lenticular.apis.aws.wire.rest_paths import PathRoutes
from lenticular.apis.aws.wire.s3_paths import S3Routes, Site
from lenticular.apis.aws.wire.service import Handler, Service
from lenticular.apis.aws.wire.unmodelled import GET_WEBSITE_OBJECT, OPTIONS_OBJECT
from lenticular.apis.http import BufferedBody, Request

_FORM_TYPE = "application/x-www-form-urlencoded"
_FORM_PROTOCOLS = ("query", "ec2")
_REST_PROTOCOLS = ("rest-json", "rest-xml")
_CBOR = "smithy-rpc-v2-cbor"


class Endpoint:
    """One service as it is served: its model, its protocols and its paths."""

    def __init__(self, service: Service, hosts: Collection[str] = ()) -> None:
        self.service = service
        self.model = load(service.name)
        self.protocols = protocols_of(self.model, service)
        self.rest = self.protocol(_REST_PROTOCOLS)
        self.form = self.protocol(_FORM_PROTOCOLS)
        self.paths: PathRoutes | S3Routes | None = None
        self.website: WireProtocol | None = None
        """In which hosts of websites answer."""
        if service.name == "s3":
            self.paths = S3Routes(self.model, hosts)
            self.website = WebsiteProtocol(self.model, service)
        elif self.rest is not None:
            self.paths = PathRoutes(self.model)

    def protocol(self, names: Iterable[str]) -> WireProtocol | None:
        """Return the first of these protocols that the service speaks."""
        return next((self.protocols[name] for name in names if name in self.protocols), None)


@dataclass(slots=True)
class Route:
    """Where a request goes."""

    service: Service
    operation: Operation
    protocol: WireProtocol
    arguments: Mapping[str, str]
    """What was read on the way: the labels of a REST path, or the pairs of a form."""

    @property
    def handler(self) -> Handler | None:
        """What carries the operation out; None when this version has not written it."""
        return self.service.handlers.get(self.operation.handler_name)


class Router:
    """Finds the route of requests among the services that are served."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._by_signing_name: dict[str, list[Endpoint]] = {}
        self._by_target: dict[str, list[Endpoint]] = {}
        self._by_host: dict[str, Endpoint] = {}
        self._forms: dict[str, list[Endpoint]] = {}
        """Those that take forms, by signing name."""
        self._s3: Endpoint | None = None
        self._sites: S3Routes | None = None
        # S3 comes last, because its paths take any request of those who sign as it does.
        for endpoint in sorted(endpoints, key=lambda at: at.model.name == "s3"):
            model = endpoint.model
            self._by_signing_name.setdefault(model.signing_name, []).append(endpoint)
            if model.target_prefix:
                self._by_target.setdefault(model.target_prefix, []).append(endpoint)
            if endpoint.form is not None:
                self._forms.setdefault(model.signing_name, []).append(endpoint)
            if isinstance(endpoint.paths, S3Routes):
                self._s3, self._sites = endpoint, endpoint.paths
            elif endpoint.paths is not None:
                self._by_host[model.endpoint_prefix] = endpoint
        self._strangers = {name: _unbound(name) for name in ("json", _CBOR, "query", "rest-json")}

    async def route(self, request: Request) -> Route:
        """Return where a request goes. Raises AwsError when it goes nowhere.

        A form is read, up to `FORM_LIMIT`, and left in the request to be read again.
        """
        if self._sites is not None and (site := self._sites.site_of(request.host)):
            found = await self._by_site(request, site)
            if found is not None:
                return found
        headers = request.headers
        if "x-amz-target" in headers:
            return self._by_target_header(request, headers["x-amz-target"])
        if headers.get("smithy-protocol") == "rpc-v2-cbor":
            return self._by_rpc_path(request)
        scope = signing_name(request)
        if self._may_be_form(request, scope) and (form := await self._form(request)):
            return self._by_action(form, scope)
        return self._by_path(request, scope)

    def bucket_in_host(self, request: Request) -> str:
        """Return the bucket that a request's Host header names; empty when the path has it."""
        return (self._sites.bucket_of(request.host) or "") if self._sites else ""

    def protocol_for(self, request: Request) -> WireProtocol:
        """Return the protocol in which a request without a route expects its error."""
        headers = request.headers
        media_type = headers.get("content-type", "")
        if "x-amz-target" in headers or media_type.startswith("application/x-amz-json"):
            prefix = headers.get("x-amz-target", "").rpartition(".")[0]
            return self._speaker(self._by_target.get(prefix, ()), "json")
        if "smithy-protocol" in headers:
            return self._strangers[_CBOR]
        scope = signing_name(request)
        endpoints = self._by_signing_name.get(scope, ()) if scope else ()
        if media_type.startswith(_FORM_TYPE) or "Action" in request.parameters:
            forms = [endpoint.form for endpoint in endpoints if endpoint.form is not None]
            if forms or (not endpoints and request.raw_path in {"", "/"}):
                return forms[0] if forms else self._strangers["query"]
        if endpoints:
            return next(iter(endpoints[-1].protocols.values()))
        found = None if scope else self._named_by(request.host)
        return found.rest if found and found.rest else self._strangers["rest-json"]

    def _speaker(self, endpoints: Iterable[Endpoint], name: str) -> WireProtocol:
        """Return the protocol of the first of these services that speaks it, or nobody's."""
        found = (endpoint.protocols[name] for endpoint in endpoints if name in endpoint.protocols)
        return next(found, self._strangers[name])

    async def _by_site(self, request: Request, site: Site) -> Route | None:
        """Return the route of a request to a website; None: it is to no website."""
        s3 = self._s3
        if s3 is None or s3.website is None:
            return None
        if not site.is_certain:
            is_signed = "authorization" in request.headers or "Signature" in request.raw_query
            is_website = s3.service.is_website
            if is_signed or is_website is None or not await is_website(site.bucket):
                return None
        arguments = {"Bucket": site.bucket}
        if request.method == "OPTIONS" and s3.rest is not None:
            return Route(s3.service, s3.model.operations[OPTIONS_OBJECT], s3.rest, arguments)
        operation = s3.model.operations[GET_WEBSITE_OBJECT]
        return Route(s3.service, operation, s3.website, arguments)

    def _by_target_header(self, request: Request, target: str) -> Route:
        prefix, _, name = target.rpartition(".")
        scope = signing_name(request)
        endpoints = [at for at in self._by_target.get(prefix, ()) if "json" in at.protocols]
        # Two services may share a prefix; then the one that signed counts.
        endpoints.sort(key=lambda endpoint: endpoint.model.signing_name != scope)
        return self._named(endpoints, "json", target, name)

    def _by_rpc_path(self, request: Request) -> Route:
        match request.path.split("/"):
            case [*_, "service", prefix, "operation", name]:
                endpoints = [at for at in self._by_target.get(prefix, ()) if _CBOR in at.protocols]
                return self._named(endpoints, _CBOR, f"{prefix}.{name}", name)
        message = f"The path {request.path} is not that of an operation (/service/X/operation/Y)"
        raise AwsError("UnknownOperationException", message, 404)

    def _named(self, endpoints: list[Endpoint], protocol: str, target: str, name: str) -> Route:
        if not endpoints:
            raise self._not_served(f"The operation {target}")
        for endpoint in endpoints:
            operation = endpoint.model.operations.get(name)
            if operation is not None:
                return Route(endpoint.service, operation, endpoint.protocols[protocol], {})
        raise AwsError("UnknownOperationException", f"There is no operation {target}", 400)

    def _may_be_form(self, request: Request, scope: str | None) -> bool:
        """Whether the signer takes forms; of an unknown one, whether the path is theirs."""
        if scope is not None and scope in self._by_signing_name:
            return scope in self._forms
        return request.raw_path in {"", "/"}

    async def _form(self, request: Request) -> dict[str, str]:
        """Return the pairs of the form that a request is; none when it is not one."""
        if request.method != "POST":
            return request.parameters if "Action" in request.parameters else {}
        if not request.headers.get("content-type", "").startswith(_FORM_TYPE):
            return {}
        document = await request.body.read(FORM_LIMIT)
        request.body = BufferedBody(document)
        try:
            pairs = parse_qsl(
                document.decode(),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MOST_PAIRS,
            )
        except ValueError as error:
            message = f"The form cannot be read: {error}"
            raise AwsError("MalformedQueryString", message, 400) from None
        return {**request.parameters, **dict(reversed(pairs))}

    def _by_action(self, form: dict[str, str], scope: str | None) -> Route:
        action, version = form.get("Action"), form.get("Version")
        if not action:
            message = "The request must contain the parameter Action"
            raise AwsError("MissingAction", message, 400)
        endpoints = [endpoint for signers in self._forms.values() for endpoint in signers]
        if scope is not None:
            endpoints = self._forms.get(scope, [])
            if not endpoints:
                raise self._not_served(f"The operation {action} of {scope}")
        # A client may be older or newer than the model; the version only decides between
        # services that have operations of the same name.
        for endpoint in sorted(endpoints, key=lambda at: at.model.api_version != version):
            operation = endpoint.model.operations.get(action)
            if operation is not None and endpoint.form is not None:
                return Route(endpoint.service, operation, endpoint.form, form)
        known = version or "NO_VERSION_SPECIFIED"
        message = f"Could not find operation {action} for version {known}"
        raise AwsError("InvalidAction", message, 400)

    def _by_path(self, request: Request, scope: str | None) -> Route:
        if scope is None:
            found = self._named_by(request.host)
            endpoints = [found] if found else []
        else:
            endpoints = self._by_signing_name.get(scope, [])
        if not endpoints:
            raise self._not_served(f"The service {scope}" if scope else f"{request.method} here")
        refusal = None
        for endpoint in endpoints:
            if endpoint.service.header and endpoint.service.header not in request.headers:
                continue
            if endpoint.paths is not None and endpoint.rest is not None:
                try:
                    operation, labels = endpoint.paths.find(request)
                except AwsError as error:
                    refusal = error
                else:
                    return Route(endpoint.service, operation, endpoint.rest, labels)
        message = f"{request.method} {request.path} names no operation of this service"
        raise refusal or AwsError("UnknownOperationException", message, 404)

    def _named_by(self, host: str) -> Endpoint | None:
        return self._by_host.get(host.partition(".")[0].lower(), self._s3)

    def _not_served(self, what: str) -> AwsError:
        names = sorted(at.service.name for ends in self._by_signing_name.values() for at in ends)
        message = f"{what} is not written in this version, which serves {', '.join(names)}"
        return AwsError("NotImplemented", message, 501)


def signing_name(request: Request) -> str | None:
    """Return the service in the credential scope of a request; None when it has no scope.

    The signature is not verified here.
    """
    authorization = request.headers.get("authorization")
    if authorization:
        credential = authorization.partition("Credential=")[2].partition(",")[0]
    elif "X-Amz-Credential" in request.raw_query:
        credential = request.parameters.get("X-Amz-Credential", "")
    else:
        return None
    scope = credential.rsplit("/", 2)
    return scope[1] if len(scope) == 3 else None


def _unbound(name: str) -> WireProtocol:
    """Return a protocol for errors to those who speak it to no service that is served."""
    model = ServiceModel("", {"metadata": {"protocol": name}, "operations": {}, "shapes": {}})
    return PROTOCOLS[name](model, Service(""))
