# Builds lessonbook from this source, and runs it as a user without rights:
#   docker build -t lessonbook .
#   docker run --rm -v "$PWD:/store" lessonbook check
FROM rust:1.95-slim-trixie AS build
WORKDIR /source
COPY . .
RUN cargo build --profile dist --locked

FROM debian:trixie-slim
# Certificates for GitHub's API; git for scripts around lessonbook, which itself does not start it.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 lessonbook
COPY --from=build /source/target/dist/lessonbook /usr/local/bin/lessonbook
USER lessonbook
WORKDIR /store
ENTRYPOINT ["lessonbook"]
