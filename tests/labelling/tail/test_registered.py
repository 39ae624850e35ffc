import pytest
import tldextract

from services.labelling.tail.registered import Registered, registered


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("chat.acme.co.uk", "acme.co.uk"),
        ("acme.com", "acme.com"),
        ("a.b.city.kawasaki.jp", "city.kawasaki.jp"),  # an exception to a wildcard
        ("a.b.c.kawasaki.jp", "b.c.kawasaki.jp"),  # the wildcard itself
        ("me.github.io", "me.github.io"),  # the private part: each customer is somebody
        ("a.unknownsuffix", "a.unknownsuffix"),
    ],
)
def test_the_registered_domain_is_what_the_list_says(host, name):
    found = registered(host)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("host", ["", "localhost", "co.uk", "192.0.2.7", "2001:db8::1", "com"])
def test_what_is_no_registered_domain_has_none(host):
    assert registered(host) is None


def test_it_agrees_with_the_package_that_brings_the_list():
    reference = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
    for host in ("x.y.gov.sg", "x.ac.th", "deep.x.com.my", "x.s3.amazonaws.com", "a.b.vercel.app", "x.ck", "www.ck"):
        said = reference(host)
        expected = Registered(said.domain, said.suffix) if said.domain and said.suffix else None
        assert registered(host) == expected, host
