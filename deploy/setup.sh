#!/bin/sh
# 准备运行环境：虚拟环境、Python 依赖（校验哈希）、缺少的系统库。Prepares what "run", "test", "bench" or "docs" needs and says what it does.
set -eu
cd "$(dirname "$0")/.."
goal=${1:-run}
PYTHON=${PYTHON:-python3}
on_debian=0
! command -v dpkg-query >/dev/null 2>&1 || on_debian=1

say() { printf '▸ %s\n' "$1"; }
stop() {
    say "$1" >&2
    exit 1
}

# want REASON PACKAGE…: notes Debian packages that are missing; get_packages fetches them together.
missing=""
want() {
    [ $on_debian = 1 ] || return 0
    why=$1
    shift
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' && continue
        missing="$missing $package"
        say "缺少系统软件包 $package：$why"
    done
}

get_packages() {
    [ -n "$missing" ] || return 0
    [ "$(id -u)" = 0 ] || stop "请先运行，再重试 / please run this, then try again: sudo apt-get install -y --no-install-recommends$missing"
    say "安装系统软件包 / installing system packages:$missing"
    mkdir -p .setup
    # shellcheck disable=SC2086
    if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >.setup/apt.log 2>&1; then
        tail -n 20 .setup/apt.log >&2
        stop "系统软件包未能安装，上面是 apt 的说明 / apt could not install them, its words are above"
    fi
}

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    stop "需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed"

# Also when the folder was moved or Python was upgraded: the scripts of an environment name their interpreter.
environment=new
! .venv/bin/pip --version >/dev/null 2>&1 || environment=ready

[ $environment = ready ] || "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
    want "建立 Python 虚拟环境 / makes the virtual environment" python3-venv
want "生成 PDF：排版文字、截取字体 / PDF: sets text, subsets fonts" libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
case $goal in
test) command -v chromium >/dev/null 2>&1 || want "浏览器测试 / browser tests" chromium ;;
bench) command -v nginx >/dev/null 2>&1 || want "作为基准对比 / baseline of a benchmark" nginx-light ;;
docs) want "网页截图及其中文字 / screenshots and their Chinese letters" chromium fonts-noto-cjk ;;
esac
get_packages

if [ $environment = new ]; then
    say "建立虚拟环境 .venv / making the virtual environment"
    "$PYTHON" -m venv --clear .venv
fi

list=requirements.txt
[ "$goal" = run ] || list=requirements-dev.txt
stamp=.venv/.installed-$list
sum=$(cksum "$list")
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$sum" ]; then
    say "安装 Python 依赖，首次约一分钟 / installing Python packages, about a minute: $list"
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$list" ||
        stop "Python 依赖未能安装，请检查网络后重试 / packages could not be installed, check the network and try again"
    .venv/bin/python -c 'import weasyprint' >/dev/null 2>&1 ||
        stop "缺少 Pango 1.44 以上版本，生成 PDF 需要它，请用系统的软件包管理器安装 / PDFs need Pango ≥ 1.44, please install it with your package manager"
    printf '%s' "$sum" >"$stamp"
fi
