"""Throw-away certificates by the openssl command."""

import pathlib
import subprocess


def openssl(*arguments, stdin=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class Authority:
    """A CA in a directory; issues certificates with the names of a site."""

    def __init__(self, folder, name="e2e CA"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key = self.folder / "ca.key"
        self.certificate = self.folder / "ca.crt"
        new_key(self.key)
        config = self.folder / "ca.cnf"
        config.write_text(f"[req]\ndistinguished_name=n\nx509_extensions=ca\nprompt=no\n[n]\nCN={name}\n"
                          "[ca]\nbasicConstraints=critical,CA:TRUE\n"
                          "keyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n")
        openssl("req", "-x509", "-new", "-key", self.key, "-days", "2", "-out", self.certificate,
                "-config", config)

    def issue(self, site, names=None, days=2):
        """(certificate, key) of a site: its DNS name, 127.0.0.1 and its URI unless told otherwise."""
        names = names or f"DNS:{site}.sitegate.test,IP:127.0.0.1,URI:sitegate:site:{site}"
        key = self.folder / f"{site}.key"
        certificate = self.folder / f"{site}.crt"
        extensions = self.folder / f"{site}.ext"
        new_key(key)
        extensions.write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                              "extendedKeyUsage=serverAuth,clientAuth\n"
                              f"subjectAltName={names}\nauthorityKeyIdentifier=keyid\n")
        request = openssl("req", "-new", "-key", key, "-subj", f"/CN={site}")
        openssl("x509", "-req", "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                "-days", days, "-extfile", extensions, "-out", certificate, stdin=request)
        return certificate, key


def new_key(path):
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)


def statement_keys(folder, site):
    """(private, public) PEM files of a P-256 pair."""
    private = pathlib.Path(folder) / f"{site}-statement.key"
    public = pathlib.Path(folder) / f"{site}-statement.pub"
    new_key(private)
    openssl("pkey", "-in", private, "-pubout", "-out", public)
    return private, public
