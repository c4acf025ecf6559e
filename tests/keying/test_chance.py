from collections import Counter

import pytest

from keying.chance import SecretRandom
from keying.workitem import TOKEN, new_token


def _rng(seed):
    return SecretRandom(bytes(32), str(seed))


def test_the_same_secret_and_purpose_repeat_and_others_do_not():
    def draws(secret, purpose):
        rng = SecretRandom(secret, purpose)
        return [rng.getrandbits(61), rng.random(), rng.randrange(10**6), rng.sample(range(99), 5)]

    assert draws(b"a" * 32, "lot 1") == draws(b"a" * 32, "lot 1")
    assert draws(b"a" * 32, "lot 1") != draws(b"a" * 32, "lot 2")
    assert draws(b"a" * 32, "lot 1") != draws(b"b" * 32, "lot 1")


def test_draws_are_even():
    rng = SecretRandom(b"k" * 32, "even")
    counts = Counter(rng.randrange(10) for _ in range(20_000))
    assert all(1800 < counts[digit] < 2200 for digit in range(10))
    assert abs(sum(rng.random() for _ in range(20_000)) / 20_000 - 0.5) < 0.01
    assert all(rng.getrandbits(3) < 8 for _ in range(100))


def test_short_secrets_and_states_are_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        SecretRandom(b"short", "x")
    rng = SecretRandom(b"k" * 32, "x")
    with pytest.raises(TypeError):
        rng.getstate()
    with pytest.raises(TypeError):
        rng.setstate(())


def test_tokens_are_url_safe_and_differ():
    rng = _rng(5)
    tokens = {new_token(rng) for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(TOKEN.match(token) for token in tokens)
