#!/bin/sh
# 准备运行环境：虚拟环境、Python 依赖（校验哈希）、缺少的系统库。Prepares what "run", "test" or "bench" needs and says what it does.
set -eu
cd "$(dirname "$0")/.."
goal=${1:-run}
PYTHON=${PYTHON:-python3}

say() { printf '▸ %s\n' "$1"; }

# Debian packages: installed when we may, else the one line to run is printed.
need_packages() {
    why=$1
    shift
    missing=""
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    if [ "$(id -u)" = 0 ]; then
        say "安装系统软件包（$why）/ installing system packages:$missing"
        apt-get update -qq
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        say "缺少系统软件包（$why），请先运行 / please run first: sudo apt-get install -y$missing"
        exit 1
    fi
}

if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed"
    exit 1
fi

on_debian=0
command -v dpkg-query >/dev/null 2>&1 && on_debian=1

if [ ! -x .venv/bin/python ]; then
    say "建立虚拟环境 .venv / making the virtual environment"
    if [ $on_debian = 1 ] && ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
        need_packages "Python 虚拟环境" python3-venv
    fi
    "$PYTHON" -m venv .venv
fi

if [ $on_debian = 1 ]; then
    # PDF: WeasyPrint draws text with Pango and subsets fonts with HarfBuzz.
    need_packages "生成 PDF" libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
    [ "$goal" != test ] || need_packages "浏览器测试" chromium
    [ "$goal" != bench ] || need_packages "与 nginx 对比" nginx-light
fi

list=requirements.txt
[ "$goal" = run ] || list=requirements-dev.txt
stamp=.venv/.installed-$goal
sum=$(cksum "$list")
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$sum" ]; then
    say "安装 Python 依赖（$list，校验哈希）/ installing Python packages"
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$list"
    printf '%s' "$sum" >"$stamp"
fi
