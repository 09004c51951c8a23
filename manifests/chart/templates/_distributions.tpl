{{/* Where each distribution keeps what Multus and we need on the host. */}}
{{- define "cpi.distributions" -}}
kubeadm: {}
rke2: {}
k0s:
  kubeletDir: /var/lib/k0s/kubelet
k3s:
  binDir: /var/lib/rancher/k3s/data/cni
  confDir: /var/lib/rancher/k3s/agent/etc/cni/net.d
  # The bin dir holds links into the directories beside it.
  linkedDir: /var/lib/rancher/k3s/data
k3d:
  binDir: /bin
  confDir: /var/lib/rancher/k3s/agent/etc/cni/net.d
microk8s:
  binDir: /var/snap/microk8s/current/opt/cni/bin
  confDir: /var/snap/microk8s/current/args/cni-network
  kubeletDir: /var/snap/microk8s/common/var/lib/kubelet
gke:
  binDir: /home/kubernetes/bin
# An overlay over plugins of the image, writable, with an SELinux label of its own for all in it.
bottlerocket: {}
# CRI-O looks there before it looks into its package's directory. A tmpfs: empty after each boot, so that each boot would
# download, and plugin and store, some 60 MiB, count against the container that writes them.
microshift:
  binDir: /run/cni/bin
  source: bundled
  memory: 128Mi
# The kubelet's start empties it.
nixos: {}
# Its package of CRI-O is built to look into the directory of its package of plugins, and there alone.
fedora-crio:
  binDir: /usr/libexec/cni
# A system extension may have merged plugins into it, read-only.
flatcar: {}
talos:
  netnsDir: /var/run/netns
{{- end -}}

{{/*
What the distribution has instead of the usual default, where the user has said nothing else. Done twice it does no more.
*/}}
{{- define "cpi.prepare.profile" -}}
{{- $plugins := .root.Values.cniPlugins -}}
{{- $profile := index (include "cpi.distributions" .root | fromYaml) .root.Values.distribution | default dict -}}
{{- if not $plugins.source -}}
  {{- $_ := set $plugins "source" ($profile.source | default "upstream") -}}
{{- end -}}
{{- if and $profile.memory (eq (toJson $plugins.resources) (toJson .defaults.cniPlugins.resources)) -}}
  {{- $usual := .defaults.cniPlugins.resources -}}
  {{- $requests := set (deepCopy $usual.requests) "memory" $profile.memory -}}
  {{- $limits := set (deepCopy $usual.limits) "memory" $profile.memory -}}
  {{- $_ := set $plugins "resources" (dict "requests" $requests "limits" $limits) -}}
{{- end -}}
{{- end -}}

{{/* The host paths that hold here, as YAML: the user's, else the distribution's, else the usual ones. */}}
{{- define "cpi.paths" -}}
{{- $usual := dict "binDir" "/opt/cni/bin" "confDir" "/etc/cni/net.d" "kubeletDir" "/var/lib/kubelet" "netnsDir" "/run/netns" -}}
{{- $profile := index (include "cpi.distributions" . | fromYaml) .Values.distribution -}}
{{- $linked := ternary "" $profile.linkedDir (or (not $profile.linkedDir) (ne .Values.paths.binDir "")) -}}
{{- $paths := dict "linkedDir" $linked -}}
{{- range $name, $path := $usual -}}
  {{- $_ := set $paths $name (index $.Values.paths $name | default (index $profile $name) | default $path) -}}
{{- end -}}
{{- toYaml $paths -}}
{{- end -}}
