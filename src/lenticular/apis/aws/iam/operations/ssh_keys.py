"""SSH public keys (AWS IAM API Reference, UploadSSHPublicKey and the like)."""

from lenticular.apis.aws.iam import descriptions
from lenticular.apis.aws.iam.paging import Page
from lenticular.apis.aws.iam.targets import Targets
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import EntityExists, Identities, InputInvalid, User
from lenticular.primitives.identities.sshkeys import SshKey


class SshKeyOperations:
    """Users' SSH public keys are kept, told, switched off and on, and deleted."""

    def __init__(self, identities: Identities, targets: Targets) -> None:
        self._keys = identities.ssh_keys
        self._targets = targets

    async def upload_ssh_public_key(self, call: Call, params: Params) -> Result:
        """Keep a user's key, which comes as ``ssh-rsa`` or in PEM's form."""
        user = await self._targets.user(call, params["UserName"])
        try:
            made = await self._keys.upload(user.account_id, user.name, params["SSHPublicKeyBody"])
        except InputInvalid as error:
            raise AwsError("InvalidPublicKey", str(error)) from error
        except EntityExists as error:
            raise AwsError("DuplicateSSHPublicKey", str(error)) from error
        return {"SSHPublicKey": _whole(user, made, made.openssh)}

    async def get_ssh_public_key(self, call: Call, params: Params) -> Result:
        """Tell a user's key in the form that is asked for."""
        user = await self._targets.user(call, params["UserName"])
        key = await self._keys.get(user.account_id, user.name, params["SSHPublicKeyId"])
        body = key.pem if params["Encoding"] == "PEM" else key.openssh
        return {"SSHPublicKey": _whole(user, key, body)}

    async def list_ssh_public_keys(self, call: Call, params: Params) -> Result:
        """Tell which keys a user, by default the caller, has."""
        page = Page(params)
        user = await self._targets.named_user(call, params)
        found = await self._keys.list(user.account_id, user.name)
        keys, rest = page.of(found, lambda key: key.key_id)
        return {"SSHPublicKeys": [_described(user, key) for key in keys], **rest}

    async def update_ssh_public_key(self, call: Call, params: Params) -> Result:
        """Let a key count, or not."""
        user = await self._targets.user(call, params["UserName"])
        active = params["Status"] == "Active"
        await self._keys.set_active(user.account_id, user.name, params["SSHPublicKeyId"], active)
        return {}

    async def delete_ssh_public_key(self, call: Call, params: Params) -> Result:
        """Forget a key."""
        user = await self._targets.user(call, params["UserName"])
        await self._keys.delete(user.account_id, user.name, params["SSHPublicKeyId"])
        return {}


def _described(user: User, key: SshKey) -> Result:
    return {
        "UserName": user.name,
        "SSHPublicKeyId": key.key_id,
        "Status": key.status,
        "UploadDate": descriptions.seconds(key.uploaded),
    }


def _whole(user: User, key: SshKey, body: str) -> Result:
    return _described(user, key) | {"Fingerprint": key.fingerprint, "SSHPublicKeyBody": body}
