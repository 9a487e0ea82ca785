"""An IMAP4rev1 server (RFC 3501) over the sandbox's mailboxes, as large as mail programs and the desk need it."""
