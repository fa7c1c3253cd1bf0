"""Rotation: by itself, on demand, listed; what old material has encrypted still opens."""


def test_a_key_is_rotated_on_demand(kms, key_id, key):
    before = kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    assert kms.rotate_key_on_demand(KeyId=key_id)["KeyId"] == key["Arn"]
    after = kms.encrypt(KeyId=key_id, Plaintext=b"y")["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=before)
    assert (opened["Plaintext"], opened["KeyMaterialId"]) == (b"x", key["CurrentKeyMaterialId"])
    assert kms.decrypt(CiphertextBlob=after)["Plaintext"] == b"y"
    found = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    (listed,) = kms.list_key_rotations(KeyId=key_id)["Rotations"]
    assert listed["RotationType"] == "ON_DEMAND"
    assert listed["KeyMaterialId"] == found["CurrentKeyMaterialId"]
    assert listed["KeyMaterialId"] != key["CurrentKeyMaterialId"]
    everything = kms.list_key_rotations(KeyId=key_id, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    states = [each["KeyMaterialState"] for each in everything["Rotations"]]
    assert states == ["NON_CURRENT", "CURRENT"]


def test_a_key_is_rotated_by_itself_if_that_is_asked_for(kms, key_id, refused):
    assert kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=90)
    found = kms.get_key_rotation_status(KeyId=key_id)
    assert (found["KeyRotationEnabled"], found["RotationPeriodInDays"]) == (True, 90)
    days = found["NextRotationDate"] - kms.describe_key(KeyId=key_id)["KeyMetadata"]["CreationDate"]
    assert days.days == 90
    kms.disable_key_rotation(KeyId=key_id)
    assert kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key_id)
    assert kms.get_key_rotation_status(KeyId=key_id)["RotationPeriodInDays"] == 365
    refused("ValidationException", kms.enable_key_rotation, KeyId=key_id, RotationPeriodInDays=2561)


def test_only_symmetric_keys_are_rotated(kms, refused):
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    for call in (kms.enable_key_rotation, kms.rotate_key_on_demand, kms.list_key_rotations):
        refused("UnsupportedOperationException", call, KeyId=mac)
