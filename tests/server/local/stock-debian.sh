#!/bin/bash
#
# stock-debian - a Debian as its packages leave it, with Koshin installed
#
#	stock-debian.sh FOLDER COMMAND...
#
# for a COMMAND that may break all of it. Runs in namespaces of its own
# (unshare -m -n -p -f --mount-proc): what is changed in /etc, /var, /run and
# /usr/local goes to a file system in memory at FOLDER, ports are its own, and
# all processes end with the COMMAND. BUILD and MODE say what is installed.

set -euo pipefail

top=$(realpath "$(dirname "$0")/../../..")
folder=$1
shift

ip link set lo up
mount -t tmpfs stock-debian "$folder"
for d in etc var run usr/local; do
	mkdir -p "$folder/$d/new" "$folder/$d/work"
	mount -t overlay stock-debian "/$d" -o "lowerdir=/$d" \
		-o "upperdir=$folder/$d/new,workdir=$folder/$d/work"
done

# What this machine has beyond the packages.
if id koshin >/dev/null 2>&1; then
	userdel koshin
fi
rm -rf /etc/koshin /var/lib/koshin /run/koshin /run/redis /run/postgresql \
	/etc/postgresql /var/lib/postgresql/*/* /var/lib/redis/*
sed -i -E 's/^(unixsocket|unixsocketperm|maxmemory-policy)/# &/
	s/^appendonly .*/appendonly no/' /etc/redis/redis.conf

# As postinst does it.
install -d -o postgres -g postgres -m 2775 /run/postgresql
install -d /etc/postgresql
for version in /usr/lib/postgresql/*; do
	newest=${version##*/}
done
pg_createcluster "$newest" main >/dev/null
service postgresql start
service redis-server start

make -s -C "$top" install DESTDIR= PREFIX=/usr/local SYSCONFDIR=/etc

exec "$@"
