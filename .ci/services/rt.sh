#!/usr/bin/env bash
# Request Tracker 5 of Debian on a free port of the loopback address, with an SQLite
# database in DIR, for cvd/tracker/rt. See README.md for how it is called.
set -euo pipefail

action=${1:?start or stop} dir=${2:?a folder}

# end_server ends the process that start wrote down, if it is that server still.
end_server() {
	local pid
	pid=$(cat "$dir/pid" 2>/dev/null) || return 0
	if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q rt-server; then
		kill "$pid" 2>/dev/null || true
		for _ in $(seq 50); do
			kill -0 "$pid" 2>/dev/null || return 0
			sleep 0.1
		done
		kill -9 "$pid" 2>/dev/null || true
	fi
}

if [ "$action" = stop ]; then
	end_server
	exit 0
fi

exec 3>&1 1>&2

server=/usr/share/request-tracker5/libexec/rt-server
if [ ! -x "$server" ]; then
	[ "$(id -u)" = 0 ] && command -v apt-get debconf-set-selections >/dev/null || exit 75
	export DEBIAN_FRONTEND=noninteractive
	timeout 60 apt-get update -q >/dev/null || true
	echo 'request-tracker5 request-tracker5/dbconfig-install boolean false' | debconf-set-selections
	timeout 230 apt-get -o DPkg::Lock::Timeout=120 install -qy --no-install-recommends \
		request-tracker5 rt5-db-sqlite rt5-standalone >/dev/null || exit 75
fi

port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport')
secret() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }
root=$(secret)

cat >"$dir/RT_SiteConfig.pm" <<CONFIG
Set(\$rtname, 'rt.example'); Set(\$Organization, 'rt.example');
Set(\$WebDomain, '127.0.0.1'); Set(\$WebPort, $port); Set(\$WebBaseURL, 'http://127.0.0.1:$port'); Set(\$WebPath, '');
Set(\$CanonicalizeRedirectURLs, 0);
Set(\$DatabaseType, 'SQLite'); Set(\$DatabaseName, '$dir/rt.db');
Set(\$DatabaseHost, ''); Set(\$DatabaseUser, ''); Set(\$DatabasePassword, '');
Set(\$MailCommand, 'sendmailpipe'); Set(\$SendmailPath, '/bin/true');
Set(\$LogToSyslog, undef); Set(\$LogToSTDERR, 'warning');
Set(\$WebSessionClass, 'Apache::Session::File');
1;
CONFIG
mkdir -p "$dir/confd" /var/cache/request-tracker5/mason_data /var/cache/request-tracker5/session_data
export RT_SITE_CONFIG="$dir/RT_SiteConfig.pm" RT_SITE_CONFIG_DIR="$dir/confd" TOKEN_FILE="$dir/token"

# A queue with the field for markers, and an account that has the rights which
# package rt names, and no others.
cat >"$dir/data.pl" <<'DATA'
@Queues = ({ Name => 'Security' });
@CustomFields = ({ Name => 'cvd_ref', Queue => ['Security'], Type => 'FreeformSingle', MaxValues => 1, LookupType => 'RT::Queue-RT::Ticket' });
@Users = ({ Name => 'cvd-bot', EmailAddress => 'cvd-bot@rt.example', Privileged => 1 });
@ACL = map { { UserId => 'cvd-bot', Queue => 'Security', Right => $_ } } qw(
	SeeQueue CreateTicket ShowTicket ShowTicketComments CommentOnTicket ModifyTicket
	SeeCustomField ModifyCustomField SetInitialCustomField);
@Final = (
	sub {
		my $bot = RT::User->new(RT->SystemUser);
		$bot->Load('cvd-bot');
		my ($ok, $message, $token) = RT::AuthToken->new(RT->SystemUser)->Create(Owner => $bot->Id, Description => 'tests');
		open my $out, '>', $ENV{TOKEN_FILE} or die $!;
		print $out $token;
	},
	sub {
		my $root = RT::User->new(RT->SystemUser);
		$root->Load('root');
		$root->SetPassword($ENV{ROOT_PASSWORD});
	},
);
1;
DATA
export ROOT_PASSWORD=$root
setup() { rt-setup-database-5 --skip-create --dba root --dba-password '' "$@" >>"$dir/setup.log" 2>&1 || { tail "$dir/setup.log"; exit 1; }; }
setup --action init
setup --action insert --datafile "$dir/data.pl"

"$server" --server Standalone --host 127.0.0.1 --port "$port" >"$dir/server.log" 2>&1 3>&- &
echo $! >"$dir/pid"
for _ in $(seq 120); do
	if perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(PeerAddr => "127.0.0.1:'"$port"'")'; then
		printf 'CVD_TEST_RT=http://127.0.0.1:%s\nCVD_TEST_RT_TOKEN=%s\nCVD_TEST_RT_ROOT=%s\n' "$port" "$(cat "$dir/token")" "$root" >&3
		exit 0
	fi
	kill -0 "$(cat "$dir/pid")" 2>/dev/null || break
	sleep 0.5
done
tail "$dir/server.log"
exit 1
