{{/* Where the release archive comes from: environment, mounts and volumes of the container that installs. */}}
{{- define "cpi.sourceEnv" -}}
{{- $plugins := .Values.cniPlugins }}
{{- if eq $plugins.source "bundled" }}
# In the image. With an archive named, no network is used at all.
- { name: CNI_PLUGINS_ARCHIVE, value: /usr/share/cni-plugins-installer/archives }
{{- else if include "cpi.archiveVolume" . }}
# With an archive named, no network is used at all.
- { name: CNI_PLUGINS_ARCHIVE, value: {{ include "cpi.archivePath" . }} }
{{- else }}
- { name: CNI_PLUGINS_RETRIES, value: {{ int $plugins.retries | quote }} }
{{- if and (eq $plugins.source "mirror") $plugins.mirror.urls }}
- { name: CNI_PLUGINS_MIRRORS, value: {{ join "," $plugins.mirror.urls | quote }} }
{{- end }}
{{- if include "cpi.caVolume" . }}
- { name: CNI_PLUGINS_CA_FILE, value: /etc/mirror-ca/{{ $plugins.mirror.ca.key }} }
{{- end }}
{{- if include "cpi.registrySecret" . }}
- { name: CNI_PLUGINS_REGISTRY_AUTH, value: /etc/registry-auth/config.json }
{{- end }}
{{- with $plugins.proxy.https }}
- { name: HTTPS_PROXY, value: {{ . | quote }} }
{{- end }}
{{- with $plugins.proxy.http }}
- { name: HTTP_PROXY, value: {{ . | quote }} }
{{- end }}
{{- with $plugins.proxy.noProxy }}
- { name: NO_PROXY, value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- with include "cpi.pairs" $plugins.sha256 }}
- { name: CNI_PLUGINS_SHA256, value: {{ . | quote }} }
{{- end }}
{{- with include "cpi.pairs" $plugins.sha512 }}
- { name: CNI_PLUGINS_SHA512, value: {{ . | quote }} }
{{- end }}
{{- if $plugins.trustSidecar }}
- { name: CNI_PLUGINS_TRUST_SIDECAR, value: "true" }
{{- end }}
{{- end -}}

{{/* Names of values that belong to another source than the chosen one, comma-separated: --reuse-values brings them along. */}}
{{- define "cpi.unusedSourceValues" -}}
{{- $plugins := .Values.cniPlugins -}}
{{- $given := list
  (list "mirror" "mirror.urls" $plugins.mirror.urls)
  (list "mirror" "mirror.pullSecret" $plugins.mirror.pullSecret)
  (list "mirror" "mirror.ca" (or $plugins.mirror.ca.configMap $plugins.mirror.ca.secret))
  (list "pvc" "pvc.claimName" $plugins.pvc.claimName)
  (list "image" "archiveImage.reference" $plugins.archiveImage.reference)
-}}
{{- $unused := list -}}
{{- range $given -}}
  {{- if and (last .) (ne (first .) $plugins.source) -}}{{- $unused = append $unused (printf "cniPlugins.%s" (index . 1)) -}}{{- end -}}
{{- end -}}
{{- join ", " $unused -}}
{{- end -}}

{{/* In the container: a directory, or the one file that the host path names. */}}
{{- define "cpi.archivePath" -}}
{{- if and (eq .Values.cniPlugins.source "hostPath") (include "cpi.isFile" .Values.cniPlugins.hostPath.path) -}}
/archives/{{ base .Values.cniPlugins.hostPath.path }}
{{- else -}}
/archives
{{- end -}}
{{- end -}}

{{- define "cpi.isFile" -}}
{{- if regexMatch "\\.(tgz|tar\\.gz)$" . -}}true{{- end -}}
{{- end -}}

{{- define "cpi.sourceMounts" -}}
{{- if include "cpi.archiveVolume" . }}
- { name: cni-archives, mountPath: {{ include "cpi.archivePath" . }}, readOnly: true }
{{- end }}
{{- if include "cpi.caVolume" . }}
- { name: mirror-ca, mountPath: /etc/mirror-ca, readOnly: true }
{{- end }}
{{- if include "cpi.registrySecret" . }}
- { name: registry-auth, mountPath: /etc/registry-auth, readOnly: true }
{{- end }}
{{- end -}}

{{- define "cpi.sourceVolumes" -}}
{{- with include "cpi.archiveVolume" . }}
- name: cni-archives
  {{- . | nindent 2 }}
{{- end }}
{{- with include "cpi.caVolume" . }}
- name: mirror-ca
  {{- . | nindent 2 }}
{{- end }}
{{- with include "cpi.registrySecret" . }}
- name: registry-auth
  secret: { secretName: {{ . }}, items: [{ key: .dockerconfigjson, path: config.json }] }
{{- end }}
{{- end -}}

{{- define "cpi.archiveVolume" -}}
{{- $plugins := .Values.cniPlugins -}}
{{- if eq $plugins.source "hostPath" -}}
hostPath: { path: {{ $plugins.hostPath.path }}, type: {{ ternary "File" "Directory" (eq (include "cpi.isFile" $plugins.hostPath.path) "true") }} }
{{- else if eq $plugins.source "pvc" -}}
persistentVolumeClaim: { claimName: {{ $plugins.pvc.claimName }}, readOnly: true }
{{- else if eq $plugins.source "image" -}}
image: { reference: {{ $plugins.archiveImage.reference | quote }}, pullPolicy: {{ $plugins.archiveImage.pullPolicy }} }
{{- end -}}
{{- end -}}

{{- define "cpi.caVolume" -}}
{{- $ca := .Values.cniPlugins.mirror.ca -}}
{{- if ne .Values.cniPlugins.source "mirror" -}}
{{- else if $ca.configMap -}}
configMap: { name: {{ $ca.configMap }} }
{{- else if $ca.secret -}}
secret: { secretName: {{ $ca.secret }} }
{{- end -}}
{{- end -}}

{{/* The pull secret for the registries among the mirrors; nothing where there is none of either. */}}
{{- define "cpi.registrySecret" -}}
{{- $mirror := .Values.cniPlugins.mirror -}}
{{- if ne .Values.cniPlugins.source "mirror" -}}
{{- else if $mirror.pullSecret -}}
{{ $mirror.pullSecret }}
{{- else if regexMatch "(^|,)oci(\\+http)?://" (join "," $mirror.urls) -}}
{{- with first (concat .Values.global.imagePullSecrets .Values.imagePullSecrets) -}}
{{ ternary (get (ternary . (dict) (kindIs "map" .)) "name") . (kindIs "map" .) }}
{{- end -}}
{{- end -}}
{{- end -}}
