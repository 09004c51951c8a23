{{/* Thick Multus reads its configuration when it starts: a change has to make new pods. */}}
{{- define "cpi.podAnnotations" -}}
{{- $annotations := deepCopy .Values.podAnnotations -}}
{{- if and .Values.multus.enabled (eq .Values.mode "thick") -}}
  {{- $_ := set $annotations "checksum/daemon-config" (include "cpi.daemonConfig" . | sha256sum | trunc 16) -}}
{{- end -}}
{{- with $annotations }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/* Beside the container below: as PID 1 of a namespace of its own it would hear no SIGTERM. */}}
{{- define "cpi.stayingPod" -}}
# The sandbox is PID 1, so that the container that stays ends when it is told to.
shareProcessNamespace: true
{{- end -}}

{{/* A DaemonSet's pod has to stay; this one has nothing else to do, and no rights to do it with. */}}
{{- define "cpi.stayingContainer" -}}
- name: stay
  image: {{ include "cpi.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  command: [/bin/busybox, sleep, "2147483647"]
  securityContext:
    allowPrivilegeEscalation: false
    capabilities: { drop: [ALL] }
    readOnlyRootFilesystem: true
    runAsNonRoot: true
    runAsUser: 65534
    seccompProfile: { type: RuntimeDefault }
  resources:
    requests: { cpu: 10m, memory: 16Mi }
    limits: { cpu: 10m, memory: 16Mi }
{{- end -}}

{{/* `true` when the cluster has the CRD already and it is not this release's. */}}
{{- define "cpi.othersCrd" -}}
{{- $crd := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" "network-attachment-definitions.k8s.cni.cncf.io" -}}
{{- if $crd -}}
  {{- $owner := dig "metadata" "annotations" "meta.helm.sh/release-name" "" $crd -}}
  {{- $namespace := dig "metadata" "annotations" "meta.helm.sh/release-namespace" "" $crd -}}
  {{- if not (and (eq $owner .Release.Name) (eq $namespace .Release.Namespace)) -}}true{{- end -}}
{{- end -}}
{{- end -}}
