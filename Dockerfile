# The coordinator as a container: a builder with the toolchain, and a runtime stage with one binary on a slim base.
#   docker build -t resource-coordinator .
#   docker run --rm --read-only -v coordinator:/var/lib/coordinator \
#     -p 127.0.0.1:50051:50051 -p 127.0.0.1:8080:8080 resource-coordinator

FROM swift:6.3-bookworm AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends libprotobuf-c-dev pkg-config \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The packages are resolved before the sources are copied, so that a change of the sources does not fetch them again.
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --static-swift-stdlib --product coordinator \
  && install -D -s -m 755 \
    "$(swift build -c release --static-swift-stdlib --show-bin-path)/coordinator" /out/coordinator

FROM debian:bookworm-slim AS runtime
# Debian keeps only the newest version of a package, so that a pinned one would stop building by itself.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends libprotobuf-c1 libstdc++6 ca-certificates tzdata \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/coordinator /usr/local/bin/coordinator
# A new volume takes the folder's owner over.
RUN install -d -o 65532 -g 65532 -m 700 /var/lib/coordinator
ENV COORDINATOR_SERVER_DATA_DIR=/var/lib/coordinator
VOLUME /var/lib/coordinator
# A number, so that `runAsNonRoot` can be checked without the image's table of users.
USER 65532:65532
EXPOSE 50051 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 \
  CMD ["/usr/local/bin/coordinator", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/coordinator"]
# Beyond loopback the coordinator wants TLS and tokens; inside a container its ports are whoever publishes them's
# to guard, which docker-compose.yml does by binding them to 127.0.0.1.
CMD ["serve", "--host", "0.0.0.0", "--insecure"]
