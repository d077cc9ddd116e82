"""Every request comes from an address of its own: whoever is wrong too often from one is held up."""

import itertools

import requests

numbers = itertools.count()
send = requests.Session.send


def from_another_address(session, request, **kwargs):
    number = next(numbers)
    request.headers["X-Forwarded-For"] = f"198.18.{number >> 8 & 255}.{number & 255}"
    return send(session, request, **kwargs)


requests.Session.send = from_another_address
