"""What a PDF/A says of itself, as an XMP packet (ISO 16684-1; ISO 19005-2, 6.6).

Written out by hand, with all namespaces at the top: validators exist that look nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from ocr.xml_text import legal

if TYPE_CHECKING:
    from records.written import Origin

_PACKET = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
    xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/">
   <pdfaid:part>2</pdfaid:part>
   <pdfaid:conformance>B</pdfaid:conformance>
   <dc:format>application/pdf</dc:format>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
   <dc:source>urn:sha256:{digest}</dc:source>
   <dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
   <xmp:CreatorTool>{creator}</xmp:CreatorTool>
   <pdf:Producer>{producer}</pdf:Producer>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""


def packet(origin: Origin, *, producer: str, language: str) -> bytes:
    """The packet of a two-layer document; its title is the scan's name, its source the digest."""
    return _PACKET.format(
        title=escape(legal(origin.name)),
        digest=escape(origin.sha256),
        language=escape(language),
        creator=escape(creator(origin)),
        producer=escape(producer),
    ).encode()


def creator(origin: Origin) -> str:
    """The program that made a document."""
    return f"{origin.software} {origin.version}"
