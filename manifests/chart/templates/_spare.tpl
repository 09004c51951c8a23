{{/* The second copy of the node's store, which outlives a bin dir that is removed and made anew: whoever changes or watches a node has it. */}}
{{- define "cpi.spare.path" -}}
/host/var/lib/cni-plugins-installer
{{- end -}}

{{- define "cpi.spare.env" -}}
{{- if .Values.cniPlugins.spareStore -}}
- { name: CNI_PLUGINS_SPARE_STORE, value: {{ include "cpi.spare.path" . }} }
{{- end -}}
{{- end -}}

{{- define "cpi.spare.mount" -}}
{{- if .Values.cniPlugins.spareStore -}}
# Outlives a bin dir that is removed and made anew.
- { name: spare-store, mountPath: {{ include "cpi.spare.path" . }} }
{{- end -}}
{{- end -}}

{{- define "cpi.spare.volume" -}}
{{- with .Values.cniPlugins.spareStore -}}
- { name: spare-store, hostPath: { path: {{ . }}, type: DirectoryOrCreate } }
{{- end -}}
{{- end -}}
