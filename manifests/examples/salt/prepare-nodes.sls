# Prepares Kubernetes nodes from outside the cluster, with the installer's own image and the containerd that is there
# anyway: proved plugins, shared mounts. Apply it again whenever you like; a node that is as wished is not touched.
#
#   salt 'kubernetes-*' state.apply prepare-nodes
#
# Its commands are run by a test, on a node of its own; the state as a whole has been applied by no Salt of ours.
# Shared mounts are lost at a reboot. Where no DaemonSet of ours runs, make them shared at boot as well.
directories-for-multus:
  file.directory:
    - names:
        - /opt/cni/bin
        - /var/lib/cni-plugins-installer # a second copy of the plugins, which outlives the bin dir
        - /run/cni-plugins-installer
    - mode: '0755'
    - makedirs: true

image-for-multus:
  cmd.run:
    - name: ctr --namespace=k8s.io images pull "$IMAGE"
    - unless: ctr --namespace=k8s.io images list --quiet | grep --line-regexp --fixed-strings "$IMAGE"
    - env: &site
        - IMAGE: ghcr.io/cni-plugins-installer/cni-plugins-installer:0.1.0
        # Further arguments of ctr: a mirror of your own, an archive on the node, fewer privileges.
        - SITE_ARGUMENTS: '' # for instance --env=CNI_PLUGINS_MIRRORS=https://mirror.example/cni

prepare-node-for-multus:
  cmd.run:
    - name: >-
        ctr --namespace=k8s.io run --rm --net-host --privileged
        --mount=type=bind,src=/opt/cni/bin,dst=/host/opt/cni/bin,options=rbind:rw
        --mount=type=bind,src=/var/lib/cni-plugins-installer,dst=/host/var/lib/cni-plugins-installer,options=rbind:rw
        --mount=type=bind,src=/proc,dst=/host/proc,options=rbind:ro
        --mount=type=bind,src=/run/cni-plugins-installer,dst=/report,options=rbind:rw
        --env=CNI_PLUGINS_VERSION=v1.9.1
        --env=CNI_PLUGINS_SPARE_STORE=/host/var/lib/cni-plugins-installer
        --env=CNI_PLUGINS_TERMINATION_LOG=/report/report.json
        $SITE_ARGUMENTS "$IMAGE" prepare-node-for-multus
    - env: *site
    - require:
        - file: directories-for-multus
        - cmd: image-for-multus
