"""What the notes on scans say; their codes are stable."""

from __future__ import annotations

#: What a note says, in Chinese and English.
NOTES = {
    "low_resolution": (
        "分辨率低于 200 dpi；小字、印章处易误读，宜按 300 dpi 重扫",
        "Below 200 dpi: small writing is misread; better scan it again at 300 dpi",
    ),
    "resolution_doubtful": (
        "文件所记分辨率与字高不符；请核对扫描设置",
        "The stated resolution does not go with the size of the writing; check the scanner",
    ),
    "resolution_unstated": (
        "文件未记分辨率，按字高估计；请核对扫描设置",
        "No resolution is stated, it is estimated by the writing; check the scanner",
    ),
    "two_tone": (
        "黑白二值扫描，印章、照片已失真；有印章者应为彩色",
        "Scanned in black and white alone: seals and photographs suffer; scan in colour",
    ),
    "grey": (
        "灰度扫描；有印章、照片者应为彩色",
        "Scanned in greys: pages with seals or photographs should be in colour",
    ),
    "looks_like": (
        "与另一页图像相近、关键字段相同，疑为重复扫描；两页都已收下，请核对",
        "Looks like another page and says the same, as if scanned twice; both are kept: compare",
    ),
    "page_count_differs": (
        "页数与归档章所载不符；请核对有无漏扫",
        "Not as many pages as the archive's stamp says; look for missing ones",
    ),
}


def sentence(code: str) -> str:
    """The two sentences that go with a code."""
    chinese, english = NOTES[code]
    return f"{chinese}。{english}."
