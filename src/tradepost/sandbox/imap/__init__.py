"""An IMAP4rev1 server (RFC 3501) over the sandbox's mailboxes: what mail programs and the desk need of it."""
