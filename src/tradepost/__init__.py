"""tradepost: a self-hosted order desk that mail, calendars and web shops flow into."""

__version__ = "0.1.0"
