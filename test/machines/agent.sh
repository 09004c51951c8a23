#!/bin/sh
# Runs what a machine is told over its virtio port, one order after the other.
#
# order   shell code in base64, on a line of its own
# answer  the exit status, what it wrote to stdout and what to stderr, both in base64, on one line; `ready` at first
port() {
  for port in /dev/vport*; do
    if [ -e "$port" ]; then return; fi
  done
  sleep 0.01
  port
}

port
exec 3<>"$port"
echo ready >&3
while read -r order <&3; do
  echo "$order" | base64 -d >/run/order
  sh /run/order </dev/null >/run/stdout 2>/run/stderr 3>&-
  echo "$? $(base64 -w0 /run/stdout) $(base64 -w0 /run/stderr)" >&3
done
