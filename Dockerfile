# Callpane as an image of the program and nothing else that it does not need:
#   docker build -t callpane .
# docs/installation.md says how to run it.

FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
# The system's certificates: whom XuC, CRMs and PostgreSQL are checked against.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /data callpane
COPY --from=build /src/target/release/callpane /usr/local/bin/callpane
USER callpane
# custom.env and the SQLite database are here.
WORKDIR /data
VOLUME /data
ENV CALLPANE_BIND=0.0.0.0:8080 CALLPANE_DATABASE=sqlite:/data/callpane.db
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["callpane"]
CMD ["serve"]
