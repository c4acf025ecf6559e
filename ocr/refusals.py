"""Why an input is set aside, and what its owner can do about it.

Codes are stable; the sentences are Chinese first, English beside it, and never repeat
anything of the content.
"""

from __future__ import annotations

from records.errors import InputError

ADVICE = {
    "not_found": (
        "找不到文件；请检查路径",
        "The file does not exist; check the path",
    ),
    "unreadable": (
        "没有读取权限；请调整文件权限后重试",
        "The file may not be read; change its permissions and try again",
    ),
    "not_a_regular_file": (
        "不是普通文件（管道、设备或套接字）；请提供扫描图像文件",
        "Not a regular file (pipe, device or socket); give a scanned image",
    ),
    "empty_file": (
        "文件为空；请重新复制或重新扫描",
        "The file is empty; copy or scan it again",
    ),
    "file_too_large": (
        "文件过大；请拆分后重试",
        "The file is too large; split it and try again",
    ),
    "unsupported_type": (
        "不支持的文件类型；请转换为 JPEG、PNG、TIFF 或 PDF",
        "Not a type that is taken; convert it to JPEG, PNG, TIFF or PDF",
    ),
    "animated_image": (
        "动画图像不是扫描件；请提供静态图像",
        "An animated image is no scan; give a still image",
    ),
    "truncated_image": (
        "图像不完整（文件被截断）；请重新复制，或重新扫描该页",
        "Only part of the picture is there; copy the file again or scan the page again",
    ),
    "damaged_image": (
        "图像数据损坏；请重新复制，或重新扫描该页",
        "The image data is damaged; copy the file again or scan the page again",
    ),
    "too_many_pixels": (
        "图像像素过多；请按 300–600 dpi 重新扫描或缩小",
        "The page has too many pixels; scan at 300 to 600 dpi or shrink it",
    ),
    "too_small": (
        "图像过小，无法辨认文字；请按 300 dpi 重新扫描",
        "The picture is too small to bear text; scan the page at 300 dpi",
    ),
    "too_many_pages": (
        "页数过多；请拆分后重试",
        "The file has too many pages; split it and try again",
    ),
    "encrypted_pdf": (
        "PDF 已加密；请提供无密码的副本",
        "The PDF is protected by a password; give a copy without one",
    ),
    "truncated_pdf": (
        "PDF 不完整（文件被截断）；请重新复制",
        "Only part of the PDF is there; copy the file again",
    ),
    "damaged_pdf": (
        "PDF 已损坏；请重新导出或重新扫描",
        "The PDF is damaged; export or scan it again",
    ),
    "pdf_without_pages": (
        "PDF 中没有页面；请重新导出",
        "The PDF has no pages; export it again",
    ),
    "blank_page": (
        "空白页；如确为空白可忽略，否则请重新扫描",
        "The page is blank; ignore it if that is right, otherwise scan it again",
    ),
    "no_text_layer": (
        "此页没有文字层；请改用 --engine auto",
        "The page has no text layer; use --engine auto",
    ),
    "box_outside": (
        "字段框不在页面内；请重新读取该页",
        "The field's box lies off the page; read the page again",
    ),
    "time_limit": (
        "该页处理超时；请检查图像后单独重试",
        "The page took too long; look at the image and try it alone",
    ),
    "out_of_memory": (
        "处理该页时内存不足；请缩小图像后重试",
        "Memory ran out on this page; shrink the image and try again",
    ),
    "worker_died": (
        "处理该页时读取进程意外终止；请单独重试，仍失败则转人工录入",
        "The reading process died on this page; try it alone, and key it by hand if it repeats",
    ),
    "reader_failed": (
        "读取该页时发生内部错误；请转人工录入并报告",
        "The reader failed on this page; key it by hand and report it",
    ),
}


def advice(reason: str) -> str:
    """The two sentences that go with a reason code."""
    chinese, english = ADVICE[reason]
    return f"{chinese}。{english}."


def refused(reason: str, where: str = "") -> InputError:
    """The error for a reason code; `where` is a file name."""
    chinese, english = ADVICE[reason]
    return InputError(reason, what=f"{chinese}。{english}.", where=where)
