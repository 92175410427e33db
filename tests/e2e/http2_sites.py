"""A gateway and a site that speaks HTTP/2."""

import concurrent.futures
import json

import http2
from gateways import OwnHouseTest, new_task

ID = "f61d60d2-698a-46dc-a266-88df27644956"
DOCUMENT = json.dumps(new_task("site2", "root", id=ID)).encode()
BROKEN = (502, "SiteProtocolError")


def answer(_, connection, stream, __):
    connection.reply(stream, DOCUMENT)


class SitesTest(OwnHouseTest):
    def setUp(self):
        super().setUp()
        self.pool = concurrent.futures.ThreadPoolExecutor(64)
        self.addCleanup(self.pool.shutdown)

    def start(self, how=answer, streams=100, **changes):
        self.site2 = http2.Site(self.house, "site2", how, streams)
        self.addCleanup(self.site2.close)
        self.serve(self.site2.port, **changes)

    def serve(self, port, **changes):
        entry = self.house.remote_site("site1", "site2", port, **changes)
        self.site1 = self.gateway("site1", workers=1, sites={"site2": entry}).start()
        self.root = self.site1.log_in("root")

    def ask(self, path=f"/tasks/{ID}?site=site2", **fields):
        found = self.site1.get(path, self.root, **fields)
        return (200, None) if found.status == 200 else (found.status, found.code)

    def ask_often(self, times):
        return [future.result() for future in [self.pool.submit(self.ask) for _ in range(times)]]

    def opened(self):
        return len(self.site2.connections)
