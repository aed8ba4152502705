"""How long whoever guesses passwords has to wait."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callsim.app.throttle import ACCOUNT, ADDRESS, Throttle, network, plain_address, without_port

HERE, THERE = "192.0.2.1", "198.51.100.9"


class Watch:
    """A clock that goes when it is told to."""

    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        """Now."""
        return self.now_s


def waits(throttle, watch, tries, name="ben", address=HERE):
    """The wait before each of some tries that are made as soon as they may be."""
    found = []
    for _ in range(tries):
        found.append(throttle.wait_s(name, address))
        watch.now_s += found[-1]
        throttle.begin(name, address)
    return found


def test_waits_grow_and_have_an_end():
    """Five tries are free, then 1, 2, 4 … seconds, never more than five minutes."""
    watch = Watch()
    found = waits(Throttle(watch), watch, 20)
    assert found[:5] == [0] * 5
    assert found[5:15] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert set(found[14:]) == {300}


def test_nobody_is_kept_out_for_good():
    """After the wait the next try is looked at, and a right one starts anew."""
    watch = Watch()
    throttle = Throttle(watch)
    waits(throttle, watch, 12)
    watch.now_s += throttle.wait_s("ben", HERE)
    throttle.succeed("ben", HERE, throttle.begin("ben", HERE))
    assert throttle.wait_s("ben", HERE) == 0
    assert waits(throttle, watch, 5)[:5] == [0] * 5


def test_a_name_is_counted_from_all_addresses_and_in_all_ways_to_write_it():
    """Many computers gain nothing."""
    watch = Watch()
    throttle = Throttle(watch)
    for number in range(5):
        throttle.begin(("Ben", "BEN ", "ｂen")[number % 3], f"192.0.2.{number}")
    assert throttle.wait_s("ben", THERE) > 0
    assert throttle.wait_s("cleo", THERE) == 0


def test_an_address_is_counted_over_all_names():
    """One password tried on many names gains little; twenty tries are a class that signs in."""
    watch = Watch()
    throttle = Throttle(watch)
    for number in range(ADDRESS.free):
        assert throttle.wait_s(f"name {number}", HERE) == 0
        throttle.begin(f"name {number}", HERE)
    assert throttle.wait_s("anybody", HERE) > 0
    assert throttle.wait_s("anybody", THERE) == 0


def test_a_right_try_gives_an_address_no_more_wrong_ones():
    """Whoever has an account of their own cannot guess more with it."""
    watch = Watch()
    throttle = Throttle(watch)
    for number in range(ADDRESS.free):
        throttle.begin(f"name {number}", HERE)
        throttle.succeed("mallory", THERE, throttle.begin("mallory", THERE))
    throttle.succeed("mallory", HERE, throttle.begin("mallory", HERE))
    assert throttle.wait_s("mallory", THERE) == 0
    assert throttle.wait_s("x", HERE) > 0


def test_a_right_try_makes_nobody_wait_anew():
    """What a class has mistyped behind one address is waited for once, however many sign in meanwhile, and at once."""
    watch = Watch()
    throttle = Throttle(watch)
    for number in range(ADDRESS.free + 6):
        throttle.begin(f"name {number}", HERE)
    left_s = throttle.wait_s("cleo", HERE)
    assert left_s == 64
    for _ in range(100):
        anna, ben = (throttle.begin(name, HERE) for name in ("anna", "ben"))
        watch.now_s += 0.5
        throttle.succeed("anna", HERE, anna)
        throttle.succeed("ben", HERE, ben)
        left_s = max(0, left_s - 0.5)
        assert throttle.wait_s("cleo", HERE) == left_s


def test_a_wrong_try_beside_a_right_one_is_waited_for():
    """It is its own moment that counts."""
    watch = Watch()
    throttle = Throttle(watch)
    for number in range(ADDRESS.free):
        throttle.begin(f"name {number}", HERE)
    watch.now_s += 10
    right = throttle.begin("anna", HERE)
    throttle.begin("cleo", HERE)
    throttle.succeed("anna", HERE, right)
    assert throttle.wait_s("ben", HERE) == 2


def test_guessing_from_elsewhere_does_not_keep_the_owner_out():
    """Where they have signed in before, they are counted by themselves."""
    watch = Watch()
    throttle = Throttle(watch)
    throttle.succeed("anna", HERE, throttle.begin("anna", HERE))
    waits(throttle, watch, 15, "anna", THERE)
    assert throttle.wait_s("anna", THERE) > 0
    assert throttle.wait_s("anna", HERE) == 0
    assert waits(throttle, watch, 7, "anna", HERE)[5:] == [1, 2]


def test_all_is_forgotten_in_the_end():
    """Half an hour without a try, which is longer than any wait."""
    watch = Watch()
    throttle = Throttle(watch)
    waits(throttle, watch, 14)
    watch.now_s += 1801
    assert throttle.wait_s("ben", HERE) == 0
    assert ACCOUNT.longest_s < 1800


def test_made_up_names_fill_no_memory():
    """The oldest are forgotten."""
    throttle = Throttle(Watch())
    for number in range(12_000):
        throttle.begin(f"name {number}", f"10.0.{number // 256}.{number % 256}")
    assert len(throttle._tries) == 10_000


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([HERE, THERE]), st.floats(0, 400)), max_size=60))
def test_no_wait_is_longer_than_five_minutes(tries):
    """Whoever tries what from where and when; and what is forgotten was never waited for."""
    watch = Watch()
    throttle = Throttle(watch)
    for name, address, later_s in tries:
        watch.now_s += later_s
        throttle.begin(name, address)
        assert 0 <= throttle.wait_s(name, address) <= 300


def test_one_computer_with_many_addresses_is_one():
    """IPv6 gives each 2**64 of them; IPv4 written as IPv6 is IPv4."""
    assert network("2001:db8::1") == network("2001:db8::ffff:2") != network("2001:db8:0:1::1")
    assert network("::ffff:192.0.2.1") == network("192.0.2.1") == "192.0.2.1"
    assert plain_address("2001:DB8:0::1") == "2001:db8::1" != plain_address("2001:db8::2")
    assert network("fe80::1%eth0") == network("fe80::2%eth1")
    assert network("nonsense:") == "nonsense."


def test_a_port_is_no_part_of_an_address():
    """Some proxies write it behind, and IPv6 in brackets; else an address stays as it is."""
    assert without_port("192.0.2.1:51234") == without_port("192.0.2.1") == "192.0.2.1"
    assert without_port("[2001:db8::1]:5") == without_port("[2001:db8::1]") == without_port("2001:db8::1")
    assert [without_port(one) for one in ("::1", "2001:db8::5:80", "unknown")] == ["::1", "2001:db8::5:80", "unknown"]
