"""Ports of 127.0.0.1 for servers under test."""

import random
import socket

# Below the range from which the system draws ports of connections, so that none takes one between
# this look and the server's start; as ./deploy/kafka/up does.
FIRST, BEHIND = 20_000, 32_000


def free_ports(count):
    """So many different ones that nobody had a moment ago."""
    open_ones = []
    for port in random.sample(range(FIRST, BEHIND), BEHIND - FIRST):
        if len(open_ones) == count:
            break
        try:
            open_ones.append(socket.create_server(("127.0.0.1", port)))
        except OSError:
            continue
    ports = [each.getsockname()[1] for each in open_ones]
    for each in open_ones:
        each.close()
    return ports


def free_port():
    return free_ports(1)[0]
