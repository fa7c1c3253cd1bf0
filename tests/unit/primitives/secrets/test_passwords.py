"""Random passwords follow their rules, and no rules that none can follow are taken."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.primitives.secrets import PasswordRules, random_password
from lenticular.primitives.secrets.errors import PasswordRulesInvalid

KINDS = {
    "lowercase": string.ascii_lowercase,
    "uppercase": string.ascii_uppercase,
    "numbers": string.digits,
    "punctuation": string.punctuation,
    "space": " ",
}


@given(
    st.builds(
        PasswordRules,
        length=st.integers(0, 80),
        excluded=st.text(string.printable, max_size=20),
        **dict.fromkeys((*KINDS, "each_kind"), st.booleans()),
    )
)
def test_a_password_follows_its_rules(rules):
    try:
        password = random_password(rules)
    except PasswordRulesInvalid:
        kinds = [
            set(signs) - set(rules.excluded)
            for name, signs in KINDS.items()
            if getattr(rules, name)
        ]
        impossible = not any(kinds) or rules.length < 1
        assert impossible or (rules.each_kind and (not all(kinds) or len(kinds) > rules.length))
        return
    assert len(password) == rules.length
    assert not set(password) & set(rules.excluded)
    for name, signs in KINDS.items():
        has_one = bool(set(password) & set(signs))
        if not getattr(rules, name):
            assert not has_one
        elif rules.each_kind:
            assert has_one


def test_passwords_are_not_drawn_twice():
    assert len({random_password(PasswordRules()) for _ in range(200)}) == 200


def test_there_is_a_longest():
    assert len(random_password(PasswordRules(length=4096))) == 4096
    with pytest.raises(PasswordRulesInvalid):
        random_password(PasswordRules(length=4097))
