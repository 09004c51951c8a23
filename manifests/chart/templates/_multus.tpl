{{/* Multus' own init container, thin and thick alike: it copies the binary that the runtime calls. */}}
{{- define "cpi.installMultusContainer" -}}
- name: install-multus-binary
  image: {{ include "cpi.multusImage" . }}
  imagePullPolicy: {{ .Values.multus.image.pullPolicy }}
  command: [{{ ternary "/usr/src/multus-cni/bin/install_multus" "/install_multus" (eq .Values.mode "thick") }}]
  args: [--type, {{ .Values.mode }}, --dest-dir, /host/opt/cni/bin]
  {{- if .Values.mountPropagation.bidirectional }}
  securityContext:
    privileged: true # Kubernetes lets only privileged containers ask for Bidirectional
  {{- else }}
  securityContext:
    allowPrivilegeEscalation: false
    capabilities: { drop: [ALL] }
    privileged: false
  {{- end }}
  terminationMessagePolicy: FallbackToLogsOnError
  resources:
    {{- toYaml .Values.multus.installResources | nindent 4 }}
  volumeMounts:
    - name: cnibin
      mountPath: /host/opt/cni/bin
      {{- if .Values.mountPropagation.bidirectional }}
      # The runtime refuses this container while the bin dir's mount on the host is not shared.
      mountPropagation: Bidirectional
      {{- end }}
{{- end -}}

{{- define "cpi.multusContainer" -}}
- name: kube-multus
  image: {{ include "cpi.multusImage" . }}
  imagePullPolicy: {{ .Values.multus.image.pullPolicy }}
  {{- if eq .Values.mode "thick" }}
  {{- include "cpi.thickContainer" . | nindent 2 }}
  {{- else }}
  {{- include "cpi.thinContainer" . | nindent 2 }}
  {{- end }}
    {{- with .Values.multus.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  terminationMessagePolicy: FallbackToLogsOnError
  resources:
    {{- toYaml .Values.multus.resources | nindent 4 }}
{{- end -}}

{{/* Ends with its volumeMounts, for more to follow. */}}
{{- define "cpi.thinContainer" -}}
{{- $confDir := (include "cpi.paths" . | fromYaml).confDir -}}
command: [/thin_entrypoint]
args:
  - --multus-conf-file=auto
  - --multus-autoconfig-dir=/host/etc/cni/net.d
  - --cni-conf-dir=/host/etc/cni/net.d
  # Where the runtime, on the host, finds the kubeconfig that is written for Multus.
  - --multus-kubeconfig-file-host={{ $confDir }}/multus.d/multus.kubeconfig
  - --multus-log-level={{ .Values.multus.logLevel }}
  {{- if .Values.multus.cleanUpConfigOnExit }}
  # Also keeps the token in the configuration fresh.
  - --cleanup-config-on-exit
  {{- end }}
  {{- if .Values.multus.namespaceIsolation }}
  - --namespace-isolation=true
  {{- end }}
  {{- with .Values.multus.globalNamespaces }}
  - --global-namespaces={{ . }}
  {{- end }}
  {{- with .Values.multus.readinessIndicatorFile }}
  - --readiness-indicator-file={{ . }}
  {{- end }}
  {{- with .Values.multus.extraArgs }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.multus.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  privileged: true # to write the host's CNI configuration also where SELinux confines containers
volumeMounts:
  - { name: cni, mountPath: /host/etc/cni/net.d }
  - { name: cnibin, mountPath: /host/opt/cni/bin }
{{- end -}}

{{/* Ends with its volumeMounts, for more to follow. */}}
{{- define "cpi.thickContainer" -}}
{{- $paths := include "cpi.paths" . | fromYaml -}}
command: [/usr/src/multus-cni/bin/multus-daemon]
env:
  - name: MULTUS_NODE_NAME
    valueFrom: { fieldRef: { fieldPath: spec.nodeName } }
  {{- with .Values.multus.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
securityContext:
  privileged: true # it runs the plugins, which make interfaces in the pods' network namespaces
volumeMounts:
  - { name: cni, mountPath: /host/etc/cni/net.d }
  # The daemon looks for plugins in here, and runs them under the host's root: both paths have to be the same.
  - { name: cnibin, mountPath: {{ $paths.binDir }} }
  {{- if $paths.linkedDir }}
  - { name: linked-plugins, mountPath: {{ $paths.linkedDir }}, readOnly: true }
  {{- end }}
  - { name: host-run, mountPath: /host/run }
  - { name: host-var-lib-cni-multus, mountPath: /var/lib/cni/multus }
  - { name: host-run-k8s-cni-cncf-io, mountPath: /run/k8s.cni.cncf.io }
  - { name: multus-conf-dir, mountPath: /etc/cni/multus/net.d }
  - { name: multus-daemon-config, mountPath: /etc/cni/net.d/multus.d, readOnly: true }
  # What the host mounts later has to appear in these; the runtime refuses them while the host's mounts are not shared.
  - { name: host-var-lib-kubelet, mountPath: /var/lib/kubelet, mountPropagation: HostToContainer }
  - { name: host-run-netns, mountPath: /run/netns, mountPropagation: HostToContainer }
  - { name: hostroot, mountPath: /hostroot, mountPropagation: HostToContainer }
{{- end -}}

{{- define "cpi.multusVolumes" -}}
{{- $paths := include "cpi.paths" . | fromYaml -}}
- { name: cni, hostPath: { path: {{ $paths.confDir }} } }
{{- if eq .Values.mode "thick" }}
{{- if $paths.linkedDir }}
- { name: linked-plugins, hostPath: { path: {{ $paths.linkedDir }} } }
{{- end }}
- { name: hostroot, hostPath: { path: / } }
- { name: host-run, hostPath: { path: /run } }
- { name: host-run-netns, hostPath: { path: {{ $paths.netnsDir }} } }
- { name: host-run-k8s-cni-cncf-io, hostPath: { path: /run/k8s.cni.cncf.io } }
- { name: host-var-lib-cni-multus, hostPath: { path: /var/lib/cni/multus } }
- { name: host-var-lib-kubelet, hostPath: { path: {{ $paths.kubeletDir }} } }
- { name: multus-conf-dir, hostPath: { path: /etc/cni/multus/net.d } }
- { name: multus-daemon-config, configMap: { name: {{ include "cpi.configMapName" . }} } }
{{- end }}
{{- end -}}

{{- define "cpi.configMapName" -}}
{{- ternary "multus-daemon-config" (printf "%s-config" .Values.fullnameOverride) (empty .Values.fullnameOverride) -}}
{{- end -}}

{{- define "cpi.daemonConfig" -}}
{{- $paths := include "cpi.paths" . | fromYaml -}}
{{- $config := dict
  "chrootDir" "/hostroot"
  "binDir" $paths.binDir
  "cniVersion" "0.3.1"
  "cniConfigDir" "/host/etc/cni/net.d"
  "multusAutoconfigDir" "/host/etc/cni/net.d"
  "multusConfigFile" "auto"
  "socketDir" "/host/run/multus/"
  "logLevel" .Values.multus.logLevel
  "logToStderr" true
-}}
{{- if .Values.multus.namespaceIsolation -}}{{- $_ := set $config "namespaceIsolation" true -}}{{- end -}}
{{- with .Values.multus.globalNamespaces -}}{{- $_ := set $config "globalNamespaces" . -}}{{- end -}}
{{- with .Values.multus.readinessIndicatorFile -}}{{- $_ := set $config "readinessindicatorfile" . -}}{{- end -}}
{{- range $key, $value := .Values.multus.config -}}{{- $_ := set $config $key $value -}}{{- end -}}
{{- toPrettyJson $config -}}
{{- end -}}
