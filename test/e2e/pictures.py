# Image files of every kind that dlc reads, small and of odd sizes: by PIL where it
# writes them, else by hand.
import io
import struct
import zlib

import numpy as np
from PIL import Image


def pixels(height, width, channels, levels=256, seed=0):
    """Smooth colours with noise: lossy kinds should have something to lose."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / 3 + c) + np.cos(y / 4 - c) for c in range(channels)]
    image = (np.stack(waves, axis=-1) + 2) / 4 + rng.normal(0, 0.05, (height, width, channels))
    return (image.clip(0, 1) * (levels - 1)).astype("uint16" if levels > 256 else "uint8")


def picture(mode, height=13, width=17):
    """A PIL image of any mode that files hold."""
    channels = {"1": 1, "L": 1, "LA": 2, "P": 3, "RGB": 3, "RGBA": 4, "CMYK": 4, "YCbCr": 3}[mode]
    array = pixels(height, width, channels).squeeze()
    array = array.reshape(height, width, channels) if channels > 1 else array.reshape(height, width)
    if mode == "1":
        return Image.fromarray(array).convert("1")
    if mode == "P":
        return Image.fromarray(array).quantize(64)
    return Image.fromarray(array, mode)


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def jpegs():
    yield "gray.jpg", saved(picture("L"), "JPEG")
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        yield f"rgb_{name}.jpg", saved(picture("RGB", 37, 41), "JPEG", subsampling=subsampling)
    yield "progressive.jpg", saved(picture("RGB", 40, 33), "JPEG", progressive=True, quality=90)
    yield "restarts.jpg", saved(picture("RGB", 40, 33), "JPEG", restart_marker_blocks=1)
    yield "rgb_kept.jpg", saved(picture("RGB"), "JPEG", keep_rgb=True)
    yield "ycbcr.jpg", saved(picture("YCbCr"), "JPEG")
    yield "cmyk.jpg", saved(picture("CMYK"), "JPEG", quality=95)
    yield "gray_progressive.jpg", saved(picture("L", 1, 1), "JPEG", progressive=True)
    exif = Image.Exif()
    exif[0x112] = 6  # to be shown turned, which load_img does not
    yield "turned.jpg", saved(picture("RGB"), "JPEG", exif=exif)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(rows, depth):
    """Rows of samples of `depth` bits as PNG has them, each after a filter byte."""
    lines = b""
    for row in rows:
        flat = row.reshape(-1)
        if depth == 16:
            line = flat.astype(">u2").tobytes()
        elif depth == 8:
            line = flat.astype("uint8").tobytes()
        else:
            bits = np.unpackbits(flat.astype("uint8")[:, None], axis=1)[:, 8 - depth:]
            line = np.packbits(bits.reshape(-1)).tobytes()
        lines += b"\0" + line
    return lines


ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
         (1, 0, 2, 1))  # first row and column, steps between rows and columns


def png(color, depth, samples, interlaced=False, chunks=()):
    """A PNG file of color type `color`; `chunks` come before its data."""
    height, width = samples.shape[:2]
    if interlaced:
        parts = [samples[y::down, x::right] for y, x, down, right in ADAM7]
        data = b"".join(packed(part, depth) for part in parts if part.size)
    else:
        data = packed(samples, depth)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunk(*one) for one in chunks)
            + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))


def pngs():
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        yield f"pil_{mode}.png", saved(picture(mode), "PNG")
    gray, colors, indexed, gray_alpha, color_alpha = 0, 2, 3, 4, 6
    channels = {gray: 1, colors: 3, indexed: 1, gray_alpha: 2, color_alpha: 4}
    for color, depth in ((gray, 1), (gray, 2), (gray, 4), (gray, 8), (gray, 16), (colors, 8),
                         (colors, 16), (indexed, 1), (indexed, 2), (indexed, 4), (indexed, 8),
                         (gray_alpha, 8), (gray_alpha, 16), (color_alpha, 8), (color_alpha, 16)):
        samples = pixels(11, 13, channels[color], 1 << depth)
        palette = (b"PLTE", pixels(1, 1 << min(depth, 8), 3, seed=1).tobytes())
        chunks = [palette] if color == indexed else []
        yield f"{color}_{depth}.png", png(color, depth, samples, chunks=chunks)
        yield f"{color}_{depth}_interlaced.png", png(color, depth, samples, True, chunks)
        # One level or color is clear; of a palette, some entries are.
        clear = bytes([0, 90, 255][:1 << depth]) if color == indexed else struct.pack(
            f">{channels[color]}H", *samples[3, 4])
        if color in (gray, colors, indexed):
            yield f"{color}_{depth}_clear.png", png(color, depth, samples,
                                                    chunks=chunks + [(b"tRNS", clear)])
    yield "small.png", png(gray, 16, np.array([[[7], [300]]]), True)
    # Of 16 bits PIL compares the low eight of the clear level.
    yield "clear_low.png", png(gray, 16, np.array([[[44], [300], [256]]]),
                               chunks=[(b"tRNS", struct.pack(">H", 300))])


def gifs():
    yield "gray.gif", saved(picture("L"), "GIF")
    yield "colors.gif", saved(picture("P"), "GIF")
    yield "rows.gif", saved(picture("P"), "GIF", interlace=0)
    yield "clear.gif", saved(picture("P"), "GIF", transparency=3)
    yield "gray_clear.gif", saved(picture("L"), "GIF", transparency=9)
    yield "two_colors.gif", saved(picture("1"), "GIF")
    others = [picture("P", 13, 17).rotate(180)]
    yield "moving.gif", saved(picture("P"), "GIF", save_all=True, append_images=others)
    # A frame of 13 x 17 at (2, 3) on a canvas of 20 x 19, and one beyond its canvas.
    for name, extra in (("placed.gif", {}), ("placed_clear.gif", {"transparency": 3})):
        data = bytearray(saved(picture("P"), "GIF", **extra))
        frame = data.index(b"\x2c\0\0\0\0")
        data[frame + 1:frame + 5] = struct.pack("<HH", 3, 2)
        yield "wider_" + name, bytes(data)
        data[6:10] = struct.pack("<HH", 22, 20)
        yield name, bytes(data)


def bmp(bits, rows, compression=0, masks=b"", palette=b"", header_size=40, top_down=False,
        size=None, colors=0):
    """A BMP file whose rows, from the first in the file, are bytes."""
    height, width = size
    if header_size == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", header_size, width, -height if top_down else height,
                             1, bits, compression, 0, 0, 0, colors, 0)
        if header_size > 40:
            header += (masks + bytes(84))[:header_size - 40]
            masks = b""
    body = header + masks + palette
    return (b"BM" + struct.pack("<IHHI", 14 + len(body) + len(rows), 0, 0, 14 + len(body))
            + body + rows)


def padded(lines):
    return b"".join(line + bytes(-len(line) % 4) for line in lines)


def bmps():
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        yield f"pil_{mode}.bmp", saved(picture(mode), "BMP")
    height, width = 5, 7
    size = (height, width)
    palette = np.pad(pixels(1, 16, 3, seed=2)[0], ((0, 0), (0, 1))).tobytes()
    levels = pixels(height, width, 1, 16)[..., 0]
    nibbles = padded(np.packbits(np.unpackbits(levels[:, :, None], axis=2)[:, :, 4:]
                                 .reshape(height, -1), axis=1)[y].tobytes() for y in range(height))
    yield "four_bits.bmp", bmp(4, nibbles, palette=palette, size=size)
    yield "top_down.bmp", bmp(4, nibbles, palette=palette, size=size, top_down=True)
    few = bmp(8, padded((levels % 4).tobytes()[i * width:(i + 1) * width] for i in range(height)),
              palette=palette[:16], size=size, colors=4)
    yield "four_colors.bmp", few
    core = b"".join(palette[4 * i:4 * i + 3] for i in range(16))
    yield "os2.bmp", bmp(4, nibbles, palette=core, size=size, header_size=12)

    words = pixels(height, width, 1, 65536)[..., 0].astype("<u2")
    lines = padded(words[y].tobytes() for y in range(height))
    yield "555.bmp", bmp(16, lines, size=size)
    for name, fields in (("565", (0xf800, 0x7e0, 0x1f)), ("555_masks", (0x7c00, 0x3e0, 0x1f))):
        yield f"{name}.bmp", bmp(16, lines, 3, struct.pack("<III", *fields), size=size)
    four = pixels(height, width, 4).reshape(height, -1)
    lines = padded(four[y].tobytes() for y in range(height))
    yield "32.bmp", bmp(32, lines, size=size)
    layouts = ((0xff0000, 0xff00, 0xff, 0), (0xff000000, 0xff0000, 0xff00, 0),
               (0xff000000, 0xff00, 0xff, 0), (0xff000000, 0xff0000, 0xff00, 0xff),
               (0xff, 0xff00, 0xff0000, 0xff000000), (0xff0000, 0xff00, 0xff, 0xff000000),
               (0xff000000, 0xff00, 0xff, 0xff0000), (0, 0, 0, 0))
    for i, fields in enumerate(layouts):
        yield f"masks_{i}.bmp", bmp(32, lines, 3, struct.pack("<IIII", *fields), size=size,
                                    header_size=56)
    yield "v5.bmp", bmp(32, lines, 3, struct.pack("<IIII", *layouts[5]), size=size, header_size=124)
    yield "masks_after.bmp", bmp(32, lines, 3, struct.pack("<III", *layouts[0][:3]), size=size)
    # Runs, literals, a jump, a line's end before its pixels' and odd literals.
    palette += bytes(240 * 4)
    runs = (b"\x07\x01" b"\0\0" b"\x03\x02\0\x03\x04\x05\x06\0\x01\x07" b"\0\0"
            b"\0\x02\x02\x01" b"\x02\x03" b"\0\0" b"\x09\x08" b"\0\0\0\x01")
    yield "runs8.bmp", bmp(8, runs.replace(b"\0\0\0\x01", b"\0\0\x07\x02\0\x01"), 1,
                           palette=palette, size=size)
    yield "runs4.bmp", bmp(4, b"\x07\x12" b"\0\0" b"\x02\x34\0\x05\x56\x78\x90\0" b"\0\0"
                           b"\0\x02\x03\0\x04\x11" b"\0\0" b"\x07\x20\0\0\x07\x21\0\x01", 2,
                           palette=palette[:64], size=size)


def write_all(folder):
    """Every file, in `folder`; their paths."""
    paths = []
    for make in (jpegs, pngs, gifs, bmps):
        for name, data in make():
            path = folder / name
            path.write_bytes(data)
            paths.append(path)
    return paths
