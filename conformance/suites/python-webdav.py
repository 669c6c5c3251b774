"""The WebDAV libraries that scripts in Python use for files: webdavclient3 and easywebdav.

Reads from the environment: FILES_URL, ACCOUNT_NAME, ACCOUNT_PASSWORD.
Writes one JSON line for each claim: {"claim", "holds", "detail"}.
"""

import json
import os
from urllib.parse import urlsplit

import easywebdav
from webdav3.client import Client

url = os.environ["FILES_URL"].rstrip("/")
user, password = os.environ["ACCOUNT_NAME"], os.environ["ACCOUNT_PASSWORD"]
with open("up.txt", "w", encoding="utf-8") as file:
    file.write("hej då")


def claim(text, check):
    try:
        seen = check()
    except Exception as problem:  # whatever a client breaks at is the finding
        seen = f"{type(problem).__name__} {problem}"
    print(json.dumps({"claim": text, "holds": seen is True, "detail": str(seen)[:300]}))


def content(name):
    with open(name, encoding="utf-8") as file:
        return file.read()


client = Client({"webdav_hostname": url, "webdav_login": user, "webdav_password": password})


def property_kept():
    client.set_property("wd å/c.txt", {"namespace": "urn:x", "name": "own", "value": "v"})
    return client.get_property("wd å/c.txt", {"namespace": "urn:x", "name": "own"}) == "v"


def copied_and_moved():
    client.copy("wd å/up #1.txt", "wd å/b.txt")
    client.move("wd å/b.txt", "wd å/c.txt")
    return sorted(client.list("wd å"))[:2] == ["c.txt", "up #1.txt"] or client.list("wd å")


def downloaded():
    client.download_sync("wd å/c.txt", "down.txt")
    return content("down.txt") == "hej då"


claim("webdavclient3: the folder is there", lambda: client.check("/"))
claim("webdavclient3: a folder with an odd name is made", lambda: client.mkdir("wd å") and client.is_dir("wd å"))
claim("webdavclient3: a file is uploaded", lambda: client.upload_sync("wd å/up #1.txt", "up.txt") is None)
claim("webdavclient3: it is described", lambda: client.info("wd å/up #1.txt")["size"] == "7")
claim("webdavclient3: it is copied and moved", copied_and_moved)
claim("webdavclient3: a property is kept", property_kept)
claim("webdavclient3: it is downloaded", downloaded)
claim("webdavclient3: free space is told", lambda: client.free() > 0)
claim("webdavclient3: the folder is deleted", lambda: client.clean("wd å") is None and not client.check("wd å"))

at = urlsplit(url)
easy = easywebdav.connect(
    at.hostname, port=at.port or 80, protocol=at.scheme, username=user, password=password, path=at.path.strip("/")
)
claim("easywebdav: folders are made", lambda: easy.mkdirs("easy/deep") is None)
claim("easywebdav: a file is uploaded", lambda: easy.upload("up.txt", "easy/deep/u.txt") is None)
claim("easywebdav: it is there", lambda: easy.exists("easy/deep/u.txt"))
claim("easywebdav: it is listed with its size", lambda: [one.size for one in easy.ls("easy/deep")][-1] == 7)
claim("easywebdav: it is downloaded", lambda: easy.download("easy/deep/u.txt", "easy.txt") is None and content("easy.txt") == "hej då")
claim("easywebdav: file and folder are deleted", lambda: easy.delete("easy/deep/u.txt") is None and easy.rmdir("easy") is None)
