"""What a Docker Engine with --tlsverify and its clients need, made by openssl(1)."""
import os
import shutil
import subprocess

from engine import skip


def openssl(folder, *args):
    subprocess.run(["openssl", *args], cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def make(folder):
    """FOLDER/server and FOLDER/client with ca.pem, cert.pem and key.pem each, as the docker CLI names them."""
    if shutil.which("openssl") is None:
        skip("there is no openssl (package openssl)")
    os.makedirs(folder)
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca-key.pem", "-out", "ca.pem",
            "-subj", "/CN=consort test", "-days", "2")
    for name, usage in (("server", "serverAuth"), ("client", "clientAuth")):
        own = os.path.join(folder, name)
        os.mkdir(own)
        with open(f"{own}/extensions", "w") as file:
            file.write(f"subjectAltName=IP:127.0.0.1\nextendedKeyUsage={usage}\n")
        openssl(own, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "request.pem", "-subj", f"/CN={name}")
        openssl(own, "x509", "-req", "-in", "request.pem", "-CA", "../ca.pem", "-CAkey", "../ca-key.pem", "-CAcreateserial",
                "-extfile", "extensions", "-out", "cert.pem", "-days", "2")
        shutil.copy(f"{folder}/ca.pem", own)
