#!/bin/bash
# A node of a throw-away cluster: starts the kubelet, then becomes the container runtime.
#
# env  NODE_NAME, NODE_IP    the node's, for the API server
#      NODE_TAINTS           what it registers with, key=value:effect; may be empty
#      CONTROL_PLANE_IP      the API server's
#
# The kubelet starts when somebody writes to the pipe /run/connected: then the node's cable leads to the control plane.
# What the kubelet writes goes to /var/log/kubelet.log.
set -euo pipefail

host=$(dirname "$(readlink -f "$0")")

# The kubelet sets these for the whole machine. Here it finds them set already, in files of the node.
veil_sysctls() {
  local name value
  mkdir -p /run/sysctls
  while read -r name value; do
    echo "$value" >"/run/sysctls/${name##*/}"
    mount --bind "/run/sysctls/${name##*/}" "/proc/sys/$name"
  done <<'LIST'
vm/overcommit_memory 1
kernel/panic 10
kernel/panic_on_oops 1
LIST
}

# Instead of a kube-proxy: the one Service that Multus asks for. The default route gives a packet to it a way to begin with.
reach_api_service() {
  local chain
  ip route add default via "$CONTROL_PLANE_IP" dev eth0
  for chain in OUTPUT PREROUTING; do
    iptables -t nat -A "$chain" -d 10.96.0.1/32 -p tcp --dport 443 -j DNAT --to-destination "$CONTROL_PLANE_IP:6443"
  done
}

run_kubelet() {
  read -r _ </run/connected
  exec /run/kubernetes/bin/kubelet --config="$host/kubelet.yaml" --kubeconfig="$host/kubeconfig.yaml" \
    --hostname-override="$NODE_NAME" --node-ip="$NODE_IP" --register-with-taints="$NODE_TAINTS"
}

veil_sysctls
reach_api_service
mkfifo /run/connected
run_kubelet >/var/log/kubelet.log 2>&1 &
exec containerd
