"""Continuous backups: DescribeContinuousBackups, which tells that there are none."""

from lenticular.apis.aws.dynamodb.names import table_name
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.tables import Tables
from lenticular.primitives.tables.errors import TableNotFound


class BackupOperations:
    """What is told of the backups of a table."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def describe_continuous_backups(self, call: Call, params: Params) -> Result:
        """Tell that a table has no continuous backups; tools ask right after making one."""
        name = table_name(call, params["TableName"])
        try:
            await self._tables.describe(name)
        except TableNotFound as error:
            raise AwsError("TableNotFoundException", f"Table not found: {name.name}") from error
        return {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "DISABLED",
                "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
            }
        }
