"""The other side of a program under test: plain HTTP past it, and claims about what both see.

Reads from the environment: ACCOUNT_NAME, ACCOUNT_PASSWORD.
"""

import base64
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request


def claim(text, holds, detail=""):
    """Writes one JSON line: {"claim", "holds", "detail"}."""
    print(json.dumps({"claim": text, "holds": bool(holds), "detail": str(detail)[:400]}), flush=True)
    return bool(holds)


def http(method, url, body=None, headers=None):
    """Answers status and text."""
    request = urllib.request.Request(url, method=method, data=body.encode() if body else None)
    login = f"{os.environ['ACCOUNT_NAME']}:{os.environ['ACCOUNT_PASSWORD']}"
    credentials = base64.b64encode(login.encode()).decode()
    for key, value in {"Authorization": f"Basic {credentials}", **(headers or {})}.items():
        request.add_header(key, value)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def members(calendar):
    """The objects of a calendar, unfolded, by their addresses."""
    body = '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
    _, listing = http("PROPFIND", calendar, body, {"Depth": "1", "Content-Type": "application/xml"})
    hrefs = re.findall(r"<(?:\w+:)?href[^>]*>([^<]+)<", listing)
    urls = [url for url in (urllib.parse.urljoin(calendar, href) for href in hrefs) if not url.endswith("/")]
    return {url: re.sub(r"\r?\n[ \t]", "", http("GET", url)[1]) for url in urls}
