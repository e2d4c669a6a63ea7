#!/bin/sh
# 更新 static/ 与 tests/vendor/ 里随附的前端文件和字体；版本在 deploy/vendor/package.json，锁文件校验来源。
# For maintainers: fetches the exact versions of deploy/vendor with npm and writes the vendored files and their manifests again.
set -eu
cd "$(dirname "$0")/.."
command -v npm >/dev/null 2>&1 || {
    echo "▸ 需要 Node.js 和 npm / Node.js with npm is needed" >&2
    exit 1
}
mkdir -p build/vendor
cp deploy/vendor/package.json deploy/vendor/package-lock.json build/vendor/
(cd build/vendor && npm ci --ignore-scripts --no-audit --no-fund --silent)
.venv/bin/python deploy/vendor.py build/vendor/node_modules
