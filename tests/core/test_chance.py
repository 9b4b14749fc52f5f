"""What chance gives."""

from supportdesk.core import chance


def test_the_name_of_an_act_can_never_look_like_a_my_number() -> None:
    names = {chance.operation_key() for _ in range(200)}

    assert len(names) == 200
    assert not [name for name in names if any(letter.isdecimal() for letter in name)]
