"""What a Python library tells a program of a refusal, and of a close: `python.py LIBRARY BUSY FORBIDDEN CLOSING`.

BUSY is an address that answers 503, FORBIDDEN one that answers 403 to a page of `https://evil.example`, CLOSING
one that closes after the first message. Prints a line of JSON.
"""

import asyncio
import json
import sys

HELLO = b"AUSP" + bytes(42)
ORIGIN = "https://evil.example"


def of_websockets(busy, forbidden, closing):
    import websockets
    from websockets.sync.client import connect

    def refused(url, origin=None):
        try:
            connect(url, subprotocols=["auspice.v1"], origin=origin)
        except websockets.exceptions.InvalidStatus as error:
            return answer(error.response.status_code, error.response.body, error.response.headers.get("Retry-After"))

    def closed():
        with connect(closing, subprotocols=["auspice.v1"]) as web:
            web.send(HELLO)
            try:
                while True:
                    web.recv(10)
            except websockets.exceptions.ConnectionClosed as end:
                return {"code": end.rcvd.code, "sentence": end.rcvd.reason}

    return websockets.__version__, refused(busy), refused(forbidden, ORIGIN), closed()


def of_websocket_client(busy, forbidden, closing):
    import websocket

    def refused(url, origin=None):
        try:
            websocket.create_connection(url, subprotocols=["auspice.v1"], origin=origin, suppress_origin=origin is None)
        except websocket.WebSocketBadStatusException as error:
            return answer(error.status_code, error.resp_body, (error.resp_headers or {}).get("retry-after"))

    def closed():
        web = websocket.create_connection(closing, subprotocols=["auspice.v1"], suppress_origin=True)
        web.send_binary(HELLO)
        while True:
            opcode, payload = web.recv_data(control_frame=True)
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return {"code": int.from_bytes(payload[:2], "big"), "sentence": payload[2:].decode()}

    return websocket.__version__, refused(busy), refused(forbidden, ORIGIN), closed()


def of_aiohttp(busy, forbidden, closing):
    import aiohttp

    async def refused(session, url, origin=None):
        try:
            await session.ws_connect(url, protocols=["auspice.v1"], origin=origin)
        except aiohttp.WSServerHandshakeError as error:
            # The body of the answer is not handed on.
            return answer(error.status, None, error.headers.get("Retry-After"))

    async def closed(session):
        web = await session.ws_connect(closing, protocols=["auspice.v1"])
        await web.send_bytes(HELLO)
        while True:
            message = await web.receive(10)
            if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
                return {"code": message.data, "sentence": message.extra}

    async def all_of_it():
        async with aiohttp.ClientSession() as session:
            return await refused(session, busy), await refused(session, forbidden, ORIGIN), await closed(session)

    return (aiohttp.__version__, *asyncio.run(all_of_it()))


def answer(status, body, retry_after):
    sentence = body.decode().strip() if body else None
    return {"status": status, "sentence": sentence, "retry_after": retry_after}


library, *addresses = sys.argv[1:]
look = {"websockets": of_websockets, "websocket-client": of_websocket_client, "aiohttp": of_aiohttp}[library]
version, busy, forbidden, closed = look(*addresses)
print(json.dumps({"client": f"Python {library} {version}", "503": busy, "403": forbidden, "close": closed}))
