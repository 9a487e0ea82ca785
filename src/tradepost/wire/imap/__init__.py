"""IMAP as bytes: a reader of server responses that is fed chunks and hands out rows. It never opens a socket."""

from tradepost.wire.imap.fetch import FetchRow
from tradepost.wire.imap.reader import Done, Malformed, Reader, Response, Untagged, Vanished
from tradepost.wire.imap.sets import pack, unpack

__all__ = ["Done", "FetchRow", "Malformed", "Reader", "Response", "Untagged", "Vanished", "pack", "unpack"]
