#!/usr/bin/env bash
# A PostgreSQL server of its own for tests: start DIR, stop DIR (see README.md). For
# tests of faults there are kill DIR, as a power cut would end it, and again DIR, which
# starts it on the same port with what is on the disk, and cold DIR, which ends it in
# order and starts it with its tables in no memory; standby DIR OF starts one in DIR that
# follows the server in OF, which from then on waits for it at each commit; promote DIR
# has it take over.
# It listens on a free port of 127.0.0.1 and trusts whoever connects, so nothing
# but test data belongs in it. On Debian, as root, it installs what is missing.
set -euo pipefail
do=${1:?start or stop} dir=${2:?a folder}

# PostgreSQL refuses to run as root.
as_postgres() {
	if [ "$(id -u)" = 0 ]; then
		su postgres -s /bin/bash -c '"$0" "$@"' -- "$@"
	else
		"$@"
	fi
}

# newest folder with the programs of a server
programs() {
	local at
	at=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1) || at=$(command -v initdb) || return 0
	dirname "$at"
}

install_server() {
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 0
	# No cluster of the distribution: it would be started, and stay.
	mkdir -p /etc/postgresql-common
	[ -e /etc/postgresql-common/createcluster.conf ] ||
		echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
	export DEBIAN_FRONTEND=noninteractive
	local get=(apt-get -o DPkg::Lock::Timeout=120 install -qy --no-install-recommends postgresql)
	"${get[@]}" || { apt-get update -q && "${get[@]}"; } || true
} >&2

free_port() {
	local port
	for _ in $(seq 100); do
		port=$((20000 + RANDOM % 20000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port" && return 0; }
	done
	return 1
}

start() {
	local bin port
	bin=$(programs)
	[ -n "$bin" ] || { install_server && bin=$(programs); }
	if [ -z "$bin" ]; then
		echo "PostgreSQL is not installed and cannot be" >&2
		exit 75
	fi
	server_folder
	echo "$bin" >"$dir/programs"
	as_postgres "$bin/initdb" -D "$dir/server/data" -A trust -U postgres -E UTF8 --no-locale --data-checksums --no-instructions >&2
	for _ in 1 2 3; do # the port was free a moment ago
		port=$(free_port)
		cat >>"$dir/server/data/postgresql.conf" <<-END
			listen_addresses = '127.0.0.1'
			port = $port
			unix_socket_directories = ''
			max_connections = 200
			shared_buffers = 256MB
			max_wal_size = 2GB
		END
		if again; then
			echo "CVD_TEST_POSTGRES=postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
			return 0
		fi
	done
	cat "$dir/server/log" >&2
	return 1
}

again() {
	as_postgres "$(cat "$dir/programs")/pg_ctl" -D "$dir/server/data" -w -t 60 -l "$dir/server/log" start >&2
}

# Its other processes end by themselves once the first is gone.
kill_server() {
	local pid
	pid=$(head -n 1 "$dir/server/data/postmaster.pid")
	kill -KILL "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
}

# server_folder makes the folder that the server owns.
server_folder() {
	mkdir -p "$dir/server"
	[ "$(id -u)" = 0 ] || return 0
	chown postgres: "$dir/server"
	# The server reaches its folder only through those above it.
	local up=$dir
	while [ "$up" != / ] && ! su postgres -s /bin/bash -c "cd '$dir/server'" 2>/dev/null; do
		chmod o+x "$up"
		up=$(dirname "$up")
	done
}

standby() {
	local of=$1 bin port primary
	bin=$(cat "$of/programs")
	echo "$bin" >"$dir/programs"
	server_folder
	primary=$(sed -n 's/^port = //p' "$of/server/data/postgresql.conf" | tail -n 1)
	as_postgres "$bin/pg_basebackup" -h 127.0.0.1 -p "$primary" -U postgres -D "$dir/server/data" -R -X stream -c fast >&2
	port=$(free_port)
	echo "port = $port" >>"$dir/server/data/postgresql.conf"
	again
	as_postgres "$bin/psql" -h 127.0.0.1 -p "$primary" -U postgres -qc "ALTER SYSTEM SET synchronous_standby_names = '*'" -c 'SELECT pg_reload_conf()' >&2
	echo "CVD_TEST_POSTGRES=postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
}

# cold starts the server anew. A clean page of a file is dropped from memory by asking.
cold() {
	as_postgres "$(cat "$dir/programs")/pg_ctl" -D "$dir/server/data" -w -m fast stop >&2
	find "$dir/server/data/base" -type f -size +64k -exec dd if={} iflag=nocache count=0 status=none \;
	again
}

promote() { as_postgres "$(cat "$dir/programs")/pg_ctl" -D "$dir/server/data" -w -t 60 promote >&2; }

stop() {
	[ -e "$dir/server/data/postmaster.pid" ] || return 0
	as_postgres "$(cat "$dir/programs")/pg_ctl" -D "$dir/server/data" -w -m immediate stop >&2
}

case $do in
start) start ;;
stop) stop ;;
kill) kill_server ;;
again) again ;;
cold) cold ;;
standby) standby "${3:?the folder of the server to follow}" ;;
promote) promote ;;
*) echo "usage: $0 start|stop|kill|again|cold|promote DIR, or $0 standby DIR OF" >&2 && exit 2 ;;
esac
