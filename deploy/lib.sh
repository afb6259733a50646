# shellcheck shell=bash
# What ./deploy/up and ./tests/run share: installing packages, configuring, building.
# The caller sets `root` to the checkout's folder.
: "${root:?}"

# One sentence that says what happened and what to do.
fail() {
  printf '%s: %s\n' "${program:-lianmeng}" "$*" >&2
  exit 1
}

say() { printf '%s\n' "$*"; }

# The Debian packages named in list files.
listed_packages() { sed -E 's/#.*//; s/[[:space:]]+//g; /^$/d' "$@"; }

missing_packages() {
  local have
  have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p' | sort -u)
  comm -13 <(printf '%s\n' "$have") <(listed_packages "$@" | sort -u)
}

# Installs what of the list files is missing; asks nothing. apt's lists are read anew only when
# the first attempt fails, so that a machine that has all of it needs no network.
install_packages() {
  command -v dpkg-query >/dev/null ||
    fail "this is not Debian (there is no dpkg); use Debian 12, or install what deploy/packages names and build with cmake --preset default."
  local missing=()
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  local sudo=()
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null ||
      fail "packages are missing and this is neither root nor is there sudo; run as root: apt-get install ${missing[*]}"
    sudo=(sudo)
    [[ -t 0 ]] || sudo=(sudo -n)
    "${sudo[@]}" true ||
      fail "packages are missing and sudo refuses; run as root: apt-get install ${missing[*]}"
  fi
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  local log apt
  log=$(mktemp)
  apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2)
  if ! "${apt[@]}" install --no-install-recommends "${missing[@]}" >"$log" 2>&1 </dev/null; then
    if ! { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "${missing[@]}"; } \
      >"$log" 2>&1 </dev/null; then
      tail -n 15 "$log" >&2
      local why="see above what apt-get says"
      if grep -qE 'No space left on device|enough free space' "$log"; then
        why="the disk is full; free some space and try again"
      elif grep -qE 'Could not resolve|Temporary failure|Could not connect|Unable to connect|Failed to fetch' "$log"; then
        why="Debian's mirror cannot be reached; connect this machine to the network and try again"
      fi
      rm -f "$log"
      fail "packages could not be installed: $why."
    fi
  fi
  rm -f "$log"
}

# free_mib FOLDER: free space where it lies or will lie.
free_mib() {
  local folder=$1
  while [[ ! -d $folder ]]; do folder=$(dirname "$folder"); done
  df --output=avail -B1M "$folder" | tail -n 1 | tr -d ' '
}

need_free_mib() {
  local folder=$1 need=$2 what=$3 free
  free=$(free_mib "$folder")
  [[ $free -ge $need ]] ||
    fail "$what needs $need MiB and $folder has $free MiB left; free some space and try again."
}

# As many compilers as cores and memory hold; gRPC's headers cost one some 1.2 GiB.
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/MemAvailable/ {print int($2 / 1258291)}' /proc/meminfo)
  if [[ $memory -lt 1 ]]; then memory=1; fi
  echo $((cores < memory ? cores : memory))
}

# build PRESET FOLDER [TARGET...]: configures when needed and builds. One at a time by a lock, so
# that ./deploy/up beside ./tests/run waits instead of building in the same folder.
build() {
  local preset=$1 folder=$2
  shift 2
  command -v cmake >/dev/null || fail "there is no cmake; install it: apt-get install cmake"
  command -v "${CXX:-c++}" >/dev/null ||
    fail "there is no C++ compiler (${CXX:-c++}); install it: apt-get install g++"
  # A checkout that was moved or copied with its build folder.
  if [[ -f $folder/CMakeCache.txt ]] &&
    ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; then
    rm -rf "$folder"
  fi
  mkdir -p "$folder"
  # Cached objects serve every folder that the checkout may lie in.
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
  local log=$folder/build.log
  exec 9>"$folder/.lock"
  flock 9
  if [[ ! -f $folder/build.ninja ]]; then
    need_free_mib "$folder" 3000 "the build"
    (cd "$root" && cmake --preset "$preset") >"$log" 2>&1 </dev/null || {
      tail -n 30 "$log" >&2
      fail "the build cannot be configured; see above, or $log."
    }
  fi
  if ! NINJA_STATUS='[%f/%t, %e s] ' cmake --build "$folder" -j "$(build_jobs)" ${1:+--target "$@"} \
    2>&1 </dev/null | tee "$log" | show_progress; then
    if grep -q 'No space left on device' "$log"; then
      fail "the disk filled up during the build; free some space and try again."
    elif grep -q 'Killed signal terminated program' "$log"; then
      fail "the compiler ran out of memory; close other programs or add swap, and try again."
    fi
    fail "the build failed; see above, or $log."
  fi
  exec 9>&-
}

# Each 50th step tells how far the build is; what is no step is a compiler's word.
show_progress() {
  awk '/^ninja: no work to do/ {next}
       !/^\[[0-9]+\// || ++steps % 50 == 0 {print substr($0, 1, 300); fflush()}'
}
