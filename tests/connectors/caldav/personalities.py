"""The main manners of servers, put together as they occur together. Names say what they resemble, not what they are."""

from __future__ import annotations

from tests.connectors.caldav.manners import Manners

PERSONALITIES = {
    "plain": Manners(),
    # Encodes what it likes, names collections without a slash, says nothing of unknown properties.
    "old-fashioned": Manners(
        quoting="lower", slash=False, names="default", missing=False, well_known=307, sync=501
    ),
    # Lists everything after an unknown token, takes a second entry with the same UID.
    "lists-all": Manners(lost_token=207, same_uid=201, names="odd", page=3),
    # Whole addresses, several homes, entries rewritten and stripped, no etag after a write.
    "rewriting": Manners(
        absolute=True, homes=2, rewrites=True, quoting="all", lost_token=412, schedules=True
    ),
    # Calls its calendars by another path than it was asked at, and takes small multigets only.
    "aliased": Manners(
        alias="/caldav/v2/", multiget=25, refuses=413, lost_token=409, etag="weak", quoting="few"
    ),
    # Neither sync-collection nor ctag, Digest, silent about what it left out.
    "bare": Manners(
        sync=403,
        ctag=False,
        auth="digest",
        multiget=90,
        refuses="short",
        put_etag=False,
        well_known=0,
        base="",
    ),
    "tagless": Manners(etag="none", sync=400, ctag=False, refuses=507, multiget=60),
    "forgetful": Manners(lost_token=400, lost_condition=False, options=False),
}
