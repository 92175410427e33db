"""nginx as a remote site: it serves files where the answers would be."""

import subprocess

import free_ports


class Nginx:
    def __init__(self, house, site, files, listen):
        """`files`: path -> content. `listen`: what is said of its port, `ssl` or `ssl http2`."""
        certificate, key = house.certificate(site)
        self.port = free_ports.free_runs(1, 1)[0]
        self.home = house.folder / "nginx"
        for name, content in files.items():
            file = self.home / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        temporary = "".join(f"{kind}_temp_path {self.home}/{kind}; "
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = self.home / "nginx.conf"
        config.write_text(f"""
            daemon off; master_process off; pid {self.home}/pid; error_log {self.home}/error.log;
            events {{}}
            http {{
              access_log {self.home}/access.log; default_type application/json; {temporary}
              server {{
                listen 127.0.0.1:{self.port} {listen}; root {self.home};
                ssl_certificate {certificate}; ssl_certificate_key {key};
                ssl_client_certificate {house.authority.certificate}; ssl_verify_client on;
              }}
            }}""")
        self.process = subprocess.Popen(
            ["/usr/sbin/nginx", "-c", config, "-e", self.home / "error.log"],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def close(self):
        self.process.terminate()
        self.process.wait()

    def access(self):
        return (self.home / "access.log").read_text().splitlines()
