"""Key conditions: which there can be, through Query."""

import pytest

BAD = "Invalid KeyConditionExpression: "
IN_CONDITION = "Invalid condition in KeyConditionExpression: "


@pytest.fixture
async def query(samples):
    for number in range(5):
        await samples.put(p="a", s=number)

    async def run(text, names=None, **values):
        params = {"ExpressionAttributeNames": names} if names else {}
        if values:
            params["ExpressionAttributeValues"] = {
                f":{name}": {"N": str(value)} if isinstance(value, int) else {"S": value}
                for name, value in values.items()
            }
        found = await samples("Query", TableName="samples", KeyConditionExpression=text, **params)
        return [int(item["s"]["N"]) for item in found["Items"]]

    return run


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("p = :p", [0, 1, 2, 3, 4]),
        (":p = p", [0, 1, 2, 3, 4]),
        ("(p = :p)", [0, 1, 2, 3, 4]),
        ("p = :p AND s = :two", [2]),
        ("s = :two and p = :p", [2]),
        ("p = :p AND s < :two", [0, 1]),
        ("p = :p AND :two < s", [3, 4]),
        ("p = :p AND :two >= s", [0, 1, 2]),
        ("p = :p AND s <= :two", [0, 1, 2]),
        ("(p = :p) AND (s > :two)", [3, 4]),
        ("p = :p AND s >= :two", [2, 3, 4]),
        ("p = :p AND s BETWEEN :one AND :two", [1, 2]),
    ],
)
async def test_conditions(query, text, found):
    values = {"p": "a", "one": 1, "two": 2}
    assert await query(text, **{n: v for n, v in values.items() if f":{n}" in text}) == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p <> :p", "Invalid operator used in KeyConditionExpression: <>"),
        ("p = :p OR s = :n", "Invalid operator used in KeyConditionExpression: OR"),
        ("NOT p = :p", "Invalid operator used in KeyConditionExpression: NOT"),
        ("p IN (:p)", "Invalid operator used in KeyConditionExpression: IN"),
        ("p = :p AND attribute_exists(s)",
         "Invalid operator used in KeyConditionExpression: attribute_exists"),
        ("p = :p AND contains(s, :p)", "Invalid operator used in KeyConditionExpression: contains"),
        ("p > :p", "Query key condition not supported"),
        ("p BETWEEN :p AND :p", "Query key condition not supported"),
        ("s = :n", "Query condition missed key schema element: p"),
        ("x = :p", "Query condition missed key schema element: p"),
        ("p = :p AND x = :p", "Query condition missed key schema element: s"),
        ("p = :p AND p = :p", "KeyConditionExpressions must only contain one condition per key"),
        ("p = :p AND s = :n AND x = :p", "Conditions can be of length 1 or 2 only"),
        ("p.x = :p", "KeyConditionExpressions cannot have conditions on nested attributes"),
        ("size(p) = :n", "KeyConditionExpressions cannot contain nested operations"),
        ("p = s", IN_CONDITION + "Multiple attribute names used in one condition"),
        (":p = :p", IN_CONDITION + "No key attribute specified"),
        ("p = :p AND begins_with(:p, s)", IN_CONDITION + "begins_with operator must have the key "
         "attribute as its first operand"),
        ("p = :n", "One or more parameter values were invalid: Condition parameter type does not "
         "match schema type"),
        ("p = :p AND s = :p", "One or more parameter values were invalid: Condition parameter type "
         "does not match schema type"),
        ("p = :p AND", BAD + 'Syntax error; token: "<EOF>", near: "AND"'),
        ("p = :p AND ((s = :n))", BAD + "The expression has redundant parentheses;"),
        ("name = :p", BAD + "Attribute name is a reserved keyword; reserved keyword: name"),
        ("p = :q", BAD + "An expression attribute value used in expression is not defined; "
         "attribute value: :q"),
        ("", BAD + "The expression can not be empty;"),
    ],
)  # fmt: skip
async def test_what_is_refused(query, invalid, text, message):
    values = {name: value for name, value in {"p": "a", "n": 1}.items() if f":{name}" in text}
    with invalid(message):
        await query(text, **values)


async def test_an_empty_key_in_a_condition(query, invalid):
    empty = "One or more parameter values are not valid. "
    with invalid(part=empty):
        await query("p = :p", p="")
