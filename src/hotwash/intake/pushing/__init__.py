"""The other end of an upload: sends files of this machine to a Hotwash server, and keeps what could not be sent. Knows no store."""
