"""The other gateways of a benchmark: HAProxy and nginx, doing what sitegate does as well as they can.

All of them end TLS, know a list of tokens, choose the site by the query and ask it over TLS, whose
certificate they verify; locally they answer from memory. All of
them write an access log.
"""

import contextlib
import os
import socket
import subprocess
import time


@contextlib.contextmanager
def on_cpu(cpu):
    """What is started within runs on that CPU alone; None: wherever there is room."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, before if cpu is None else {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Server:
    """A process that listens on `ports`."""

    def __init__(self, cpu, command, ports, log):
        with on_cpu(cpu), open(log, "w") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        until = time.monotonic() + 30
        for port in ports:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 5).close()
                    break
                except OSError:
                    if self.process.poll() is not None or time.monotonic() > until:
                        raise SystemExit(f"bench: {command[0]} does not run:\n{log.read_text()}")
                    time.sleep(0.05)

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        self.process.terminate()
        self.process.wait()


class World:
    """Files that all servers share: certificates, tokens, the task."""

    def __init__(self, house, document, tokens):
        self.house = house
        self.folder = house.folder / "bench"
        self.folder.mkdir()
        self.authority = house.authority.certificate
        self.document = self.file("task.json", document)
        self.tokens = self.file("tokens", "\n".join(tokens) + "\n")
        self.token_map = self.file("tokens.map", "".join(f'"{token}" 1;\n' for token in tokens))
        self.text = document

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def both(self, site):
        """Certificate and key of a site in one file."""
        certificate, key = self.house.certificate(site)
        return self.file(f"{site}.pem", certificate.read_text() + key.read_text())

    # nginx

    def nginx(self, cpu, name, servers, ports):
        home = self.folder / name
        home.mkdir()
        temporary = "".join(f"{kind}_temp_path {home}/{kind}; " for kind in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = self.file(f"{name}.conf", f"""
            daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;
            worker_rlimit_nofile 20000;
            events {{ worker_connections 16384; }}
            http {{
              access_log off; {temporary} default_type application/json;
              ssl_protocols TLSv1.3; proxy_ssl_protocols TLSv1.3;  # 1.22 by itself: at most 1.2
              keepalive_timeout 1h; keepalive_requests 1000000000;
              map_hash_max_size 16384; map_hash_bucket_size 128;
              {servers}
            }}""")
        return Server(cpu, ["/usr/sbin/nginx", "-c", config, "-e", home / "error.log"], ports,
                      self.folder / f"{name}.log")

    def nginx_site(self, cpu, port):
        """A remote site that answers every question with the task."""
        certificate, key = self.house.certificate("site3")
        return self.nginx(cpu, "site", f"""
            server {{
              listen 127.0.0.1:{port} ssl backlog=4096;
              ssl_certificate {certificate}; ssl_certificate_key {key};
              location /tasks/ {{ return 200 '{self.text}'; }}
            }}""", [port])

    def nginx_gateway(self, cpu, forwarded, local, site):
        certificate, key = self.house.certificate("site1")
        tls = (f"ssl_certificate {certificate}; ssl_certificate_key {key}; "
               f"access_log {self.folder}/nginx-access.log combined buffer=64k flush=100ms;")
        return self.nginx(cpu, "nginx", f"""
            map $http_x_vcav_auth $known {{ default 0; include {self.token_map}; }}
            map $arg_site $remote {{ default ""; site3 site3; }}
            upstream site3 {{
              server 127.0.0.1:{site}; keepalive 2048; keepalive_timeout 1h; keepalive_requests 1000000000;
            }}
            server {{
              listen 127.0.0.1:{forwarded} ssl backlog=4096; {tls}
              proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host site3;
              proxy_ssl_verify on; proxy_ssl_trusted_certificate {self.authority};
              proxy_ssl_server_name on; proxy_ssl_name site3.sitegate.test;
              location /tasks/ {{
                if ($known = 0) {{ return 401; }}
                if ($remote = "") {{ return 404; }}
                proxy_pass https://$remote;
              }}
            }}
            server {{
              listen 127.0.0.1:{local} ssl backlog=4096; {tls}
              location /tasks/ {{ if ($known = 0) {{ return 401; }} return 200 '{self.text}'; }}
            }}""", [forwarded, local])

    # HAProxy

    def haproxy(self, cpu, name, sections, ports):
        config = self.file(f"{name}.cfg", f"""
global
  nbthread 1
  maxconn 9000
defaults
  mode http
  http-reuse always
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout http-keep-alive 1h
{sections}
""")
        return Server(cpu, ["/usr/sbin/haproxy", "-db", "-f", config], ports,
                      self.folder / f"{name}.log")

    def answer(self):
        return f"http-request return status 200 content-type application/json file {self.document}"

    def haproxy_site(self, cpu, port):
        """A remote site that speaks HTTP/2."""
        return self.haproxy(cpu, "site-h2", f"""
frontend site
  bind 127.0.0.1:{port} ssl crt {self.both("site3")} alpn h2,http/1.1
  {self.answer()}""", [port])

    def haproxy_gateway(self, cpu, name, forwarded, local, site, alpn=""):
        known = (f"http-request deny deny_status 401 unless "
                 f"{{ req.hdr(x-vcav-auth) -m str -f {self.tokens} }}")
        return self.haproxy(cpu, name, f"""
frontend forwarded
  log stdout format raw local0
  option httplog
  bind 127.0.0.1:{forwarded} ssl crt {self.both("site1")}
  {known}
  http-request return status 404 unless {{ url_param(site) site3 }}
  default_backend site3
frontend local
  log stdout format raw local0
  option httplog
  bind 127.0.0.1:{local} ssl crt {self.both("site1")}
  {known}
  {self.answer()}
backend site3
  server site3 127.0.0.1:{site} ssl verify required ca-file {self.authority} """
                            f"""sni str(site3.sitegate.test) verifyhost site3.sitegate.test {alpn}""",
                            [forwarded, local])
