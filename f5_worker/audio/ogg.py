"""One serial number for every Ogg stream: libsndfile draws a random one, ours must repeat byte for byte."""

import struct
import zlib

# A page, RFC 3533 section 6: serial number at byte 14, checksum at 22, number of segments at 26, then
# the length of each segment, then the segments.
_SERIAL_AT, _CHECKSUM_AT, _SEGMENTS_AT, _HEADER = 14, 22, 26, 27

# The page checksum is a CRC-32 that starts at 0 and takes the highest bit first. zlib's takes the
# lowest bit first and inverts at both ends: reverse the bits on the way in and out, undo the inversion.
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_INVERTED = 0xFFFF_FFFF


def with_fixed_serial(stream: bytes, serial: int = 1) -> bytes:
    """Give every page of an Ogg file with one logical stream the same, known serial number."""
    fixed = bytearray(stream)
    start = 0
    while start < len(fixed):
        segments = fixed[start + _SEGMENTS_AT]
        body = start + _HEADER + segments
        end = body + sum(fixed[start + _HEADER : body])
        struct.pack_into("<I", fixed, start + _SERIAL_AT, serial)
        struct.pack_into("<I", fixed, start + _CHECKSUM_AT, 0)  # the checksum counts itself as zero
        struct.pack_into("<I", fixed, start + _CHECKSUM_AT, _checksum(bytes(fixed[start:end])))
        start = end
    return bytes(fixed)


def _checksum(page: bytes) -> int:
    lowest_first = zlib.crc32(page.translate(_REVERSED), _INVERTED) ^ _INVERTED
    return int(f"{lowest_first:032b}"[::-1], 2)
