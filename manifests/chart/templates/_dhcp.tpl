{{/* The container that keeps the daemon of the plugin `dhcp`: beside `watch`, or in a DaemonSet of its own. */}}
{{- define "cpi.dhcp.name" -}}
{{- printf "%s-dhcp" (ternary "cni-plugins" (include "cpi.fullname" . | trunc 58) (eq .Values.fullnameOverride "")) -}}
{{- end -}}

{{- define "cpi.dhcp.selectorLabels" -}}
name: {{ include "cpi.dhcp.name" . }}
{{- end -}}

{{- define "cpi.dhcp.podLabels" -}}
{{ include "cpi.dhcp.selectorLabels" . }}
app: cni-plugins-dhcp
tier: node
{{- with merge (dict) .Values.podLabels .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "cpi.dhcp.labels" -}}
{{- $labels := include "cpi.labels" . | fromYaml -}}
{{- $_ := set $labels "app.kubernetes.io/name" "cni-plugins-dhcp" -}}
{{- toYaml $labels -}}
{{- end -}}

{{/* `true` when the plugin comes to the nodes by us. */}}
{{- define "cpi.dhcp.hasPlugin" -}}
{{- $plugins := .Values.cniPlugins -}}
{{- if and $plugins.enabled (or (has "dhcp" $plugins.plugins) (has "all" $plugins.plugins)) (not (has "dhcp" $plugins.skip)) -}}true{{- end -}}
{{- end -}}

{{/* `true` when there is to be a daemon. Who takes all plugins has not said that anything asks this one. */}}
{{- define "cpi.dhcp.isWanted" -}}
{{- $word := toString .Values.dhcp.enabled | lower -}}
{{- if eq $word "auto" -}}
  {{- if and (include "cpi.dhcp.hasPlugin" .) (has "dhcp" .Values.cniPlugins.plugins) -}}true{{- end -}}
{{- else if eq $word "true" -}}true{{- end -}}
{{- end -}}

{{- define "cpi.dhcp.isBesideWatch" -}}
{{- if and (include "cpi.dhcp.isWanted" .) .Values.watch.enabled (eq .Values.watch.placement "daemonset") -}}true{{- end -}}
{{- end -}}

{{- define "cpi.dhcp.hasOwnPod" -}}
{{- if and (include "cpi.dhcp.isWanted" .) (not (include "cpi.dhcp.isBesideWatch" .)) -}}true{{- end -}}
{{- end -}}

{{- define "cpi.dhcp.container" -}}
# Runs the daemon of the plugin dhcp, and has it take up again the leases of pods that are there.
- name: dhcp
  image: {{ include "cpi.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: [dhcp]
  env:
    # It ends as the path of the host does: by that the networks are known whose plugin asks there.
    - { name: CNI_PLUGINS_DHCP_SOCKET, value: /host{{ .Values.dhcp.socketDir | trimSuffix "/" }}/dhcp.sock }
    - { name: CNI_PLUGINS_DHCP_LISTEN, value: {{ printf "%s:%d" .Values.dhcp.bindAddress (int .Values.dhcp.port) | quote }} }
    - { name: CNI_PLUGINS_DHCP_ADOPT, value: {{ .Values.dhcp.adoptLeases | quote }} }
    - { name: CNI_PLUGINS_DHCP_RESTART_ON_UPGRADE, value: {{ .Values.dhcp.restartOnUpgrade | quote }} }
    {{- if .Values.watch.events.enabled }}
    - { name: CNI_PLUGINS_DHCP_EVENTS, value: "true" }
    - { name: NODE_NAME, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }
    {{- end }}
    {{- include "cpi.logEnv" . | nindent 4 }}
  securityContext:
    # SYS_ADMIN to enter the network namespaces of pods, NET_RAW to speak DHCP there, NET_ADMIN to set links up and down.
    allowPrivilegeEscalation: false
    capabilities: { drop: [ALL], add: [SYS_ADMIN, NET_ADMIN, NET_RAW] }
    privileged: false
    readOnlyRootFilesystem: true
    seccompProfile: { type: RuntimeDefault }
  terminationMessagePolicy: FallbackToLogsOnError
  ports:
    - { name: dhcp, containerPort: {{ int .Values.dhcp.port }}, protocol: TCP }
  livenessProbe:
    httpGet: { path: /healthz, port: dhcp{{ include "cpi.dhcp.probeHost" . }} }
    periodSeconds: 20
    timeoutSeconds: 5
    failureThreshold: 3
  startupProbe:
    httpGet: { path: /healthz, port: dhcp{{ include "cpi.dhcp.probeHost" . }} }
    periodSeconds: 2
    timeoutSeconds: 5
    failureThreshold: 60
  # The daemon answers, and has been told of the pods that are there.
  readinessProbe:
    httpGet: { path: /readyz, port: dhcp{{ include "cpi.dhcp.probeHost" . }} }
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 2
  # Equal requests and limits: the pod is Guaranteed.
  resources:
    {{- toYaml .Values.dhcp.resources | nindent 4 }}
  volumeMounts:
    - { name: cnibin, mountPath: /host/opt/cni/bin, readOnly: true }
    - { name: dhcp-socket, mountPath: /host{{ .Values.dhcp.socketDir }} }
    - { name: dhcp-cache, mountPath: /host/var/lib/cni, readOnly: true }
    # Pods come after the daemon: their namespaces have to appear in it, under the names by which runtimes call them.
    {{- range list "/run/netns" "/var/run/netns" (include "cpi.paths" . | fromYaml).netnsDir | uniq }}
    - { name: netns, mountPath: {{ . }}, readOnly: true, mountPropagation: HostToContainer }
    {{- end }}
    # It says which process of the node has the socket, should that be another's.
    - { name: host-proc, mountPath: /host/proc, readOnly: true }
    {{- if .Values.watch.events.enabled }}
    - { name: api-access, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true }
    {{- end }}
{{- end -}}

{{- define "cpi.dhcp.probeHost" -}}
{{- include "cpi.probeHost" .Values.dhcp.bindAddress -}}
{{- end -}}

{{/* Without those that `watch` has too. */}}
{{- define "cpi.dhcp.volumes" -}}
- { name: dhcp-socket, hostPath: { path: {{ .Values.dhcp.socketDir }}, type: DirectoryOrCreate } }
- { name: dhcp-cache, hostPath: { path: {{ .Values.dhcp.cacheDir }}, type: DirectoryOrCreate } }
- { name: netns, hostPath: { path: {{ (include "cpi.paths" . | fromYaml).netnsDir }}, type: DirectoryOrCreate } }
{{- end -}}
