"""Of upstream's HTTP client, which has to be compiled against libcurl, what the script of
the book needs: so that upstream runs it."""

import asyncio
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from types import SimpleNamespace


class Response:
    def __init__(self, request, status, body, start):
        self.request, self.status_code, self.body = request, status, body
        self.url, self.start_time, self.total_time = request.url, start, time.time() - start
        self.namelookup_time = self.connect_time = self.appconnect_time = 0.0
        self.pretransfer_time = self.starttransfer_time = self.total_time
        self.primary_ip, self.download_size = "127.0.0.1", len(body)

    def json(self):
        return json.loads(self.body)


class Session:
    def __init__(self, loop):
        self.loop, self.callback = loop, None

    def set_response_callback(self, callback):
        self.callback = callback

    async def get(self, url):
        return await self.ask("GET", url, None, None)

    async def post(self, url, data=None, json=None):
        if json is not None:
            return await self.ask("POST", url, dumps(json), "application/json")
        return await self.ask("POST", url, data, "application/x-www-form-urlencoded")

    async def ask(self, method, url, body, kind):
        start = time.time()
        request = urllib.request.Request(url, body and body.encode(), method=method)
        if kind:
            request.add_header("Content-Type", kind)
        status, body = await asyncio.get_running_loop().run_in_executor(None, self.answer, request)
        response = Response(SimpleNamespace(method=method, url=url), status, body, start)
        self.callback(response)
        return response

    @staticmethod
    def answer(request):
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


dumps = json.dumps


class CurlWrapper:
    def __init__(self, loop):
        self.loop = loop

    def session(self):
        return Session(self.loop)
