{{- define "cpi.fullname" -}}
{{- .Values.fullnameOverride | default (ternary "kube-multus-ds" "cni-plugins-installer" .Values.multus.enabled) -}}
{{- end -}}

{{- define "cpi.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary "multus" "cni-plugins-installer" .Values.multus.enabled) -}}
{{- end -}}

{{/* What the DaemonSet selects by: upstream's own label, so that ours can take the place of upstream's DaemonSet. */}}
{{- define "cpi.selectorLabels" -}}
name: {{ ternary "multus" "cni-plugins-installer" .Values.multus.enabled }}
{{- end -}}

{{- define "cpi.podLabels" -}}
{{ include "cpi.selectorLabels" . }}
app: {{ ternary "multus" "cni-plugins-installer" .Values.multus.enabled }}
tier: node
# One selector for every way in.
app.kubernetes.io/part-of: cni-plugins-installer
{{- with merge (dict) .Values.podLabels .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "cpi.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/name: {{ ternary "multus" "cni-plugins-installer" .Values.multus.enabled }}
app.kubernetes.io/part-of: cni-plugins-installer
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* (list root image tag): registry/repository, with the digest or else the tag. */}}
{{- define "cpi.reference" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- $registry := $root.Values.global.imageRegistry | default $root.Values.global.systemDefaultRegistry | default $image.registry -}}
{{- with $registry }}{{ . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default (index . 2) }}{{ end -}}
{{- end -}}

{{- define "cpi.image" -}}
{{- $suffix := ternary "-bundled" "" (eq .Values.cniPlugins.source "bundled") -}}
{{- include "cpi.reference" (list . .Values.image (printf "%s%s" .Chart.AppVersion $suffix)) -}}
{{- end -}}

{{- define "cpi.multusImage" -}}
{{- $suffix := ternary "-thick" "" (eq .Values.mode "thick") -}}
{{- include "cpi.reference" (list . .Values.multus.image (printf "%s%s" (regexReplaceAll "^([0-9])" .Values.multus.version "v${1}") $suffix)) -}}
{{- end -}}

{{- define "cpi.pullSecrets" -}}
{{- $secrets := list -}}
{{- range concat .Values.global.imagePullSecrets .Values.imagePullSecrets -}}
  {{- $secrets = append $secrets (ternary . (dict "name" .) (kindIs "map" .)) -}}
{{- end -}}
{{- with $secrets | uniq }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* (list env name): `true` when the list of variables has that name. */}}
{{- define "cpi.hasEnv" -}}
{{- $name := last . -}}
{{- range first . -}}{{- if eq .name $name -}}true{{- end -}}{{- end -}}
{{- end -}}

{{- define "cpi.placement" -}}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{ include "cpi.nodes" . | trim }}
{{- end -}}

{{/* Where the pods of this chart may and must run. */}}
{{- define "cpi.nodes" -}}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The Pod Security standard of the namespace, where it refuses our pods; nothing where Helm asks no cluster. */}}
{{- define "cpi.podSecurity" -}}
{{- $namespace := lookup "v1" "Namespace" "" .Release.Namespace -}}
{{- $standard := dig "metadata" "labels" "pod-security.kubernetes.io/enforce" "" $namespace -}}
{{- if has $standard (list "baseline" "restricted") -}}{{- $standard -}}{{- end -}}
{{- end -}}
