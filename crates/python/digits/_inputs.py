"""What users hand over, told apart: arrays in MNIST's form, and pictures of any form."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._digits import InputError

SIDE = 28
Source = tuple[Path, bytes | None]


def as_images(images: Any) -> NDArray[np.uint8] | None:
    """uint8 [N, 28, 28] over the same memory; None where it is no array in MNIST's form.

    Taken are [N, 28, 28], [28, 28], [N, 784] and [N, 28, 28, 1], and whatever has the buffer or the array interface.
    """
    if isinstance(images, (str, bytes, bytearray, os.PathLike, list, tuple)) or _is_pil(images):
        return None
    if not (hasattr(images, "__array__") or hasattr(images, "__array_interface__") or isinstance(images, memoryview)):
        return None
    array = np.asarray(images)
    if array.ndim == 1 and array.size == 0:
        # Of an empty list, which has no type of its own.
        return np.zeros((0, SIDE, SIDE), np.uint8)
    shaped = _shaped(array)
    if shaped is None:
        if _is_picture(array):
            return None
        raise InputError(f"expected images of shape [N, 28, 28], found {list(array.shape)}")
    if array.dtype != np.uint8:
        raise InputError(f"expected images of uint8, 0 for paper and 255 for ink, found {array.dtype}{_way_out(array)}")
    return shaped


def hands_out_arrow(images: Any) -> bool:
    """Whether it is a table or a column by Arrow's PyCapsule interface, and none that NumPy sees as images."""
    if _is_pil(images):
        # They have the interface for their own pixels.
        return False
    if not (hasattr(images, "__arrow_c_stream__") or hasattr(images, "__arrow_c_array__")):
        return False
    # Tables of a column a pixel.
    shape = getattr(images, "shape", ())
    return not (isinstance(shape, tuple) and len(shape) == 2 and shape[1] == SIDE * SIDE)


def _shaped(array: NDArray[Any]) -> NDArray[Any] | None:
    shape = array.shape
    if shape[-2:] == (SIDE, SIDE) and array.ndim in (2, 3):
        return array.reshape(-1, SIDE, SIDE)
    if array.ndim == 4 and shape[1:] == (SIDE, SIDE, 1):
        return array[..., 0]
    if array.ndim == 2 and shape[1] == SIDE * SIDE:
        return array.reshape(-1, SIDE, SIDE)
    return None


def _way_out(array: NDArray[Any]) -> str:
    if array.dtype.kind == "f":
        return "; of 0 to 1: (255 * images).round().astype(numpy.uint8)"
    if array.dtype.kind == "b":
        return "; 255 * images.astype(numpy.uint8)"
    return "; images.astype(numpy.uint8)" if array.dtype.kind in "iu" else ""


def as_sources(pictures: Any) -> list[Source]:
    """A path, or a name and the bytes, of each picture: of one, or of those of an iterable."""
    if not _is_one(pictures) and isinstance(pictures, Iterable):
        return [_source(picture, f"picture {place}") for place, picture in enumerate(pictures)]
    return [_source(pictures, "picture 0")]


def _is_one(picture: Any) -> bool:
    return isinstance(picture, (str, bytes, bytearray, memoryview, os.PathLike, np.ndarray)) or _is_pil(picture)


def _source(picture: Any, name: str) -> Source:
    if isinstance(picture, (str, os.PathLike)):
        path = os.fspath(picture)
        return Path(os.fsdecode(path)), None
    if isinstance(picture, (bytes, bytearray, memoryview)):
        return Path(name), bytes(picture)
    if _is_pil(picture):
        return Path(name), _of_pil(picture, name)
    if hasattr(picture, "__array__"):
        return Path(name), _of_array(np.asarray(picture), name)
    kinds = "a path, bytes, a PIL image or an array"
    raise InputError(f"{name}: expected {kinds}, found {type(picture).__name__}")


def _is_pil(picture: Any) -> bool:
    # Without importing Pillow where nobody has it.
    return any(base.__module__.startswith("PIL.") for base in type(picture).__mro__)


def _of_pil(picture: Any, name: str) -> bytes:
    """A PNG of it, as it is shown: turned as its camera says."""
    from PIL import ImageOps

    try:
        upright = ImageOps.exif_transpose(picture)
        if upright.mode not in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
            upright = upright.convert("RGBA" if upright.mode in ("PA", "La", "RGBa") else "RGB")
        file = io.BytesIO()
        upright.save(file, "PNG", compress_level=1)
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{name}: the PIL image cannot be read: {error}") from error
    return file.getvalue()


def _is_picture(array: NDArray[Any]) -> bool:
    shape = array.shape
    return array.dtype == np.uint8 and array.size > 0 and (array.ndim == 2 or array.ndim == 3 and shape[2] in (1, 3, 4))


def _of_array(array: NDArray[Any], name: str) -> bytes:
    """A PAM, PPM or PGM of grey, RGB or RGBA."""
    if not _is_picture(array):
        expected = "uint8 [height, width], [height, width, 3] or [height, width, 4]"
        raise InputError(f"{name}: expected {expected}, found {array.dtype} {list(array.shape)}")
    height, width = array.shape[:2]
    depth = 1 if array.ndim == 2 else array.shape[2]
    if depth == 4:
        head = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
    else:
        head = f"P{5 if depth == 1 else 6}\n{width} {height}\n255\n"
    return head.encode() + array.tobytes()
