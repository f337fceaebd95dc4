#!/usr/bin/env python3
"""Plays on a server of Auspice for a while, and fails where what it holds is not what the server states.

A client in another language than the server's: it is written from shared/PROTOCOL.md and from what the server
prints as `schema`, and needs nothing but Python. Ends with status 1 and a sentence at the first difference.
"""

import argparse
import json
import random
import sys
import time

import bincode
from bits import Malformed
from client import Client, Differs
from demo import Demo
from drift import Drift
from web import Closed, Refused, WebSocket
from zoo import Zoo

GAMES = {"auspice-demo": Demo, "zoo": Zoo}


class Session:
    """A player's connections, one after the other."""

    def __init__(self, options, schema):
        self.options, self.schema = options, schema
        self.random = random.Random(options.seed)
        self.client, self.web = None, None
        self.wanted = []
        # What players say beside the game: this player's room, who was heard, and when to say something again.
        self.room, self.heard, self.say_at = None, set(), 0

    def dial(self):
        """Connects, as the same player where there was a connection before."""
        before = self.client
        game = GAMES.get(self.schema["game"], Drift)()
        self.client = Client(self.schema, game)
        plain = self.schema["subprotocol"]
        self.web = WebSocket(self.options.url, f"{plain}.talk, {plain}" if self.options.hears else plain)
        self.web.send(self.client.hello(self.options.name, "foreign", before.token if before else None))
        welcome = self.web.message(5)
        if welcome is None:
            raise Differs("no welcome came in 5 s")
        self.client.welcomed(welcome)
        if before and self.client.identity != before.identity:
            raise Differs(f"came back as {self.client.identity}, and was {before.identity}")
        if before:
            self.client.counts = before.counts
            self.client.first_unseen = before.next_event
            if self.client.next_event > before.next_event:
                raise Differs(f"events {before.next_event} to {self.client.next_event - 1} were never told")
        self.newest, self.ahead, self.calm = self.client.tick, 2, 0
        self.wanted, self.obeyed = [0] * self.client.input_kind.width, None

    def play(self, until):
        """Follows every update and answers each with inputs, until then."""
        while time.monotonic() < until:
            message = self.web.message(until - time.monotonic())
            if message == b"":
                self.come_over()
            elif message is not None:
                self.client.updated(message)
                self.look()
                self.answer()
            self.talk()

    def go(self, room):
        """Asks for another room."""
        self.web.send(b"")
        self.web.send(b"\x00" + bincode.text(room))

    def come_over(self):
        """Is in another room: a welcome is next, and nothing of the old one counts any more."""
        before, self.client = self.client, Client(self.schema, GAMES.get(self.schema["game"], Drift)())
        welcome = self.web.message(5)
        if welcome is None:
            raise Differs("no welcome of the other room came in 5 s")
        self.client.welcomed(welcome)
        self.client.counts = before.counts
        self.client.counts["moves"] = before.counts.get("moves", 0) + 1
        self.web.send(b"")
        self.web.send(b"\x01")
        self.newest, self.ahead, self.calm = self.client.tick, 2, 0
        self.wanted, self.obeyed = [0] * self.client.input_kind.width, None

    def talk(self):
        """Takes what others say, and says something to all once in a while."""
        for text in self.web.texts:
            word, *rest = text.split("\t")
            if word == "room":
                self.room = rest[0]
            elif word == "line" and len(rest) == 4:
                self.heard.add(rest[2])
        self.web.texts.clear()
        if self.room and time.monotonic() >= self.say_at:
            self.web.say(f"all\tthis is {self.options.name} in {self.room}")
            self.say_at = time.monotonic() + 1.5

    def look(self):
        """Counts how often the controls of the own entity change: a server that obeys changes them."""
        own = self.client.own_held()
        controls = own and [own.row[at] for at in self.client.kinds[own.kind].controls]
        if controls and controls != self.obeyed:
            self.client.counts["obeyed"] += 1
            self.obeyed = controls

    def answer(self):
        """Inputs for the ticks up to the present: as far ahead as it takes for each to be there for its tick."""
        lead = self.client.lead
        # The lead before the first input says nothing.
        if self.client.counts["inputs"] and lead < 0:
            self.ahead, self.calm = min(self.ahead + 1, 30), 0
        elif lead > 1:
            self.calm += 1
            if self.calm > 60:
                self.ahead, self.calm = max(self.ahead - 1, 1), 0
        newest = max(self.newest, self.client.tick + self.ahead)
        count = min(newest - self.newest, 16)
        rows = [self.want() for _ in range(count)]
        self.web.send(self.client.inputs(newest, rows))
        self.newest = newest

    def want(self):
        """What the player wants for a tick: now and then something else."""
        if self.random.random() < 0.1:
            for at, field in self.client.input_kind.columns():
                self.wanted[at] = self.random.randint(*field.ranges[at - field.columns[0]])
        return list(self.wanted)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="ws://127.0.0.1:7700/play")
    parser.add_argument("--schema", required=True, help="file with what the server prints as `schema`")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--cuts", type=int, default=0, help="connections that are broken, and come back")
    parser.add_argument("--moves", type=int, default=0, help="times that it goes to another room and back, in between")
    parser.add_argument("--hashes", type=int, default=1, help="fewest hashes that must have been compared")
    parser.add_argument("--hears", default="", help="player who must have been heard to say a line")
    parser.add_argument("--name", default="foreigner")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with open(options.schema, encoding="utf-8") as file:
        schema = json.load(file)
    session = Session(options, schema)
    try:
        for turn in range(options.cuts + 1):
            session.dial()
            span = options.seconds / (options.cuts + 1) / (options.moves + 1)
            for move in range(options.moves):
                session.play(time.monotonic() + span)
                session.go("new" if move % 2 == 0 else "any")
            session.play(time.monotonic() + span)
            if turn < options.cuts:
                session.web.cut()
        session.web.goodbye()
    except (Differs, Malformed) as difference:
        sys.exit(f"differs: {difference}")
    except Refused as refusal:
        sys.exit(f"refused with {refusal.args[0]}: {refusal.args[1]}")
    except Closed as end:
        sys.exit(f"closed with {end.args[0]}: {end.args[1]}")
    client = session.client
    told = ", ".join(f"{count} {name}" for name, count in client.counts.items())
    print(f"{schema['game']}: {told}; {len(client.held)} entities held; {options.cuts} returns as the same player")
    if client.counts["obeyed"] < 3:
        sys.exit("the server does not do what it is told")
    if client.counts.get("moves", 0) < options.moves * (options.cuts + 1):
        sys.exit(f"it came to {client.counts.get('moves', 0)} other rooms")
    if options.hears and options.hears not in session.heard:
        sys.exit(f"{options.hears} was not heard: {sorted(session.heard)}, in the room {session.room}")
    if client.counts["hashes"] < options.hashes:
        sys.exit(f"too few hashes were compared: {client.counts['hashes']} of {options.hashes}")


if __name__ == "__main__":
    main()
