# Sourced by ./run and ./test: makes sure that system packages, the virtual environment
# and the pinned dependencies are there. Says nothing and costs little when they are.
#
# set_up NAME   NAME is the lock to install: archive or test (a superset of archive)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
venv=$root/.venv
debian_packages=(tesseract-ocr tesseract-ocr-chi-sim tesseract-ocr-chi-tra
    tesseract-ocr-chi-sim-vert tesseract-ocr-chi-tra-vert)
export OMP_THREAD_LIMIT=1 DO_NOT_TRACK=1 ORT_DISABLE_TELEMETRY=1 PREFECT_SERVER_ANALYTICS_ENABLED=false

say() { printf '%s\n' "$@" >&2; }

die() {
    say "$@"
    exit 1
}

# Tesseract prints where its data lies; each wanted language must be a file there.
tesseract_is_complete() {
    command -v tesseract >/dev/null || return 1
    local folder language
    for folder in "${TESSDATA_PREFIX:-}" /usr/share/tesseract-ocr/*/tessdata /usr/share/tessdata; do
        for language in osd eng chi_sim chi_tra chi_sim_vert chi_tra_vert; do
            [ -e "$folder/$language.traineddata" ] || continue 2
        done
        return 0
    done
    return 1
}

find_python() {
    local candidate
    for candidate in python3.11 python3.12 python3.13 python3; do
        command -v "$candidate" >/dev/null || continue
        "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null || continue
        python=$candidate
        return 0
    done
    return 1
}

python_is_complete() { find_python && "$python" -c 'import venv, ensurepip' 2>/dev/null; }

install_system_packages() {
    local missing=()
    tesseract_is_complete || missing+=("${debian_packages[@]}")
    python_is_complete || missing+=(python3 python3-venv)
    [ ${#missing[@]} -eq 0 ] && return 0
    local command="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        die "缺少系统软件包，请以管理员身份运行：" "System packages are missing. As administrator, run:" "    $command"
    fi
    say "安装系统软件包 · installing system packages: ${missing[*]}"
    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}") >"$log" 2>&1 ||
        die "系统软件包安装失败 · the installation of system packages failed:" "$(tail -n 20 "$log")" "    $command"
}

install_python_packages() {
    find_python || die "需要 Python 3.11–3.13 · Python 3.11 to 3.13 is needed"
    local count
    count=$(grep -c '==' "requirements/$1.txt")
    say "安装 $count 个固定版本的 Python 包（约两分钟）· installing $count pinned Python packages (about two minutes)"
    rm -f "$venv"/installed-*
    {
        "$python" -m venv "$venv" &&
            "$venv/bin/python" -m pip install -qq --require-hashes --no-deps -r "requirements/$1.txt" &&
            "$venv/bin/python" -m pip install -qq --no-deps --no-build-isolation --no-index -e .
    } >"$log" 2>&1 || die "Python 包安装失败，请再运行一次 · installing Python packages failed; run the command again:" "$(tail -n 20 "$log")"
}

set_up() {
    local wanted=$1 digest
    digest=$(cat pyproject.toml "requirements/$wanted.txt" | sha256sum | cut -d' ' -f1)
    if [ -e "$venv/installed-$wanted" ] && [ "$(<"$venv/installed-$wanted")" = "$root $digest" ] && tesseract_is_complete; then
        return 0
    fi
    mkdir -p "$venv"
    log=$venv/set-up.log
    exec 9>"$venv/set-up.lock"
    flock 9
    install_system_packages
    install_python_packages "$wanted"
    printf '%s %s' "$root" "$digest" >"$venv/installed-$wanted"
    # The test set contains the archive set, so that ./run after ./test installs nothing.
    if [ "$wanted" = test ]; then
        printf '%s %s' "$root" "$(cat pyproject.toml requirements/archive.txt | sha256sum | cut -d' ' -f1)" >"$venv/installed-archive"
    fi
    exec 9>&-
}
