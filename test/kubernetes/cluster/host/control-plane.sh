#!/bin/bash
# The control plane of a throw-away cluster, on a host of its own: etcd, API server, controller manager, scheduler, and
# a kubectl that serves the API, without any authentication, on the socket /run/api.sock.
#
#   control-plane.sh ADDRESS
#
# ADDRESS, with the length of its prefix, is the host's on the bridge `nodes` that the nodes' cables end in. Programs come
# from /run/kubernetes/bin, configuration from here; what NAME writes goes to /var/log/NAME.log.
set -euo pipefail

host=$(dirname "$(readlink -f "$0")")
address=${1%/*}
credentials=/var/lib/control-plane
kubeconfig=$host/kubeconfig.yaml

# Only those that the tests' objects need.
controllers=daemonset-controller,deployment-controller,garbage-collector-controller,job-controller,namespace-controller
controllers+=,node-lifecycle-controller,persistentvolume-binder-controller,replicaset-controller
controllers+=,root-ca-certificate-publisher-controller,serviceaccount-controller,taint-eviction-controller

make_bridge() {
  ip link add nodes type bridge
  ip addr add "$1" dev nodes
  ip link set nodes up
}

make_service_account_key() {
  mkdir -p "$credentials"
  openssl genrsa -out "$credentials/service-account.key" 2048
  openssl rsa -in "$credentials/service-account.key" -pubout -out "$credentials/service-account.pub"
} 2>/dev/null

start() {
  "/run/kubernetes/bin/$1" "${@:2}" >"/var/log/$1.log" 2>&1 &
}

# What it stores lies on a tmpfs, where syncing means nothing.
start_etcd() {
  start etcd --data-dir=/var/lib/etcd --unsafe-no-fsync
}

start_api_server() {
  start kube-apiserver \
    --etcd-servers=http://127.0.0.1:2379 \
    --advertise-address="$address" --cert-dir="$credentials" \
    --token-auth-file="$host/tokens.csv" --authorization-mode=RBAC --allow-privileged=true \
    --service-account-issuer=https://kubernetes.default.svc \
    --service-account-signing-key-file="$credentials/service-account.key" \
    --service-account-key-file="$credentials/service-account.pub" \
    --service-cluster-ip-range=10.96.0.0/16 \
    --kubelet-preferred-address-types=InternalIP
}

# The API server makes its own certificate on its way up; the controller manager publishes it.
await_api_server() {
  until (</dev/tcp/127.0.0.1/6443); do sleep 0.1; done 2>/dev/null
}

start_clients_of_the_api() {
  start kubectl --kubeconfig="$kubeconfig" proxy --unix-socket=/run/api.sock
  start kube-controller-manager --kubeconfig="$kubeconfig" --leader-elect=false --controllers="$controllers" \
    --pvclaimbinder-sync-period=1s --service-account-private-key-file="$credentials/service-account.key" \
    --root-ca-file="$credentials/apiserver.crt"
  start kube-scheduler --kubeconfig="$kubeconfig" --leader-elect=false
}

make_bridge "$1"
start_etcd
make_service_account_key
start_api_server
await_api_server
start_clients_of_the_api
wait
