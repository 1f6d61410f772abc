#!/bin/sh
# Makes the passwords and connection strings that compose.yaml mounts, once. Only this folder's owner can enter it; the files in it
# are readable by the containers' users.
set -eu
cd "$(dirname "$0")"
[ ! -d secrets ] || { echo "secrets/ is there already." >&2; exit 1; }
umask 022
mkdir -m 700 secrets.new
password() { head -c 24 /dev/urandom | base64 | tr -d '/+=\n'; }
administrator=$(password) owner=$(password) server=$(password) broker=$(password)
cd secrets.new
printf '%s' "$administrator" >postgres_password
printf "\\\\set owner_password '%s'\n\\\\set server_password '%s'\n" "$owner" "$server" >roles_passwords.sql
printf 'Host=postgres;Database=interop;Username=interop_owner;Password=%s' "$owner" >owner_connection
printf 'Host=postgres;Database=interop;Username=interop_server;Password=%s' "$server" >server_connection
printf 'amqp://interop:%s@rabbitmq:5672/' "$broker" >broker_connection
printf 'default_user = interop\ndefault_pass = %s\n' "$broker" >rabbitmq.conf
cd ..
mv secrets.new secrets
