#!/usr/bin/env bash
# A mail server of its own, on loopback: Postfix with an MX and a submission port
# (STARTTLS and login), Dovecot with mailboxes over IMAPS and a vacation answer. Works
# on a Debian as root; installs what is missing. See README.md for the contract.
#
# Mailboxes, all with the password "password": security@team.example,
# rita@finder.example, and away@finder.example, which answers that nobody is there.
# Any address at desk.example goes by LMTP to the socket in CVD_TEST_LMTP.
set -euo pipefail
[ $# = 2 ] || { echo "usage: mail.sh start|stop DIR" >&2; exit 2; }
cmd=$1 dir=$2

stop() {
	[ -e "$dir/root" ] || return 0
	local root
	root=$(cat "$dir/root")
	postfix -c "$root/pf" stop >&2 2>&1 || true
	doveadm -c "$root/dc/dovecot.conf" stop >&2 2>&1 || true
	rm -rf "$root"
}

case $cmd in
stop) stop; exit 0 ;;
start) ;;
*) echo "mail.sh: $cmd?" >&2; exit 2 ;;
esac

exec 3>&1 >&2
[ "$(id -u)" = 0 ] || { echo "mail servers need root"; exit 75; }
if ! command -v postfix >/dev/null || ! command -v dovecot >/dev/null || ! command -v swaks >/dev/null || ! [ -e /usr/lib/dovecot/modules/lib90_sieve_plugin.so ]; then
	command -v apt-get >/dev/null || exit 75
	export DEBIAN_FRONTEND=noninteractive
	echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
	apt-get -o DPkg::Lock::Timeout=120 update -q || true
	apt-get -o DPkg::Lock::Timeout=120 install -qy --no-install-recommends \
		postfix dovecot-imapd dovecot-lmtpd dovecot-sieve swaks libnet-ssleay-perl openssl || exit 75
fi

# The folder of the caller may be closed to others, and the servers have users of
# their own.
root=$(mktemp -d /var/tmp/cvd-mail.XXXXXX)
echo "$root" >"$dir/root"
chmod 755 "$root"
mkdir -p "$root"/{pf,dc,run,tls,vmail,spool,pflib,lmtp}
chmod 755 "$root"/{spool,lmtp}
user=cvdtestmail
getent passwd $user >/dev/null || useradd -r -M -s /usr/sbin/nologin $user
chown $user: "$root/vmail"
chown postfix: "$root/pflib"

free() {
	local p
	while :; do
		p=$((20000 + RANDOM % 20000))
		(echo >/dev/tcp/127.0.0.1/$p) 2>/dev/null || { echo $p; return; }
	done
}
mx=$(free) submission=$(free) imaps=$(free)

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
	-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout "$root/tls/key.pem" -out "$root/tls/cert.pem" 2>/dev/null
for u in security@team.example rita@finder.example away@finder.example; do
	echo "$u:{PLAIN}password::::::"
	mkdir -p "$root/vmail/$u"
done >"$root/dc/users"
cat >"$root/vmail/away@finder.example/.dovecot.sieve" <<'X'
require ["vacation"];
vacation :addresses ["away@finder.example"] "I am away.";
X
chown -R $user: "$root/vmail"

cat >"$root/dc/dovecot.conf" <<X
base_dir = $root/run
state_dir = $root/run
instance_name = $(basename "$root")
log_path = $root/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <$root/tls/cert.pem
ssl_key = <$root/tls/key.pem
mail_location = maildir:~/mail
mail_uid = $user
mail_gid = $user
first_valid_uid = 1
default_internal_user = dovecot
recipient_delimiter = +
auth_username_format = %Lu
submission_host = 127.0.0.1:$mx
passdb {
  driver = passwd-file
  args = $root/dc/users
}
userdb {
  driver = passwd-file
  args = $root/dc/users
  override_fields = uid=$user gid=$user home=$root/vmail/%u
}
namespace inbox {
  inbox = yes
  mailbox Done {
    auto = create
  }
}
protocol lmtp {
  mail_plugins = sieve
  postmaster_address = postmaster@finder.example
}
plugin {
  sieve = file:~/sieve;active=~/.dovecot.sieve
  sieve_vacation_send_from_recipient = yes
}
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = $imaps
    ssl = yes
  }
}
service lmtp {
  unix_listener $root/spool/private/dovecot-lmtp {
    mode = 0600
    user = postfix
    group = postfix
  }
}
service auth {
  unix_listener $root/spool/private/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
X
cat >"$root/pf/main.cf" <<X
compatibility_level = 3.6
queue_directory = $root/spool
data_directory = $root/pflib
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = $root/postfix.log
maillog_file_prefixes = /var, /dev/stdout
myhostname = mx.team.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
recipient_delimiter = +
virtual_mailbox_domains = team.example, finder.example, desk.example
virtual_transport = lmtp:unix:private/dovecot-lmtp
transport_maps = inline:{ desk.example=lmtp:unix:$root/lmtp/socket }
default_transport = error:nothing leaves this server
relay_transport = error:nothing leaves this server
alias_maps =
alias_database =
local_recipient_maps =
smtpd_tls_cert_file = $root/tls/cert.pem
smtpd_tls_key_file = $root/tls/key.pem
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_tls_auth_only = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
message_size_limit = 104857600
mailbox_size_limit = 0
minimal_backoff_time = 2s
maximal_backoff_time = 5s
queue_run_delay = 2s
in_flow_delay = 0
X
cat >"$root/pf/master.cf" <<X
127.0.0.1:$mx inet n - n - - smtpd
127.0.0.1:$submission inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
X
postfix -c "$root/pf" check || true
dovecot -c "$root/dc/dovecot.conf" </dev/null >/dev/null 2>&1 3>&-
postfix -c "$root/pf" start </dev/null >/dev/null 2>&1 3>&-

for _ in $(seq 100); do
	if (echo >"/dev/tcp/127.0.0.1/$submission") 2>/dev/null && (echo >"/dev/tcp/127.0.0.1/$imaps") 2>/dev/null; then
		cat >&3 <<X
CVD_TEST_MX=127.0.0.1:$mx
CVD_TEST_SUBMISSION=127.0.0.1:$submission
CVD_TEST_IMAP=127.0.0.1:$imaps
CVD_TEST_LMTP=$root/lmtp/socket
CVD_TEST_MAIL_CA=$root/tls/cert.pem
X
		exit 0
	fi
	sleep 0.1
done
tail -n 20 "$root"/*.log || true
echo "the mail servers did not answer"
exit 1
