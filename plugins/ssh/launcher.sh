# The far end of a connection where the shim cannot run: another architecture, no execution from the home folder.
# Needs /bin/sh and coreutils, uses setsid where there is one. It speaks the relay's protocol
# (plugins/process/shim/relay.h) and writes the shim's files, but answers at once: `follow`, `stop` and `result` are
# asked again. Best effort, compared with the shim: it ends what descends from the service, does not rotate logs, has no
# terminals, no input and no limits, and SIGINT does not reach what a shell has put into the background.
#
#   LAUNCHER --relay                 serves requests
#   LAUNCHER --run DIR               runs the instance that `start` has written there
#   LAUNCHER DIR                     runs what `prepare` has written there, in the foreground
login_umask=$(umask)
umask 077
self=$0
root=${XDG_STATE_HOME:-$HOME/.local/state}/consort/remote
read -r boot </proc/sys/kernel/random/boot_id || boot=unknown

# Sets state, parent, group and start of a process; false if there is none.
look() {
  stat=
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  stat=${stat##*) }
  set -- $stat
  state=$1 parent=$2 group=$3 start=${20}
}
lives() { [ "${1:-0}" -gt 1 ] && look "$1" && [ "$start" = "$2" ] && [ "$state" != Z ] && [ "$state" != X ]; }

# Lines of a stream, each with its time.
keep_lines() {
  while IFS= read -r line || [ -n "$line" ]; do
    printf '%s %s F %s\n' "$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)" "$1" "$line"
    line=
  done
}
# The status of a wait is the same for `exit 143` and for SIGTERM, but a shell may say which signal it was: where this
# one would have, and did not, it was an exit.
ending_of() { # STATUS SAID: sets ending
  ending="code $1"
  [ "$1" -gt 128 ] && [ "$1" -le 192 ] || return
  number=$(($1 - 128))
  case $number in 17 | 18 | 19 | 20 | 21 | 22 | 23 | 28) return ;; esac  # none of them ends a program
  if [ ! -s "$2" ]; then
    /bin/sh -c "ulimit -c 0; kill -s $number \$\$" >/dev/null 2>&1 &
    wait $! 2>"$2"
    [ ! -s "$2" ] || return
  fi
  ending="signal $number"
}
write_exit() { # DIR STATUS SAID
  ending_of "$2" "$3"
  printf '%s\ntime %s\nleftovers 0\n' "$ending" "$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)" >"$1/exit.tmp" &&
    mv "$1/exit.tmp" "$1/${1##*/}"
}

# What others may not see in a list of processes is in files: a word of env(1) each, NAME=VALUE... PROGRAM ARGUMENT...
write_words() { # DIR RECORD..., after read_records
  dir=$1 count=100000 argument=0
  shift
  why=$(mkdir -p "$dir/words" 2>&1) || return 1
  printf %s "$cwd" >"$dir/cwd"
  echo "$mask" >"$dir/umask"
  for record; do
    case $record in
      env=*) word=${record#env=} ;;
      exec=*) word=$program ;;
      arg=*) argument=$((argument + 1)); [ $argument -gt 1 ] || continue; word=${record#arg=} ;;
      *) continue ;;
    esac
    count=$((count + 1)) name=
    case $record in exec=*) name=program ;; esac
    printf %s "$word" >"$dir/words/$count$name" || { why="cannot write $dir"; return 1; }
  done
}
become() { # DIR: the program that is written there
  dir=$1
  set -- "CONSORT_INSTANCE_ID=${dir##*/}"
  for file in "$dir"/words/*; do
    word=$(cat "$file"; echo x)
    # To env(1) a program with = in its path would be one more variable.
    case ${file##*[0-9]}:${word%x} in program:*=*) set -- "$@" nice -n 0 ;; esac
    set -- "$@" "${word%x}"
  done
  cd "$(cat "$dir/cwd")" && umask "$(cat "$dir/umask")" && exec env "$@"
}

run() { # DIR
  dir=$1
  trap '' HUP
  mkdir -p "$dir/log" "$dir/run" && mkfifo "$dir/run/out" "$dir/run/err" || exit 125
  look $$ && printf 'version 1\nboot_id %s\nshim %s %s\n' "$boot" $$ "$start" >"$dir/record" || exit 125
  keep_lines stdout <"$dir/run/out" >>"$dir/log/00000000.log" &
  out=$!
  keep_lines stderr <"$dir/run/err" >>"$dir/log/00000000.log" &
  err=$!
  echo "$out $err" >"$dir/loggers"
  (become "$dir") </dev/null >"$dir/run/out" 2>"$dir/run/err" &
  child=$!
  look $child && printf 'child %s %s\n' $child "$start" >>"$dir/record"
  : >"$dir/started"
  wait $child 2>"$dir/said"
  status=$?
  # What it left behind may hold its output open: then the rest comes later.
  tries=0
  while lives_any "$out" "$err" && [ $tries -lt 20 ]; do sleep 0.1 2>/dev/null || sleep 1; tries=$((tries + 1)); done
  write_exit "$dir" $status "$dir/said"
}
lives_any() { look "$1" && [ "$state" != Z ] || { look "$2" && [ "$state" != Z ]; }; }

reply() { # ID STATUS TEXT
  printf '%s %s %s\n%s' "$1" "$2" "$(printf %s "$3" | wc -c | tr -d ' ')" "$3"
}

# Sets record_shim and the like; false without a record.
read_record() {
  shim= shim_start= child= child_start= record_boot=
  [ -s "$1/record" ] || return 1
  while read -r key value more; do
    case $key in
      boot_id) record_boot=$value ;;
      shim) shim=$value shim_start=$more ;;
      child) child=$value child_start=$more ;;
    esac
  done <"$1/record"
}
condition() { # DIR: sets word
  word=missing
  if [ -e "$1/${1##*/}" ]; then
    word=over
    if read_record "$1" && [ "$record_boot" = "$boot" ] && lives "$shim" "$shim_start"; then word=exited; fi
    return
  fi
  read_record "$1" || return
  if [ "$record_boot" != "$boot" ]; then word=rebooted
  elif lives "$shim" "$shim_start" || lives "$child" "$child_start"; then word=running
  elif [ -e "$1/${1##*/}" ]; then word=over
  else word=lost; fi
}

# Sends a signal to what descends from a process, but not to those named behind.
signal_tree() { # SIGNAL ROOT EXCEPT...
  number=$1 members=" $2 "
  shift 2
  except=" $* "
  changed=1
  while [ $changed = 1 ]; do
    changed=0
    for entry in /proc/[0-9]*; do
      pid=${entry#/proc/}
      case $members in *" $pid "*) continue ;; esac
      look "$pid" || continue
      case $members in *" $parent "*) members="$members$pid " changed=1 ;; esac
    done
  done
  for pid in ${members#* * }; do
    case $except in *" $pid "*) ;; *) kill -s "$number" "$pid" 2>/dev/null ;; esac
  done
}

signal_instance() { # SIGNAL DIR, after condition
  if lives "$shim" "$shim_start"; then
    signal_tree "$1" "$shim" $(cat "$2/loggers" 2>/dev/null)
  elif lives "$child" "$child_start"; then
    signal_tree "$1" "$child"
    kill -s "$1" "$child" 2>/dev/null
  fi
}

stop() { # ID DIR SIGNAL GRACE_MS
  condition "$2"
  case $word in running | exited) ;; *) reply "$1" ok "$word"; return ;; esac
  now=$(date +%s)
  if [ ! -e "$2/stopping" ]; then
    echo $((now + ($4 + 999) / 1000)) >"$2/stopping"
    signal_instance "$3" "$2"
  elif read -r until <"$2/stopping" && [ "$now" -ge "$until" ]; then
    signal_instance KILL "$2"
    [ "$now" -lt $((until + 10)) ] || { reply "$1" failed "something of it still runs 10 s after SIGKILL"; return; }
  fi
  reply "$1" ok running
}

follow() { # ID DIR SEGMENT OFFSET MOST
  file=$2/log/00000000.log part=$root/.part.$$
  for round in 1 2; do
    size=0
    [ "$3" = 0 ] && [ -e "$file" ] && size=$(wc -c <"$file" | tr -d ' ')
    if [ "$size" -gt "$4" ]; then
      tail -c +$(($4 + 1)) "$file" | head -c "$5" >"$part"
      length=$(wc -c <"$part" | tr -d ' ')
      if [ -n "$(tail -c 1 "$part" | tr '\0' x)" ]; then length=$((length - $(tail -n 1 "$part" | wc -c))); fi
      if [ "$length" -gt 0 ]; then
        head="0 $4 data"
        printf '%s ok %s\n%s\n' "$1" $((length + ${#head} + 1)) "$head"
        head -c "$length" "$part"
        rm -f "$part"
        return
      fi
      rm -f "$part"
    fi
    [ $round = 2 ] || condition "$2"
  done
  head="$3 $4 $word
"
  case $word in exited | over) head=$head$(cat "$2/${2##*/}")"
" ;; esac
  reply "$1" ok "$head"
}

find_program() { # NAME CWD PATH: sets program
  case $1 in
    */*)
      case $1 in /*) program=$1 ;; *) program=$2/$1 ;; esac
      [ -e "$program" ] || { why="cannot run $1: No such file or directory"; return 1; }
      [ -f "$program" ] && [ -x "$program" ] || { why="cannot run $1: Permission denied"; return 1; }
      return ;;
  esac
  rest=$3:
  while [ -n "$rest" ]; do
    program=${rest%%:*}/$1
    rest=${rest#*:}
    [ -f "$program" ] && [ -x "$program" ] && return
  done
  why="cannot run $1: it is not in PATH ($3)"
  return 1
}
read_records() { # RECORD...: sets name, cwd, mask, path
  name= cwd=$HOME mask=$login_umask path=$PATH tty=0
  for record; do
    case $record in
      exec=*) name=${record#exec=} ;;
      cwd=/*) cwd=${record#cwd=} ;;
      cwd=*) cwd=$HOME/${record#cwd=} ;;
      umask=*) mask=${record#umask=} ;;
      env=PATH=*) path=${record#env=PATH=} ;;
      tty=1) tty=1 ;;
    esac
  done
  [ -d "$cwd" ] || { why="cannot use working_dir $cwd: No such file or directory"; return 1; }
  [ "$tty" = 0 ] || { why="cannot give it a terminal: the shim does not run on this host"; return 1; }
  find_program "$name" "$cwd" "$path"
}

start() { # ID DIR RECORD...
  id=$1 dir=$2
  shift 2
  [ ! -e "$dir/record" ] || { reply "$id" ok ""; return; }
  read_records "$@" || { reply "$id" failed "$why"; return; }
  write_words "$dir" "$@" || { reply "$id" failed "$why"; return; }
  session=
  ! command -v setsid >/dev/null 2>&1 || session=setsid
  $session /bin/sh "$self" --run "$dir" </dev/null >/dev/null 2>&1 &
  runner=$!
  tries=0
  while [ ! -e "$dir/started" ] && [ $tries -lt 100 ] && look $runner; do
    sleep 0.05 2>/dev/null || sleep 1
    tries=$((tries + 1))
  done
  if [ -e "$dir/started" ]; then reply "$id" ok "$(cat "$dir/record")"; else reply "$id" failed "cannot write $dir"; fi
}

prepare() { # ID DIR RECORD...
  id=$1 dir=$2
  shift 2
  read_records "$@" || { reply "$id" failed "$why"; return; }
  write_words "$dir" "$@" || { reply "$id" failed "$why"; return; }
  reply "$id" ok ""
}
foreground() { # DIR
  dir=$1
  look $$ && printf 'version 1\nboot_id %s\nshim %s %s\n' "$boot" $$ "$start" >"$dir/record" || exit 125
  # A command in the background has no input, unless it is given one.
  exec 3<&0
  (become "$dir") <&3 &
  exec 3<&-
  child=$!
  look $child && printf 'child %s %s\n' $child "$start" >>"$dir/record"
  wait $child 2>"$dir/said"
  status=$?
  umask 077
  write_exit "$dir" $status "$dir/said"
}

remove() { # ID DIR
  condition "$2"
  case $word in running | exited) reply "$1" failed "it still runs"; return ;; esac
  why=$(rm -rf "$2" 2>&1) || { reply "$1" failed "$why"; return; }
  rmdir "${2%/*}" "$root" "${root%/*}" 2>/dev/null
  reply "$1" ok ""
}
list() { # ID DIR
  lines=
  for entry in "$2"/*; do
    condition "$entry"
    case $word in
      missing) ;;
      running | exited) lines="$lines${entry##*/} running
" ;;
      *) lines="$lines${entry##*/} over
" ;;
    esac
  done
  reply "$1" ok "$lines"
}

serve() {
  case $op in
    ping) reply "$id" ok "" ; return ;;
    check) if read_records "$@"; then reply "$id" ok ""; else reply "$id" failed "$why"; fi; return ;;
    purge) rm -f "${self%/*}"/shim-* "${self%/*}"/launcher-*; rmdir "${self%/*}" 2>/dev/null; reply "$id" ok ""; return ;;
  esac
  case $1/ in "$root"/*) ;; *) reply "$id" failed "no such folder"; return ;; esac
  case $1/ in */../* | *//*) reply "$id" failed "no such folder"; return ;; esac
  case $op in
    start) start "$id" "$@" ;;
    prepare) prepare "$id" "$@" ;;
    result)
      condition "$1"
      case $word in
        over | exited) reply "$id" ok "$(cat "$1/${1##*/}")
" ;;
        running) reply "$id" ok "" ;;
        *) if [ -d "$1/words" ] && [ $word = missing ]; then reply "$id" ok ""; else reply "$id" missing ""; fi ;;
      esac ;;
    follow) follow "$id" "$@" ;;
    stop) stop "$id" "$@" ;;
    signal)
      condition "$1"
      if [ $word = running ] && kill -s "$2" "$child" 2>/dev/null; then reply "$id" ok ""; else reply "$id" missing "it does not run"; fi ;;
    remove) remove "$id" "$@" ;;
    list) list "$id" "$@" ;;
    trim) reply "$id" ok "" ;;
    have) if [ -f "$1" ] && [ "$(wc -c <"$1" | tr -d ' ')" = "$2" ]; then reply "$id" ok ""; else reply "$id" missing ""; fi ;;
    commit)
      if [ "$(wc -c <"$1.part" | tr -d ' ')" = "$2" ] && chmod 700 "$1.part" && mv "$1.part" "$1"; then reply "$id" ok ""
      else reply "$id" failed "cannot write $1"; fi ;;
    *) reply "$id" failed "the shim does not run on this host, and without it this cannot be done" ;;
  esac
}

relay() {
  trap '' HUP
  unset SSH_CLIENT SSH_CONNECTION SSH_TTY SSH_AUTH_SOCK OLDPWD
  why=$(mkdir -p "$root" 2>&1) || { reply 0 failed "cannot use $root: $why"; exit 1; }
  [ -O "$root" ] && [ ! -L "$root" ] || { reply 0 failed "cannot use $root: it is another user's"; exit 1; }
  chmod 700 "$root"
  reply 0 ok "protocol 1
boot_id $boot
machine $(uname -m)
kernel $(uname -r)
host $(uname -n)
home $HOME
shim /bin/sh
launcher $self
root $root
"
  while IFS=' ' read -r id op lengths; do
    set --
    index=0 bad=
    for length in $lengths; do
      index=$((index + 1))
      if [ "$op" = put ] && [ $index = 3 ]; then
        [ "$2" != 0 ] || { mkdir -p "${1%/*}" && : >"$1.part"; } 2>/dev/null
        bad=$( { dd bs=1 count="$length" >>"$1.part" 2>/dev/null; } 2>&1 ) || bad="cannot write $1"
        if [ -z "$bad" ]; then reply "$id" ok ""; else reply "$id" failed "$bad"; fi
      else
        field=$(dd bs=1 count="$length" 2>/dev/null; echo x)
        set -- "$@" "${field%x}"
      fi
    done
    [ "$op" = put ] || serve "$@"
  done
}

case $1 in
  --relay) relay ;;
  --run) shift; run "$@" ;;
  *) foreground "$1" ;;
esac
