"""A link as a QR code."""

import segno


def qr(link: str) -> str:
    """Return the link as an SVG element; segno writes nothing of the text into it."""
    return str(segno.make(link, micro=False).svg_inline(border=0, omitsize=True))
