FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
RUN PIP_NO_CACHE_DIR=1 scripts/build-venv /opt/s3monitor

FROM python:3.13-slim
LABEL org.opencontainers.image.title="s3monitor" \
      org.opencontainers.image.description="A Slack bot that answers what an S3 estate holds and costs" \
      org.opencontainers.image.licenses="MIT"

# A fixed uid, so that a volume's owner can be set from outside.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin s3monitor \
    && install --directory --owner s3monitor --group s3monitor /data
COPY --from=build /opt/s3monitor /opt/s3monitor

ENV PATH=/opt/s3monitor/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PORT=3000 \
    S3MONITOR_DATABASE_URL=sqlite+aiosqlite:////data/s3monitor.db
USER 10001
VOLUME /data
EXPOSE 3000

# In Socket Mode too, the bot answers /healthz here.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]

# The bot finishes running answers on SIGTERM, within 20 s: stop it with a longer grace period.
STOPSIGNAL SIGTERM
ENTRYPOINT ["s3monitor"]
CMD ["run"]
