# shellcheck shell=bash
# What ./deploy/kafka/up and ./deploy/kafka/down share: which cluster lies in a data folder and
# which of its brokers run. The caller sets `root` and `data`.
: "${root:?}" "${data=}"
# shellcheck source=../lib.sh
source "$root/deploy/lib.sh"

# shellcheck disable=SC2034  # The callers'.
default_data=$root/data/kafka

properties_of() { echo "$data/broker-$1/server.properties"; }
pid_file_of() { echo "$data/broker-$1/pid"; }
log_of() { echo "$data/broker-$1/broker.log"; }

# known NAME: what kafka.env has of it.
known() { sed -n "s/^$1=//p" "$data/kafka.env" 2>/dev/null; }

# The pid of broker N of this data folder, or nothing. A pid may be another process's by now, so the
# command line decides.
running_broker() {
  local pid arguments=()
  [[ -r $(pid_file_of "$1") ]] && read -r pid <"$(pid_file_of "$1")" || return 1
  [[ $pid =~ ^[0-9]+$ && -r /proc/$pid/cmdline ]] || return 1
  mapfile -d '' -t arguments 2>/dev/null <"/proc/$pid/cmdline" || return 1
  [[ ${#arguments[@]} -ge 2 && ${arguments[-2]} == kafka.Kafka &&
    ${arguments[-1]} == "$(properties_of "$1")" ]] || return 1
  echo "$pid"
}

# The brokers that are meant: that of --only, or all.
chosen_brokers() {
  local only=$1 count
  count=$(known KAFKA_BROKERS)
  if [[ -z $only ]]; then
    seq 1 "$count"
  elif [[ $only =~ ^[0-9]+$ && $only -ge 1 && $only -le $count ]]; then
    echo "$only"
  else
    fail "there is no broker $only in $data; it has $count, counted from 1."
  fi
}
