#!/bin/sh
# Runs one Postfix out of the directory $1 until standard input ends, which it does when the test is over, however.
# Postfix's master insists on being root, on mail_owner owning the queue, and on leading a process group of its own.
set -eu
cd "$1"
log=$1/master.log

umask 022
mkdir -p queue/pid data
mkdir -m 700 queue/active queue/bounce queue/corrupt queue/defer queue/deferred queue/flush queue/hold \
    queue/incoming queue/private queue/saved queue/trace
mkdir -m 710 queue/public
mkdir -m 730 queue/maildrop
chown -R postfix data queue/[!p]* queue/private queue/public
chgrp postdrop queue/public queue/maildrop
chown root conf conf/main.cf conf/master.cf

setsid /usr/lib/postfix/sbin/master -c "$1/conf" -d </dev/null >"$log" 2>&1 &
master=$!
trap 'kill $master 2>/dev/null || :; wait $master 2>/dev/null || :; rm -rf "$1"' EXIT
trap 'exit 0' HUP INT TERM
cat >/dev/null
