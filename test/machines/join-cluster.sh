#!/bin/sh
# Makes a booted systemd node, whose containerd runs, a node of a cluster: its address, the way to the API server, a
# kubelet as a unit of systemd's, and samples of what the kernel counts for its containers.
#
#   join-cluster.sh NAME ADDRESS CONTROL_PLANE_IP
#
# ADDRESS is with the length of its prefix. Programs and configuration are in /cargo.
set -eu

name=$1 address=$2 control_plane=$3

ip addr add "$address" dev eth0
ip link set eth0 up

# Instead of a kube-proxy: the one Service that Multus asks for. The default route gives a packet to it a way to begin with.
ip route add default via "$control_plane" dev eth0
for chain in OUTPUT PREROUTING; do
  iptables -t nat -A "$chain" -d 10.96.0.1/32 -p tcp --dport 443 -j DNAT --to-destination "$control_plane:6443"
done

mkdir -p /etc/cni/net.d
cp /cargo/10-pods.conflist /etc/cni/net.d/

cat >/etc/systemd/system/kubelet.service <<END
[Service]
ExecStart=/cargo/kubelet --config=/cargo/kubelet.yaml --kubeconfig=/cargo/kubeconfig.yaml --hostname-override=$name --node-ip=${address%/*}
Restart=always
END
cat >/etc/systemd/system/cgroup-samples.service <<END
[Service]
ExecStart=/bin/sh /cargo/cgroup-samples.sh /run/cgroup-samples
OOMScoreAdjust=-1000
END
systemctl daemon-reload
systemctl start kubelet cgroup-samples
