# docker build --tag aggregator .
# docker run --publish 8000:8000 --volume aggregator:/data aggregator
#
# The volume is the working directory: the config is /data/config/aggregator.yaml (the example, in a new volume), the
# database /data/data/aggregator.db. Nothing else is written, so the rest may be read-only:
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --volume aggregator:/data ... aggregator

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/aggregator
COPY requirements/traces.lock requirements/
RUN /opt/aggregator/bin/pip install --require-hashes --requirement requirements/traces.lock
COPY pyproject.toml README.md LICENSE ./
COPY aggregator aggregator
COPY alembic alembic
RUN python -m pip wheel --no-deps --wheel-dir dist . \
    && /opt/aggregator/bin/pip install --no-deps dist/*.whl \
    && /opt/aggregator/bin/pip check \
    && /opt/aggregator/bin/pip uninstall --yes pip

FROM python:3.13-slim
RUN useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin aggregator \
    && install --directory --owner aggregator --group aggregator /data /data/data /data/config
COPY --from=build /opt/aggregator /opt/aggregator
COPY --chown=aggregator:aggregator config /data/config
ENV PATH=/opt/aggregator/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["aggregator", "health"]
ENTRYPOINT ["aggregator"]
CMD ["serve", "--host", "0.0.0.0"]
