"""A WebSocket (RFC 6455) over a plain socket: as much of it as a client of Auspice needs."""

import base64
import hashlib
import os
import select
import socket
import ssl
import struct
from urllib.parse import urlsplit

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Refused(Exception):
    """The upgrade was answered with another status than 101: the status, and the sentence."""


class Closed(Exception):
    """The connection is over: the code and the sentence of the server's close frame, or None and why."""


class WebSocket:
    def __init__(self, url, protocol, timeout=10):
        """Offers `protocol`, or several with commas: which one was chosen is in `chosen` then."""
        self.texts = []
        parts = urlsplit(url)
        self.is_secure = parts.scheme == "wss"
        self.socket = socket.create_connection((parts.hostname, parts.port or (443 if self.is_secure else 80)), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.is_secure:
            # SSL_CERT_FILE names whom to trust besides those whom this machine trusts.
            self.socket = ssl.create_default_context().wrap_socket(self.socket, server_hostname=parts.hostname)
        self.waiting = b""
        key = base64.b64encode(os.urandom(16))
        lines = [
            f"GET {parts.path or '/'} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key.decode()}",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Protocol: {protocol}",
        ]
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        self._answered(key, protocol)

    def _answered(self, key, protocol):
        while b"\r\n\r\n" not in self.waiting:
            self._receive()
        head, self.waiting = self.waiting.split(b"\r\n\r\n", 1)
        status, *lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        if status.split(" ")[1] != "101":
            length = int(fields.get("content-length", 0))
            while len(self.waiting) < length:
                self._receive()
            raise Refused(int(status.split(" ")[1]), self.waiting[:length].decode("utf-8", "replace").strip())
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        if fields.get("sec-websocket-accept") != accept or fields.get("sec-websocket-protocol") not in protocol.split(", "):
            raise Refused(101, "the upgrade is not the one that was asked for")
        self.chosen = fields["sec-websocket-protocol"]

    def _receive(self):
        received = self.socket.recv(65536)
        if not received:
            raise Closed(None, "the connection ended without a close frame")
        self.waiting += received

    def message(self, seconds):
        """The next binary message; None where none is there within so many seconds. Text is kept in `texts`."""
        while True:
            frame = self._frame()
            if frame is None:
                is_decrypted = self.is_secure and self.socket.pending()
                if not is_decrypted and not select.select([self.socket], [], [], max(0, seconds))[0]:
                    return None
                self._receive()
                continue
            opcode, payload = frame
            if opcode == BINARY:
                return payload
            if opcode == TEXT:
                self.texts.append(payload.decode("utf-8"))
            elif opcode == PING:
                self._send(PONG, payload)
            elif opcode == CLOSE:
                self._send(CLOSE, payload[:2])
                code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
                raise Closed(code, payload[2:].decode("utf-8"))
            elif opcode != PONG:
                raise Closed(None, f"a frame of the kind {opcode}, which no server of Auspice sends")

    def _frame(self):
        """A whole frame of those bytes that are there."""
        waiting = self.waiting
        if len(waiting) < 2:
            return None
        if waiting[0] & 0xF0 != 0x80 or waiting[1] & 0x80:
            raise Closed(None, "a frame that is a part, compressed or masked, which no server of Auspice sends")
        length, at = waiting[1], 2
        if length >= 126:
            size = 2 if length == 126 else 8
            if len(waiting) < 2 + size:
                return None
            length, at = int.from_bytes(waiting[2 : 2 + size], "big"), 2 + size
        if len(waiting) < at + length:
            return None
        self.waiting = waiting[at + length :]
        return waiting[0] & 0x0F, waiting[at : at + length]

    def send(self, message):
        self._send(BINARY, message)

    def say(self, text):
        self._send(TEXT, text.encode())

    def _send(self, opcode, payload):
        mask = os.urandom(4)
        length = len(payload)
        if length < 126:
            head = struct.pack(">BB", 0x80 | opcode, 0x80 | length)
        else:
            head = struct.pack(">BBH", 0x80 | opcode, 0x80 | 126, length)
        masked = bytes(octet ^ mask[index % 4] for index, octet in enumerate(payload))
        self.socket.sendall(head + mask + masked)

    def goodbye(self):
        """Says that the player is done, and waits for the server's answer."""
        self._send(CLOSE, struct.pack(">H", 1000))
        try:
            while self.message(5) is not None:
                pass
        except (Closed, OSError):
            pass
        self.socket.close()

    def cut(self):
        """Breaks the connection without a word, as a network does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
