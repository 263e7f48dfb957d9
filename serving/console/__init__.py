"""`/console`: pages for people, rendered by the service, without script and with nothing from elsewhere."""
