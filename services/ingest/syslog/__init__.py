"""Syslog: what firewalls, proxies, resolvers and appliances send over UDP, TCP and TLS, in RFC 3164's form and 5424's.

`framing`, `message`, `routes` and `lines` are pure; `listener` has the sockets, `feed` brings what came to the log.
"""
