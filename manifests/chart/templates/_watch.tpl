{{/* The container that keeps a node proved, in a DaemonSet of its own or beside Multus. */}}
{{- define "cpi.watch.name" -}}
{{- printf "%s-watch" (ternary "cni-plugins" (include "cpi.fullname" . | trunc 57) (eq .Values.fullnameOverride "")) -}}
{{- end -}}

{{- define "cpi.watch.selectorLabels" -}}
name: {{ include "cpi.watch.name" . }}
{{- end -}}

{{- define "cpi.watch.podLabels" -}}
{{ include "cpi.watch.selectorLabels" . }}
app: cni-plugins-watch
tier: node
{{- with merge (dict) .Values.podLabels .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "cpi.watch.labels" -}}
{{- $labels := include "cpi.labels" . | fromYaml -}}
{{- $_ := set $labels "app.kubernetes.io/name" "cni-plugins-watch" -}}
{{- toYaml $labels -}}
{{- end -}}

{{/* `true` when it can look at the mounts: that takes the host's /proc, and no privilege. */}}
{{- define "cpi.watch.looksAtMounts" -}}
{{- if include "cpi.shares" . -}}true{{- end -}}
{{- end -}}

{{- define "cpi.watch.container" -}}
# Audits the plugins when something changes and on a period, and puts back what is missing from the node's own store.
- name: watch
  image: {{ include "cpi.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: [watch]
  env:
    - { name: CNI_PLUGINS_WATCH_PERIOD, value: {{ .Values.watch.period }} }
    - { name: CNI_PLUGINS_ON_DRIFT, value: {{ .Values.watch.onDrift }} }
    - { name: CNI_PLUGINS_REPAIR_BUDGET, value: {{ int .Values.watch.repairBudget | quote }} }
    - { name: CNI_PLUGINS_LISTEN, value: {{ printf "%s:%d" .Values.watch.bindAddress (int .Values.watch.port) | quote }} }
    {{- if include "cpi.watch.looksAtMounts" . }}
    {{- include "cpi.shareEnv" . | nindent 4 }}
    {{- else }}
    - { name: CNI_PLUGINS_SHARE_MOUNTS, value: "off" }
    {{- end }}
    {{- with include "cpi.spare.env" . }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- with .Values.watch.nodeCondition }}
    {{- if .enabled }}
    - { name: CNI_PLUGINS_NODE_CONDITION, value: "true" }
    - { name: CNI_PLUGINS_CONDITION_HEARTBEAT, value: {{ .heartbeat }} }
    {{- end }}
    {{- end }}
    {{- if .Values.watch.events.enabled }}
    - { name: CNI_PLUGINS_EVENTS, value: "true" }
    {{- end }}
    {{- with .Values.watch.startupTaint.key }}
    - { name: CNI_PLUGINS_STARTUP_TAINT, value: {{ . | quote }} }
    {{- end }}
    {{- if .Values.watch.nfd.enabled }}
    - { name: CNI_PLUGINS_NFD_FEATURES_DIR, value: /host/features.d }
    {{- end }}
    {{- if include "cpi.watch.tellsKubernetes" . }}
    - { name: NODE_NAME, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }
    {{- if .Values.multus.enabled }}
    - { name: CNI_PLUGINS_CONF_DIR, value: /host/etc/cni/net.d }
    {{- end }}
    {{- end }}
    {{- include "cpi.logEnv" . | nindent 4 }}
  securityContext:
    {{- include "cpi.unprivileged" . | nindent 4 }}
  terminationMessagePolicy: FallbackToLogsOnError
  ports:
    - { name: watch, containerPort: {{ int .Values.watch.port }}, protocol: TCP }
  # Only that it lives and that the bin dir answers: nothing that a restart would not mend.
  livenessProbe:
    httpGet: { path: /healthz, port: watch{{ include "cpi.watch.probeHost" . }} }
    periodSeconds: 20
    timeoutSeconds: 5
    failureThreshold: 3
  startupProbe:
    httpGet: { path: /healthz, port: watch{{ include "cpi.watch.probeHost" . }} }
    periodSeconds: 2
    timeoutSeconds: 5
    failureThreshold: 60
  {{- if eq .Values.watch.placement "daemonset" }}
  readinessProbe:
    httpGet: { path: /readyz, port: watch{{ include "cpi.watch.probeHost" . }} }
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 2
  {{- end }}
  # Equal requests and limits: the pod is Guaranteed.
  resources:
    {{- toYaml .Values.watch.resources | nindent 4 }}
  volumeMounts:
    - { name: cnibin, mountPath: /host/opt/cni/bin }
    {{- with include "cpi.spare.mount" . }}
    {{- . | nindent 4 }}
    {{- end }}
    # Survives a restart of the container: a word to the next start when the bin dir was replaced.
    - { name: watch-notes, mountPath: /tmp }
    {{- if include "cpi.watch.looksAtMounts" . }}
    # The mounts of the runtime are read in it.
    - { name: host-proc, mountPath: /host/proc, readOnly: true }
    {{- end }}
    {{- if .Values.watch.nfd.enabled }}
    # node-feature-discovery reads there what it labels nodes with.
    - { name: features, mountPath: /host/features.d }
    {{- end }}
    {{- if include "cpi.watch.tellsKubernetes" . }}
    - { name: api-access, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true }
    {{- if .Values.multus.enabled }}
    # A node is ready for pods with a second network once its runtime calls Multus.
    - { name: cni, mountPath: /host/etc/cni/net.d, readOnly: true }
    {{- end }}
    {{- end }}
{{- end -}}

{{- define "cpi.watch.probeHost" -}}
{{- include "cpi.probeHost" .Values.watch.bindAddress -}}
{{- end -}}

{{/* A port on the loopback address is asked there, any other at the node's address. */}}
{{- define "cpi.probeHost" -}}
{{- if not (has . (list "" "0.0.0.0" "[::]")) -}}, host: {{ . | trimPrefix "[" | trimSuffix "]" | quote }}{{- end -}}
{{- end -}}

{{- define "cpi.watch.reshareContainer" -}}
# Shares the mounts again when something has made them private. Without a port: what may mount is asked by nobody.
- name: share-mounts
  image: {{ include "cpi.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: [share-mounts]
  env:
    - { name: CNI_PLUGINS_SHARE_EVERY, value: {{ .Values.watch.period }} }
    {{- include "cpi.shareEnv" . | nindent 4 }}
    {{- include "cpi.logEnv" . | nindent 4 }}
  securityContext:
    {{- include "cpi.shareMountsPrivileges" . | nindent 4 }}
  terminationMessagePolicy: FallbackToLogsOnError
  resources:
    {{- toYaml .Values.watch.resources | nindent 4 }}
  volumeMounts:
    # The runtime's mount namespace is found, and entered, through it.
    - { name: host-proc, mountPath: /host/proc, readOnly: true }
{{- end -}}

{{- define "cpi.watch.volumes" -}}
- { name: watch-notes, emptyDir: { sizeLimit: 1Mi } }
{{- if or (include "cpi.watch.looksAtMounts" .) (include "cpi.dhcp.isBesideWatch" .) }}
- { name: host-proc, hostPath: { path: /proc } }
{{- end }}
{{- if include "cpi.dhcp.isBesideWatch" . }}
{{ include "cpi.dhcp.volumes" . }}
{{- end }}
{{- if .Values.watch.nfd.enabled }}
- { name: features, hostPath: { path: {{ .Values.watch.nfd.featuresDir }}, type: DirectoryOrCreate } }
{{- end }}
{{- if include "cpi.watch.tellsKubernetes" . }}
{{- if .Values.multus.enabled }}
- { name: cni, hostPath: { path: {{ (include "cpi.paths" . | fromYaml).confDir }} } }
{{- end }}
# For one container alone. The kubelet renews the token, which is good for an hour.
- name: api-access
  projected:
    sources:
      - serviceAccountToken: { path: token, expirationSeconds: 3600 }
      - configMap: { name: kube-root-ca.crt, items: [{ key: ca.crt, path: ca.crt }] }
{{- end }}
{{- end -}}

{{- define "cpi.watch.isSidecar" -}}
{{- if and .Values.watch.enabled (eq .Values.watch.placement "sidecar") -}}true{{- end -}}
{{- end -}}

{{- define "cpi.watch.scrapedLabels" -}}
{{- if include "cpi.watch.isSidecar" . }}{{ include "cpi.selectorLabels" . }}{{ else }}{{ include "cpi.watch.selectorLabels" . }}{{ end }}
{{- end -}}

{{/* (list root name labels selected ports): has the pods that are selected scraped at these ports. */}}
{{- define "cpi.podMonitor" -}}
{{- $root := first . -}}
{{- $monitor := $root.Values.metrics.podMonitor -}}
# Pods, not a Service: each node is one target, at its own address.
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  name: {{ index . 1 }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- index . 2 | nindent 4 }}
    {{- with $monitor.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  selector:
    matchLabels:
      {{- index . 3 | nindent 6 }}
  podMetricsEndpoints:
    {{- range last . }}
    - port: {{ . }}
      interval: {{ $monitor.interval }}
      relabelings:
        # Alerts and dashboard speak of nodes.
        - { sourceLabels: [__meta_kubernetes_pod_node_name], targetLabel: node }
        {{- with $monitor.relabelings }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- end }}
{{- end -}}

{{/* The rules, each with the page that says what to do; the skew of releases can be left out. */}}
{{- define "cpi.alerts" -}}
{{- $rules := .Files.Get "files/alerts.yaml" | fromYaml -}}
{{- range $group := $rules.groups -}}
  {{- $kept := list -}}
  {{- range $rule := $group.rules -}}
    {{- $_ := set $rule.annotations "runbook_url" (printf "%s/docs/watch.md#%s" (trimSuffix "/" $.Values.metrics.prometheusRule.runbookBase) (lower $rule.alert)) -}}
    {{- if or (ne $rule.alert "CNIPluginsVersionSkew") $.Values.metrics.prometheusRule.skew -}}{{- $kept = append $kept $rule -}}{{- end -}}
  {{- end -}}
  {{- $_ := set $group "rules" $kept -}}
{{- end -}}
{{- toYaml $rules -}}
{{- end -}}
