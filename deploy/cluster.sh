# shellcheck shell=bash
# Lianmeng as separate processes on Kafka: what `./deploy/up --kafka` starts. Sourced by deploy/up.
#
# In the data folder: kafka/ (the broker), <service>-<ordinal>/ (store, pid, log of a host),
# master.key (what all hosts open the keys of sealed values with), lianmeng.env (for people and
# programs: where all of it is).
: "${root:?}" "${data:?}" "${ctl:?}" "${wait_s:?}" "${config=}" "${port=}" "${default_actor=}"

services=(membership dispatch notification)
hosts_each=2

cluster_hosts() {
  local service ordinal
  for service in "${services[@]}"; do
    for ((ordinal = 0; ordinal < hosts_each; ordinal++)); do echo "$service-$ordinal"; done
  done
}

# Ports from the first on: gRPC of each host, then their ops ports a hundred behind.
place_of() {
  local host=$1 at=0 each
  for each in $(cluster_hosts); do
    [[ $each == "$host" ]] && break
    at=$((at + 1))
  done
  echo "$at"
}
rpc_of() { echo "127.0.0.1:$((port + $(place_of "$1")))"; }
ops_of() { echo "127.0.0.1:$((port + 100 + $(place_of "$1")))"; }
peers_of() {
  local ordinal peers=()
  for ((ordinal = 0; ordinal < hosts_each; ordinal++)); do peers+=("$(rpc_of "$1-$ordinal")"); done
  (IFS=, && echo "${peers[*]}")
}
# As lianmengctl takes it.
cluster_address() {
  local host parts=()
  for host in $(cluster_hosts); do parts+=("${host%-*}=$(rpc_of "$host")"); done
  (IFS=, && echo "${parts[*]}")
}

host_program() { echo "$root/build/bin/lianmeng-${1%-*}"; }
host_pid_file() { echo "$data/$1/lianmeng.pid"; }
host_log() { echo "$data/$1/lianmeng.log"; }

# The pid of a host of this data folder, or nothing: the command line decides.
running_host() {
  local pid arguments=()
  [[ -r $(host_pid_file "$1") ]] && read -r pid <"$(host_pid_file "$1")" || return 1
  [[ $pid =~ ^[0-9]+$ && -r /proc/$pid/cmdline ]] || return 1
  mapfile -d '' -t arguments 2>/dev/null <"/proc/$pid/cmdline" || return 1
  [[ ${arguments[0]:-} == */lianmeng-${1%-*} && ${arguments[1]:-} == --data.path &&
    ${arguments[2]:-} == "$data/$1" ]] || return 1
  echo "$pid"
}
cluster_runs() {
  local host
  for host in $(cluster_hosts); do running_host "$host" >/dev/null && return 0; done
  return 1
}
# The port that a cluster of this folder was given.
remember_port() {
  local known
  known=$(sed -n 's/^LIANMENG_PORT=//p' "$data/lianmeng.env" 2>/dev/null || true)
  port=${port:-${known:-50061}}
}

start_host() {
  local host=$1 log arguments
  mkdir -p "$data/$host"
  log=$(host_log "$host")
  [[ ! -f $log ]] || mv -f "$log" "$log.1"
  arguments=(--data.path "$data/$host" --rpc.listen "$(rpc_of "$host")" --ops.listen "$(ops_of "$host")"
    --log.kind kafka --kafka.bootstrap "$bootstrap" --kafka.development true
    --hosts.peers "$(peers_of "${host%-*}")" --hosts.ordinal "${host##*-}"
    ${config:+--config "$config"})
  [[ -n ${LIANMENG_RPC_DEFAULT_ACTOR+set} || -n $config ]] ||
    arguments+=(--rpc.default_actor "$default_actor")
  case ${host%-*} in
    membership | dispatch) arguments+=(--seal.master_key_file "$data/master.key") ;;
  esac
  setsid "$(host_program "$host")" "${arguments[@]}" </dev/null >"$log" 2>&1 &
  echo $! >"$(host_pid_file "$host")"
}

# Until it is ready; what keeps it from that is said as it said it.
wait_for_host() {
  local host=$1 pid answer deadline=$((SECONDS + wait_s))
  pid=$(<"$(host_pid_file "$host")")
  while true; do
    if [[ ! -d /proc/$pid ]]; then
      rm -f "$(host_pid_file "$host")"
      answer=$(sed "/^{/d; s/^lianmeng-[a-z]*: //" "$(host_log "$host")" | tail -n 1)
      fail "$host: ${answer:-it ended at its start; see $(host_log "$host").}"
    fi
    answer=$(http "$(ops_of "$host")" /readyz) || answer=''
    [[ ${answer%%$'\n'*} != 200 ]] || return 0
    [[ $SECONDS -lt $deadline ]] ||
      fail "$host is not ready after $wait_s s: $(sed -n 2p <<<"${answer:-$'\n'it does not answer}"). It goes on; ./deploy/up --kafka --status tells how far it is."
    sleep 0.1
  done
}

start_cluster() {
  local host
  mkdir -p "$data" 2>/dev/null || fail "$data cannot be made; name another folder with --data."
  need_free_mib "$data" 512 "the data folder"
  say "Starting Kafka."
  "$root/deploy/kafka/up" --data "$data/kafka" --port 0 >/dev/null
  bootstrap=$(sed -n 's/^KAFKA_BOOTSTRAP=//p' "$data/kafka/kafka.env")
  "$ctl" topics apply --kafka "$bootstrap" --development >/dev/null ||
    fail "the topics could not be made; see above."
  # All hosts have the same; made once, before any of them looks for it.
  # Never a second one: what the first has sealed would stay closed.
  [[ -f $data/lianmeng.env || -e $data/master.key ]] ||
    (umask 077 && head -c 32 /dev/urandom >"$data/master.key")
  cat >"$data/lianmeng.env" <<END
LIANMENG_PORT=$port
LIANMENG_ADDRESS=$(cluster_address)
LIANMENG_KAFKA_BOOTSTRAP=$bootstrap
END
  say "Starting $(cluster_hosts | wc -l) hosts: $(cluster_hosts | paste -sd ' ')."
  for host in $(cluster_hosts); do
    running_host "$host" >/dev/null || start_host "$host"
  done
  for host in $(cluster_hosts); do wait_for_host "$host"; done
}

stop_cluster() {
  local host pid pids=()
  for host in $(cluster_hosts); do
    pid=$(running_host "$host") || continue
    pids+=("$pid")
    kill -TERM "$pid"
    kill -CONT "$pid"
  done
  for pid in ${pids[@]+"${pids[@]}"}; do
    for ((i = 0; i < 600; i++)); do
      [[ -d /proc/$pid ]] || break
      sleep 0.1
    done
    [[ ! -d /proc/$pid ]] || fail "process $pid did not stop within a minute; see $data."
  done
  for host in $(cluster_hosts); do rm -f "$(host_pid_file "$host")"; done
  [[ ! -r $data/kafka/kafka.env ]] || "$root/deploy/kafka/down" --data "$data/kafka" >/dev/null
  [[ ${#pids[@]} -gt 0 ]]
}

delete_cluster() {
  [[ -d $data ]] || return 0
  # A mistyped --data must not cost a home folder.
  local host other names=()
  for host in $(cluster_hosts); do names+=(! -name "$host"); done
  other=$(find "$data" -mindepth 1 -maxdepth 1 "${names[@]}" ! -name kafka ! -name 'master.key*' \
    ! -name 'lianmeng.*' ! -name lost+found -print -quit)
  [[ -z $other ]] || fail "$data holds $other, which is not Lianmeng's; delete by hand what may go."
  for host in $(cluster_hosts); do rm -rf -- "${data:?}/$host"; done
  rm -rf -- "${data:?}/kafka" "$data"/master.key* "$data"/lianmeng.*
}

# A line a host; false when one of them is not ready.
tell_cluster() {
  local host pid answer ready=0
  for host in $(cluster_hosts); do
    if ! pid=$(running_host "$host"); then
      say "  $host   does not run"
      ready=1
      continue
    fi
    answer=$(http "$(ops_of "$host")" /readyz) || answer=''
    if [[ ${answer%%$'\n'*} == 200 ]]; then
      say "  $host   ready: gRPC $(rpc_of "$host"), ops http://$(ops_of "$host"), pid $pid"
    else
      say "  $host   pid $pid is not ready: $(sed -n 2p <<<"${answer:-$'\n'it does not answer}")"
      ready=1
    fi
  done
  return $ready
}

tell_where_cluster() {
  local c=$ctl
  [[ $PWD != "$root" ]] || c=build/bin/lianmengctl
  say "Lianmeng runs as separate processes on Kafka ($bootstrap):"
  tell_cluster || true
  cat <<END
  data   $data
Try (any host takes any call of its service):
  export LIANMENG_ADDRESS=$(cluster_address)
  $c dispatch list-demands --county 610524
  $c status
  kill -9 \$(cat $data/dispatch-0/lianmeng.pid)    # and the other host goes on
Stop it with ./deploy/up --kafka --stop; the data stays.
END
}
