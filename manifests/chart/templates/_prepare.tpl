{{/*
Every template starts with this: null becomes the default, quoted toggles become booleans, and what makes no sense ends
the render. `.Values` is one object for all templates, so the later ones find the work done.
*/}}
{{- define "cpi.prepare" -}}
{{- $defaults := .Files.Get "files/defaults.yaml" | fromYaml -}}
{{- include "cpi.prepare.fill" (dict "given" .Values "defaults" $defaults) -}}
{{- include "cpi.prepare.toggles" (dict "at" "" "given" .Values "defaults" $defaults) -}}
{{- if eq (toString .Values.mountPropagation.mode) "false" -}}
  {{- /* In YAML 1.1, which Helm reads, off means false. */ -}}
  {{- $_ := set .Values.mountPropagation "mode" "off" -}}
{{- end -}}
{{- include "cpi.prepare.profile" (dict "root" . "defaults" $defaults) -}}
{{- include "cpi.refuse" . -}}
{{- end -}}

{{/* Not sprig's merge: that takes false, 0 and an empty list for absent. */}}
{{- define "cpi.prepare.fill" -}}
{{- $given := .given -}}
{{- range $key, $default := .defaults -}}
  {{- $value := ternary (index $given $key) nil (hasKey $given $key) -}}
  {{- if kindIs "invalid" $value -}}
    {{- $_ := set $given $key $default -}}
  {{- else if and (kindIs "map" $default) (kindIs "map" $value) -}}
    {{- include "cpi.prepare.fill" (dict "given" $value "defaults" $default) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{/* What is a boolean by default is a toggle. */}}
{{- define "cpi.prepare.toggles" -}}
{{- $at := .at -}}
{{- $given := .given -}}
{{- range $key, $default := .defaults -}}
  {{- $value := index $given $key -}}
  {{- $name := printf "%s%s" $at $key -}}
  {{- if kindIs "bool" $default -}}
    {{- $word := toString $value | lower -}}
    {{- if not (has $word (list "true" "false")) -}}
      {{- fail (printf "%s: %q is neither true nor false." $name (toString $value)) -}}
    {{- end -}}
    {{- $_ := set $given $key (eq $word "true") -}}
  {{- else if and (kindIs "map" $default) (kindIs "map" $value) -}}
    {{- include "cpi.prepare.toggles" (dict "at" (printf "%s." $name) "given" $value "defaults" $default) -}}
  {{- end -}}
{{- end -}}
{{- end -}}
