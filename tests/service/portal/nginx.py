"""A real proxy before a portal, as operators set it up, for a test of its own."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from infra.local.install import nginx_program
from infra.local.ports import free_ports
from tests.waiting import eventually

# All that it writes is in the test's folder, and it runs as whoever runs the tests.
CONFIGURATION = """
daemon off;
worker_processes 1;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass {portal};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
}}
"""


@contextmanager
def proxy_before(portal: str, folder: Path) -> Iterator[str]:
    """nginx before a portal. Yields its address."""
    program = nginx_program()
    assert program, "nginx is missing; `python -m infra.local install --browser` brings it"
    (port,) = free_ports(1)
    file = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    file.write_text(CONFIGURATION.format(folder=folder, port=port, portal=portal, user=user))
    command = [program, "-p", folder, "-c", file]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None, (folder / "error.log").read_text()
        with suppress(httpx.TransportError):
            return httpx.get(f"{url}/healthz").status_code == 200
        return False

    try:
        eventually(answers, 30, "nginx")
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
