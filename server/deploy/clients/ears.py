"""Serves page.html at a port, and prints what it tells: `ears.py PORT FOLDER`. Ends with the first word."""

import functools
import http.server
import sys
import urllib.parse


class Ears(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/?"):
            print(urllib.parse.unquote(self.path[2:]), flush=True)
            self.send_response(204)
            self.end_headers()
            self.server.told = True
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), functools.partial(Ears, directory=sys.argv[2]))
server.told = False
server.timeout = 1
while not server.told:
    server.handle_request()
