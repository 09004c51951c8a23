{{/* Host paths, comma-separated, whose mounts this pod's containers ask to share; empty when they ask for none. */}}
{{- define "cpi.sharedPaths" -}}
{{- $paths := include "cpi.paths" . | fromYaml -}}
{{- $asked := list -}}
{{- if .Values.mountPropagation.paths -}}
  {{- $asked = .Values.mountPropagation.paths -}}
{{- else if not .Values.multus.enabled -}}
  {{- $asked = list "/" $paths.binDir $paths.kubeletDir $paths.netnsDir -}}
{{- else -}}
  {{- if .Values.mountPropagation.bidirectional -}}{{- $asked = append $asked $paths.binDir -}}{{- end -}}
  {{- if eq .Values.mode "thick" -}}{{- $asked = concat $asked (list $paths.kubeletDir $paths.netnsDir "/") -}}{{- end -}}
{{- end -}}
{{- join "," $asked -}}
{{- end -}}

{{/* `true` when one of our containers shares mounts. */}}
{{- define "cpi.shares" -}}
{{- if and (ne .Values.mountPropagation.mode "off") (include "cpi.sharedPaths" .) -}}true{{- end -}}
{{- end -}}

{{/* `true` when the container that installs also shares mounts. */}}
{{- define "cpi.installerShares" -}}
{{- if and .Values.cniPlugins.enabled (eq .Values.layout "simple") (include "cpi.shares" .) -}}true{{- end -}}
{{- end -}}

{{- define "cpi.installerContainers" -}}
{{- if and (include "cpi.shares" .) (not (include "cpi.installerShares" .)) }}
{{ include "cpi.shareMountsContainer" . }}
{{- end }}
{{- if .Values.cniPlugins.enabled }}
{{ include "cpi.installContainer" . }}
{{- end }}
{{- end -}}

{{- define "cpi.shareMountsContainer" -}}
# Makes the host's mounts shared, where the next containers need it and they are not. Nothing of the host but its /proc.
- name: share-mounts
  image: {{ include "cpi.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: [share-mounts]
  env:
    {{- include "cpi.shareEnv" . | nindent 4 }}
    {{- include "cpi.logEnv" . | nindent 4 }}
  securityContext:
    {{- include "cpi.sharerPrivileges" . | nindent 4 }}
  terminationMessagePolicy: FallbackToLogsOnError
  resources:
    {{- toYaml .Values.cniPlugins.resources | nindent 4 }}
  volumeMounts:
    # The runtime's mount namespace is found, and entered, through it.
    - { name: host-proc, mountPath: /host/proc, readOnly: true }
{{- end -}}

{{- define "cpi.sharerPrivileges" -}}
{{- if eq .Values.layout "simple" -}}
# It enters the runtime's mount namespace and mounts there, which no AppArmor or SELinux policy may forbid.
{{ toYaml (merge (deepCopy .Values.mountPropagation.securityContext) (dict "privileged" true)) }}
{{- else -}}
{{ include "cpi.shareMountsPrivileges" . }}
{{- end -}}
{{- end -}}

{{- define "cpi.shareMountsPrivileges" -}}
{{- $over := deepCopy .Values.mountPropagation.securityContext -}}
{{- $capabilities := dict "drop" (list "ALL") "add" (list "SYS_ADMIN" "SYS_CHROOT" "SYS_PTRACE") -}}
{{- $context := dict "privileged" false "capabilities" $capabilities "readOnlyRootFilesystem" true "seccompProfile" (dict "type" "RuntimeDefault") -}}
# SYS_PTRACE to look at the runtime's namespace, SYS_ADMIN and SYS_CHROOT to enter it; SYS_ADMIN to mount there.
{{ toYaml (merge $over $context) }}
{{- end -}}

{{- define "cpi.installContainer" -}}
# Comes before Multus' own init container, and asks for no mountPropagation: so the runtime accepts it on a node whose
# mounts are not shared yet, or whose plugins are missing.
- name: install-cni-plugins
  image: {{ include "cpi.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  env:
    {{- include "cpi.installEnv" . | nindent 4 }}
  securityContext:
    {{- include "cpi.installPrivileges" . | nindent 4 }}
  # What it did, or why it failed, is in the pod's status.
  terminationMessagePolicy: FallbackToLogsOnError
  # Equal requests and limits: Multus keeps the QoS class Guaranteed, and is not the first to be killed.
  resources:
    {{- toYaml .Values.cniPlugins.resources | nindent 4 }}
  volumeMounts:
    - { name: cnibin, mountPath: /host/opt/cni/bin }
    {{- with include "cpi.spare.mount" . }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- if include "cpi.installerShares" . }}
    # The runtime's mount namespace is found, and entered, through it.
    - { name: host-proc, mountPath: /host/proc, readOnly: true }
    {{- end }}
    {{- with include "cpi.sourceMounts" . | trim }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- with .Values.cniPlugins.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "cpi.installPrivileges" -}}
{{- $over := deepCopy .Values.cniPlugins.securityContext -}}
{{- if include "cpi.installerShares" . -}}
# To make mounts of the host shared: it enters the runtime's mount namespace and mounts there, which takes SYS_ADMIN,
# SYS_CHROOT and SYS_PTRACE, and that no AppArmor or SELinux policy forbids it. Installing plugins takes nothing of it:
# the hardened layout gives each step just its own.
{{ toYaml (merge $over (dict "privileged" true)) }}
{{- else -}}
# It writes into the bin dir as root, and needs nothing else.
{{ include "cpi.unprivileged" . }}
{{- end -}}
{{- end -}}

{{- define "cpi.installEnv" -}}
{{- $plugins := .Values.cniPlugins -}}
{{ include "cpi.wishEnv" . }}
- { name: CNI_PLUGINS_ON_CONFLICT, value: {{ $plugins.onConflict }} }
{{- with $plugins.modes }}
- { name: CNI_PLUGINS_MODES, value: {{ include "cpi.pairs" . | quote }} }
{{- end }}
{{- if $plugins.createBinDir }}
- { name: CNI_PLUGINS_CREATE_BIN_DIR, value: "true" }
{{- end }}
{{- if $plugins.strict }}
- { name: CNI_PLUGINS_STRICT, value: "true" }
{{- end }}
- { name: CNI_PLUGINS_TIMEOUT, value: {{ $plugins.timeout }} }
{{- with include "cpi.spare.env" . }}
{{ . }}
{{- end }}
{{- with include "cpi.sourceEnv" . | trim }}
{{ . }}
{{- end }}
{{- if include "cpi.installerShares" . }}
{{ include "cpi.shareEnv" . }}
{{- else }}
- { name: CNI_PLUGINS_SHARE_MOUNTS, value: "off" }
{{- end }}
{{ include "cpi.logEnv" . }}
{{- with $plugins.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Which plugins of which release. */}}
{{- define "cpi.wishEnv" -}}
- { name: CNI_PLUGINS_VERSION, value: {{ .Values.cniPlugins.version }} }
- { name: CNI_PLUGINS, value: {{ join "," .Values.cniPlugins.plugins | quote }} }
{{- with .Values.cniPlugins.skip }}
- { name: SKIP_CNI_BINARIES, value: {{ join "," . | quote }} }
{{- end }}
{{- end -}}

{{- define "cpi.shareEnv" -}}
- { name: CNI_PLUGINS_SHARE_MOUNTS, value: {{ .Values.mountPropagation.mode | quote }} }
# What the pod's next containers ask to share.
- { name: CNI_PLUGINS_SHARED_PATHS, value: {{ include "cpi.sharedPaths" . | quote }} }
{{- if .Values.mountPropagation.required }}
- { name: CNI_PLUGINS_REQUIRE_SHARED, value: "true" }
{{- end }}
{{- end -}}

{{- define "cpi.logEnv" -}}
- { name: CNI_PLUGINS_LOG_FORMAT, value: {{ .Values.cniPlugins.logFormat }} }
- { name: CNI_PLUGINS_LOG_LEVEL, value: {{ .Values.cniPlugins.logLevel }} }
{{- end -}}

{{/* A map as `key=value,key=value`, in the order of the keys; what is empty is not given: with --reuse-values null takes nothing back. */}}
{{- define "cpi.pairs" -}}
{{- $pairs := list -}}
{{- range $key, $value := . -}}
  {{- if not (empty $value) -}}{{- $pairs = append $pairs (printf "%s=%s" $key (toString $value)) -}}{{- end -}}
{{- end -}}
{{- join "," $pairs -}}
{{- end -}}

{{/*
What a container of ours needs to write into, or read from, the bin dir. Not privileged in so many words: where Helm takes
over a container that was, what is not said stays.
*/}}
{{- define "cpi.unprivileged" -}}
{{ toYaml (merge (deepCopy .Values.cniPlugins.securityContext) (dict
  "allowPrivilegeEscalation" false
  "capabilities" (dict "drop" (list "ALL"))
  "privileged" false
  "readOnlyRootFilesystem" true
  "seccompProfile" (dict "type" "RuntimeDefault"))) }}
{{- end -}}

{{- define "cpi.uninstallPrivileges" -}}
{{- if include "cpi.installerShares" . -}}
# The privileged container installs also where the bin dir, or a plugin that it displaces, is not root's: what gives all
# back has to get along with the same owners.
{{ toYaml (merge (deepCopy .Values.cniPlugins.securityContext) (dict
  "allowPrivilegeEscalation" false
  "capabilities" (dict "add" (list "DAC_OVERRIDE" "FOWNER") "drop" (list "ALL"))
  "readOnlyRootFilesystem" true
  "seccompProfile" (dict "type" "RuntimeDefault"))) }}
{{- else -}}
{{ include "cpi.unprivileged" . }}
{{- end -}}
{{- end -}}
