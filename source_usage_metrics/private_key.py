"""The private key of a GitHub App: what people paste, repaired if possible, otherwise refused with the cause."""

import re
import textwrap
from functools import lru_cache

# GitHub hands out RSA keys as PEM in PKCS#1 (RSA PRIVATE KEY); OpenSSL converts them to PKCS#8 (PRIVATE KEY).
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/managing-private-keys-for-github-apps
LABELS = ("RSA PRIVATE KEY", "PRIVATE KEY")
PEM = re.compile(r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----(?P<body>.*?)(?P<end>-----END (?P=label)-----|$)", re.DOTALL)
DOWNLOAD = "Generate a new one on the GitHub App's page and paste the whole file that it downloads."
NO_RSA = f"The key is not an RSA key. GitHub Apps have RSA keys. {DOWNLOAD}"


def private_key(value: str) -> str:
    """An RSA private key as PEM, with its line breaks put right: pasting often loses them or turns them into \\n."""
    pasted = PEM.search(value.replace("\\r", "").replace("\\n", "\n"))
    if not pasted:
        raise ValueError(
            "The value is not a private key. Paste the GitHub App's whole .pem file, with its first and its last line."
        )
    _refuse_other_keys(pasted["label"], pasted["body"])
    if not pasted["end"]:
        raise ValueError("The key is cut off: its last line is missing. Paste the whole .pem file again.")
    return _loadable(pasted["label"], "".join(pasted["body"].split()))


def _refuse_other_keys(label: str, body: str) -> None:
    if "PUBLIC" in label or "CERTIFICATE" in label:
        raise ValueError(f"The value is a public key or a certificate, which can't sign in. {DOWNLOAD}")
    if "OPENSSH" in label:
        raise ValueError(f"The key is in OpenSSH's own format. {DOWNLOAD}")
    if "ENCRYPTED" in label or "ENCRYPTED" in body:
        raise ValueError(f"The key is protected by a passphrase, which the connector can't ask for. {DOWNLOAD}")
    if label not in LABELS:
        raise ValueError(NO_RSA)


@lru_cache(maxsize=1)
def _loadable(label: str, body: str) -> str:
    """Checking a key takes 50 ms, and a command reads its settings several times."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    pem = "\n".join([f"-----BEGIN {label}-----", *textwrap.wrap(body, 64), f"-----END {label}-----", ""])
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError(
            "The key is damaged: a part is missing or has changed. Paste the whole .pem file again."
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError(NO_RSA)  # noqa: TRY004 # pydantic collects ValueErrors
    return pem
