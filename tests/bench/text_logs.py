"""Lines of proxies, firewalls and sensors as a large organisation writes them: 2,000 people, 5,000 hosts, 3 % AI."""

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tests.bench.firehose import ORDINARY, SHARE, tool_hosts

PEOPLE = 2_000
START = datetime(2026, 11, 20, 8, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/"
AGENTS = [f"{BROWSER}{number}.0.0.0" for number in range(90, 140)]
PATHS = [f"/app/v{number % 7}/page{number}" for number in range(400)]
ELFF_FIELDS = (
    "date time time-taken c-ip cs-username cs-auth-group x-exception-id sc-filter-result cs-categories cs(Referer) "
    "sc-status s-action cs-method rs(Content-Type) cs-uri-scheme cs-host cs-uri-port cs-uri-path cs-uri-query "
    "cs-uri-extension cs(User-Agent) s-ip sc-bytes cs-bytes x-virus-id x-bluecoat-application-name "
    "x-bluecoat-application-operation"
)
ZEEK_FIELDS = (
    "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id rtt query qclass qclass_name qtype qtype_name rcode "
    "rcode_name AA TC RD RA Z answers TTLs rejected"
)


class Visit(NamedTuple):
    """One visit; sizes are bytes."""

    number: int
    at: datetime
    who: int
    host: str
    path: str
    agent: str
    size: int

    @property
    def login(self) -> str:
        """The person's login."""
        return f"load{self.who:05d}"

    @property
    def ip(self) -> str:
        """The person's address."""
        return f"10.{self.who % 200}.{self.who // 200}.9"


def visits(count: int) -> Iterator[Visit]:
    """The same for the same count."""
    chance, tools = random.Random(7), tool_hosts()
    for number in range(count):
        host = chance.choice(tools) if chance.random() < SHARE else chance.choice(ORDINARY)
        at = START + timedelta(milliseconds=number // 2)
        who, path, agent = chance.randrange(PEOPLE), chance.choice(PATHS), chance.choice(AGENTS)
        yield Visit(number, at, who, host, path, agent, chance.randint(300, 99999))


def squid(one: Visit) -> str:
    """Squid's native format; half of it tunnels."""
    asked = f"CONNECT {one.host}:443" if one.number % 2 else f"GET http://{one.host}{one.path}?q={one.number}"
    return (
        f"{one.at.timestamp():.3f} {one.size % 900:6d} {one.ip} TCP_MISS/200 {one.size} {asked} {one.login} "
        "HIER_DIRECT/203.0.113.10 text/html"
    )


def elff(one: Visit) -> str:
    """ProxySG's main format, with its two columns of applications."""
    return (
        f"{one.at:%Y-%m-%d %H:%M:%S} {one.size % 900} {one.ip} EXAMPLE\\{one.login} Staff - OBSERVED "
        f'"Technology/Internet" https://portal.example.com/?q=x 200 TCP_NC_MISS GET text/html https {one.host} 443 '
        f'{one.path} ?q={one.number} - "{one.agent}" 192.0.2.1 {one.size} {one.size // 9} - "none" "none"'
    )


def zscaler(one: Visit) -> str:
    """NSS's web log as name-value pairs separated by tabs."""
    return (
        f"{one.at:%Y-%m-%d %H:%M:%S}\treason=Allowed\tevent_id={7300000000000000000 + one.number}\tprotocol=HTTPS\t"
        f"action=Allowed\ttransactionsize={one.size}\tresponsesize={one.size // 2}\trequestsize={one.size // 9}\t"
        f"urlcategory=Professional Services\tserverip=203.0.113.9\trequestmethod=GET\t"
        f'refererURL="portal.example.com/"\tuseragent="{one.agent}"\tClientIP={one.ip}\tstatus=200\t'
        f'user="{one.login}@example.com"\turl="{one.host}{one.path}?q={one.number}"\tvendor=Zscaler\t'
        f"hostname={one.host}\tdepartment=Finance\tappname=General Browsing\tappclass=General Browsing"
    )


def panos(one: Visit) -> str:
    """PAN-OS: a URL log line in the order of its fields, up to the list of categories and some after it."""
    stamp = f"{one.at:%Y/%m/%d %H:%M:%S}"
    return (
        f"1,{stamp},007051000099001,THREAT,url,2562,{stamp},{one.ip},203.0.113.9,,,web-out,example\\{one.login},,"
        f"web-browsing,vsys1,trust,untrust,ethernet1/2,ethernet1/1,to-siem,{stamp},{one.number},1,51234,443,0,0,0x0,tcp,"
        f'alert,"{one.host}{one.path}?q={one.number}",(9999),business,informational,client-to-server,{one.number},0x0,'
        f'10.0.0.0-10.255.255.255,US,,text/html,0,,,0,"{one.agent}",,,"https://portal.example.com/",,,,0,0,0,0,0,,fw-1,'
        f',,,get,0,,0,{stamp},N/A,unknown,AppThreat-0-0,0x0,0,4294967295,,"business,low-risk",,,,,,,,0'
    )


def zeek(one: Visit) -> str:
    """A lookup of Zeek's dns.log."""
    return (
        f"{one.at.timestamp():.6f}\tC{one.number:017d}\t{one.ip}\t{49152 + one.number % 9999}\t192.0.2.53\t53\tudp\t"
        f"{one.number % 65535}\t0.0{one.size}\t{one.host}\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\t"
        "203.0.113.20\t300.0\tF"
    )


class Log(NamedTuple):
    """A log: the connector that reads it, what stands before its lines, and what writes one."""

    source: str
    head: str
    line: Callable[[Visit], str]

    def written(self, count: int) -> bytes:
        """So many lines of it."""
        return (self.head + "".join(f"{self.line(one)}\n" for one in visits(count))).encode()


LOGS: Mapping[str, Log] = {
    "squid": Log("squid", "", squid),
    "elff": Log("elff", f"#Software: SGOS 7.3.1\n#Fields: {ELFF_FIELDS}\n", elff),
    "zscaler": Log("zscaler", "", zscaler),
    "panos": Log("panos", "", panos),
    "zeek": Log("dns", "#separator \\x09\n#path\tdns\n#fields\t" + "\t".join(ZEEK_FIELDS.split()) + "\n", zeek),
}
