# Two images from one static binary:
#
#   docker build -t seaworthy .                              with git, for `diff` and `--new-since`
#   docker build -t seaworthy:minimal --target minimal .     the binary and nothing else
#
# Both run as a user without rights. Reports are written where that user may write: give the
# container the caller's ids, docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" ...

ARG RUST_VERSION=1.95
ARG ALPINE_VERSION=3.22

FROM rust:${RUST_VERSION}-alpine AS build
# For the one dependency with something to assemble.
# hadolint ignore=DL3018
RUN apk add --no-cache musl-dev
WORKDIR /src
COPY build.rs Cargo.toml Cargo.lock ./
COPY rules rules
COPY src src
ENV CARGO_PROFILE_RELEASE_STRIP=symbols
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --release --bin seaworthy \
    && cp target/release/seaworthy /seaworthy

FROM scratch AS minimal
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="seaworthy" \
      org.opencontainers.image.description="Checks whether a system of several services survives retries, outages and redeliveries" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /seaworthy /usr/local/bin/seaworthy
COPY LICENSE-MIT LICENSE-APACHE /usr/share/licenses/seaworthy/
# There is no loader here: a binary that is not static fails the build.
RUN ["/usr/local/bin/seaworthy", "--version"]
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/seaworthy"]
CMD ["--help"]

FROM alpine:${ALPINE_VERSION}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="seaworthy" \
      org.opencontainers.image.description="Checks whether a system of several services survives retries, outages and redeliveries" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# A mounted repository belongs to somebody else, which git refuses unless it is told otherwise. Only
# objects are read from it.
# hadolint ignore=DL3018
RUN apk add --no-cache git \
    && git config --system --add safe.directory '*'
COPY --from=minimal /usr/local/bin/seaworthy /usr/local/bin/seaworthy
COPY LICENSE-MIT LICENSE-APACHE /usr/share/licenses/seaworthy/
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/seaworthy"]
CMD ["--help"]
