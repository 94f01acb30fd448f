"""Small files as people upload them for full texts."""

from __future__ import annotations

import io

import pypdf
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

NOT_FULL_TEXTS = {
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(40),
    "a Word document": b"PK\x03\x04" + bytes(60),
    "an old Word document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60),
    "a rich text document": rb"{\rtf1\ansi Less pain.}",
    "a program": b"\x7fELF\x02\x01\x01" + bytes(60),
    "bytes that are nothing": bytes(range(256)),
    "other XML": b"<?xml version='1.0'?><PubmedArticleSet><PubmedArticle/></PubmedArticleSet>",
    "a picture in XML": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "white space": b" \n\t ",
    "nothing": b"",
}
HTML = b"""<!DOCTYPE html><html><head><title>A trial</title><script>alert("one")</script>
<style>p { color: red }</style></head><body><h1>Less pain</h1><p>Ten hertz &amp; sham,<br>p &lt; 0.05</p>
<!-- a remark --><img src=x onerror="alert(2)"><table><tr><td>VAS</td><td>4.0</td></tr></table></body></html>"""
JATS = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD v1.2 20190208//EN"
 "JATS-archivearticle1.dtd">
<article><front><article-meta><article-id pub-id-type="doi">10.1000/made.up.1</article-id>
<title-group><article-title>Less <italic>pain</italic> &#x3b1;</article-title></title-group></article-meta></front>
<body><sec><title>Methods</title><p>Ten hertz or sham &lt;script&gt;alert(1)&lt;/script&gt;.</p>
<table-wrap><table><tr><td>VAS</td><td>4.0</td></tr></table></table-wrap></sec></body></article>"""
TEXT = "Less pain: 4.0 ± 1.5\r\np < 0.05".encode()


def pdf(*pages: str, title: str = "", subject: str = "") -> bytes:
    """A small PDF with these texts, a page each."""
    file = io.BytesIO()
    with PdfPages(file, metadata={"Title": title, "Subject": subject}) as document:
        for text in pages or ("Less pain",):
            figure = Figure(figsize=(6, 8))
            figure.text(0.08, 0.92, text, va="top", fontsize=9, wrap=True)
            document.savefig(figure)
    return file.getvalue()


def locked_pdf(password: str, *, algorithm: str = "RC4-128") -> bytes:
    """A PDF that is encrypted; with an empty password it opens all the same, as publishers' files do."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("Less pain, encrypted")))
    writer.encrypt(password, owner_password="the publisher's", algorithm=algorithm)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()
