#!/usr/bin/env bash
# Makes the hash-pinned locks anew from pyproject.toml. Needs `uv` on the path.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
    uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet "$@"
}
compile --group build -o requirements/station.txt
compile --group build --extra archive -o requirements/archive.txt
compile --group build --group test --group samples --extra archive --extra gm --extra openvino --extra pkcs11 --extra postgresql \
    -o requirements/test.txt
