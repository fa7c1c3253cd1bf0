"""Reports on the whole account (AWS IAM API Reference, GenerateCredentialReport,
GetAccountAuthorizationDetails, GetAccountSummary and the like).
"""

from lenticular.apis.aws.iam import credential_report, descriptions, summary
from lenticular.apis.aws.iam.authorization_details import Detailed, Details, place
from lenticular.apis.aws.iam.paging import Page
from lenticular.apis.aws.iam.targets import require
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.engines.kv.contract import Reader
from lenticular.primitives.identities import GROUPS, ROLES, USERS, Identities
from lenticular.primitives.identities.managed_policies import aws_policies, usage_of

_LASTS = 4 * 3600
"""Seconds after which a credential report is made anew."""

_KINDS = ("User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy")


class ReportOperations:
    """The account is reported on: counted, told in every detail, listed with its credentials."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    async def get_account_summary(self, call: Call, params: Params) -> Result:
        """Count what is in the account, beside what may be."""
        require(call, "*")
        account_id = call.principal.account_id
        found = await self._identities.read(lambda reader: summary.count(reader, account_id))
        return {"SummaryMap": found}

    async def generate_credential_report(self, call: Call, params: Params) -> Result:
        """Make a credential report, unless there is one that is not too old."""
        require(call, "*")
        account_id, reports = call.principal.account_id, self._identities.reports
        kept = await reports.find(account_id)
        if kept is not None and reports.age(kept) < _LASTS:
            return {"State": "COMPLETE"}
        content = await self._identities.read(
            lambda reader: credential_report.make(reader, self._identities, account_id)
        )
        await reports.keep(account_id, content)
        return {
            "State": "STARTED",
            "Description": "No report exists. Starting a new report generation task",
        }

    async def get_credential_report(self, call: Call, params: Params) -> Result:
        """Hand out the credential report that was made last."""
        require(call, "*")
        reports = self._identities.reports
        kept = await reports.find(call.principal.account_id)
        if kept is None:
            raise AwsError(
                "ReportNotPresent",
                "The credential report is not present: use GenerateCredentialReport to make one.",
            )
        if reports.age(kept) >= _LASTS:
            raise AwsError(
                "ReportExpired",
                "The credential report is older than four hours: use GenerateCredentialReport "
                "to make a new one.",
            )
        return {
            "Content": kept.content,
            "ReportFormat": "text/csv",
            "GeneratedTime": descriptions.seconds(kept.made),
        }

    async def get_account_authorization_details(self, call: Call, params: Params) -> Result:
        """Tell everything in the account that decides who may do what."""
        page, kinds = Page(params), params.get("Filter") or _KINDS
        require(call, "*")
        identities, account_id = self._identities, call.principal.account_id
        policies = await identities.policies.of_account(account_id)

        def tell(reader: Reader) -> Result:
            found: list[Detailed] = []
            if "User" in kinds:
                found += USERS.listed(reader, account_id)
            if "Group" in kinds:
                found += GROUPS.listed(reader, account_id)
            if "Role" in kinds:
                found += ROLES.listed(reader, account_id)
            if "LocalManagedPolicy" in kinds:
                found += policies
            if "AWSManagedPolicy" in kinds:
                found += (
                    policy
                    for policy in aws_policies()
                    if any(usage_of(reader, account_id, policy.arn))
                )
            entries, rest = page.of(found, place)
            return Details(reader, identities, account_id).tell(entries) | rest

        return await identities.read(tell)
