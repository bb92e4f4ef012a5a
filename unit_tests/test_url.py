"""Which addresses may be asked: nobody on the way can read what is sent, and every parser finds the same host."""

import pytest

from source_usage_metrics.url import is_loopback, is_safe_url


@pytest.mark.parametrize(
    "address", ["https://example.com/x?sig=1", "http://127.0.0.1:80", "http://[::1]/", "http://localhost"]
)
def test_an_address_that_nobody_can_listen_to_is_safe(address: str) -> None:
    assert is_safe_url(address, allow_loopback=True)


@pytest.mark.parametrize(
    "address", ["http://example.com", "http://127.0.0.1.example.com", "https://", "https://[::1", "file:///x", ""]
)
def test_an_address_that_others_can_listen_to_is_not_safe(address: str) -> None:
    assert not is_safe_url(address, allow_loopback=True)


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254\\@localhost/",
        "http://localhost\\@169.254.169.254/",
        "http://x@localhost/",
        "https://example.com\\.github.com/",
        "https://example.com@api.github.com/",
        "https://:@api.github.com/",
        "https://api.github.com /x",
        "https://api.github.com/\tx",
        "\nhttps://api.github.com/",
        "https://api.github.com\x00/",
        "https://api.githüb.com/",
        "https://api.github.com%2f.example.com/",
        "https://api.github.com;.example.com/",
        "https://api.github.com:0/",
        "https:api.github.com",
        "https:///api.github.com",
    ],
)
def test_an_address_that_parsers_read_in_different_ways_is_not_safe(address: str) -> None:
    assert not is_safe_url(address, allow_loopback=True)


@pytest.mark.parametrize("address", ["http://127.0.0.1:80", "http://[::1]/", "http://localhost"])
def test_this_machine_is_safe_only_where_it_is_allowed(address: str) -> None:
    assert is_loopback(address)
    assert not is_safe_url(address, allow_loopback=False)


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1.example.com", "https://localhost.example.com", "https://2130706433"]
)
def test_what_only_looks_like_this_machine_is_another(address: str) -> None:
    assert not is_loopback(address)
