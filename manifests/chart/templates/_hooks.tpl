{{/*
Hooks that reach every node: a DaemonSet whose pods do something once and then stay, and a Job that waits until they were
everywhere. Helm itself waits for Jobs and Pods only.
*/}}

{{/* (dict root name on weight clusterScoped): the metadata of a hook's object. */}}
{{- define "cpi.hook.metadata" -}}
metadata:
  name: {{ .name }}
  {{- if not .clusterScoped }}
  namespace: {{ .root.Release.Namespace }}
  {{- end }}
  labels:
    {{- include "cpi.labels" .root | nindent 4 }}
  annotations:
    helm.sh/hook: {{ .on }}
    helm.sh/hook-weight: {{ .weight | quote }}
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
    {{- with .output }}
    # Helm prints what the pod says.
    helm.sh/hook-output-log-policy: {{ . }}
    {{- end }}
{{- end -}}

{{/* (list root base suffix): an object's name, which is at most 63 characters. */}}
{{- define "cpi.hook.name" -}}
{{- $suffix := last . -}}
{{- printf "%s-%s" (index . 1 | trunc (int (sub 62 (len $suffix))) | trimSuffix "-") $suffix -}}
{{- end -}}

{{/*
(dict root name on weight daemonSets remade events): an account that may read these DaemonSets, and which pods there are, and
may have the pods of the DaemonSet `remade` made anew.
*/}}
{{- define "cpi.hook.account" -}}
apiVersion: v1
kind: ServiceAccount
{{ include "cpi.hook.metadata" . }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
{{ include "cpi.hook.metadata" . }}
rules:
  - apiGroups: [apps]
    resources: [daemonsets]
    resourceNames: [{{ join ", " .daemonSets }}]
    verbs: [get]
  {{- with .remade }}
  - apiGroups: [apps]
    resources: [daemonsets]
    resourceNames: [{{ . }}]
    verbs: [patch]
  {{- end }}
  # A list of pods can't be narrowed to some names.
  - apiGroups: [""]
    resources: [pods{{ if .events }}, events{{ end }}]
    verbs: [list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
{{ include "cpi.hook.metadata" . }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ .name }}
    namespace: {{ .root.Release.Namespace }}
{{- end -}}

{{/* (dict root name on weight init volumes podNetwork critical): a DaemonSet whose init containers, given as YAML, do the work. */}}
{{- define "cpi.hook.daemonSet" -}}
apiVersion: apps/v1
kind: DaemonSet
{{ include "cpi.hook.metadata" . }}
spec:
  selector:
    matchLabels: { name: {{ .name }} }
  {{- if .podNetwork }}
  updateStrategy: { rollingUpdate: { maxUnavailable: 100% } } # nobody misses these pods, and each node is asked by itself
  {{- end }}
  template:
    metadata:
      labels: { name: {{ .name }} }
    spec:
      {{- if not .podNetwork }}
      # The pods' network may be what is broken, or what is about to go.
      hostNetwork: true
      {{- end }}
      enableServiceLinks: false
      automountServiceAccountToken: false
      {{- with include "cpi.pullSecrets" .root | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- if .critical }}
      {{- with .root.Values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- end }}
      {{- with include "cpi.nodes" .root | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- with .init }}
      initContainers:
        {{- . | nindent 8 }}
      {{- end }}
      containers:
        - name: stay
          image: {{ include "cpi.image" .root }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          # Told to end, it ends well: a pod that has done its work is Completed, and no Error.
          command: [/usr/bin/node, --eval]
          args: ["process.on('SIGTERM', () => process.exit(0)); setInterval(() => undefined, 2 ** 30)"]
          securityContext:
            {{- include "cpi.noPrivileges" . | nindent 12 }}
          resources:
            requests: { cpu: 10m, memory: 64Mi }
            limits: { cpu: 100m, memory: 64Mi }
      {{- with .volumes }}
      volumes:
        {{- . | nindent 8 }}
      {{- end }}
{{- end -}}

{{/* (dict root name on weight account script env timeoutSeconds): a Job that runs one of the chart's files. */}}
{{- define "cpi.hook.job" -}}
apiVersion: batch/v1
kind: Job
{{ include "cpi.hook.metadata" . }}
spec:
  # Its pod stays when it has failed, and so does what it said.
  backoffLimit: 0
  template:
    metadata:
      labels: { name: {{ .name }}-wait }
    spec:
      hostNetwork: true
      enableServiceLinks: false
      restartPolicy: Never
      serviceAccountName: {{ .account }}
      {{- with include "cpi.pullSecrets" .root | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      # It runs on any node that lives, and waits for those that do not.
      {{- with include "cpi.hook.tolerations" .root | fromYamlArray }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .root.Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .root.Values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: wait
          image: {{ include "cpi.image" .root }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          command: [/usr/bin/node, --input-type=module, --eval]
          args:
            - |
              {{- include "cpi.hook.script" . | nindent 14 }}
          env:
            {{- range $name, $value := .env }}
            - { name: {{ $name }}, value: {{ $value | quote }} }
            {{- end }}
            - { name: NODE_EXTRA_CA_CERTS, value: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt }
            # The image's own spare the compiler, without which there is no fetch.
            - { name: NODE_OPTIONS, value: "" }
          securityContext:
            {{- include "cpi.noPrivileges" . | nindent 12 }}
          terminationMessagePolicy: FallbackToLogsOnError
          resources:
            requests: { cpu: 100m, memory: 128Mi }
            limits: { cpu: 100m, memory: 128Mi }
{{- end -}}

{{/* A node may be without proof for as long as there is nobody to prove it. */}}
{{- define "cpi.hook.tolerations" -}}
{{- $tolerations := .Values.hooks.tolerations -}}
{{- with .Values.watch.startupTaint.key -}}
  {{- $tolerations = append $tolerations (dict "key" . "operator" "Exists") -}}
{{- end -}}
{{- toYaml $tolerations -}}
{{- end -}}

{{/* What asks the cluster, and the script after it, as one module. */}}
{{- define "cpi.hook.script" -}}
{{- $texts := printf "%s\n%s" (.root.Files.Get "files/cluster.mjs") (.root.Files.Get (printf "files/%s" .script)) -}}
{{- regexReplaceAll "(?m)^(import .* from '\\./.*';\n|export )" $texts "" -}}
{{- end -}}

{{- define "cpi.noPrivileges" -}}
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 65534
seccompProfile: { type: RuntimeDefault }
{{- end -}}
