{{/* Ends the render, with a sentence, where the values contradict each other or the cluster. */}}
{{- define "cpi.refuse" -}}
{{- include "cpi.refuse.distribution" . -}}
{{- include "cpi.refuse.choices" . -}}
{{- include "cpi.refuse.surge" . -}}
{{- include "cpi.refuse.modes" . -}}
{{- include "cpi.refuse.durations" . -}}
{{- include "cpi.refuse.otherMode" . -}}
{{- if not (or .Values.multus.enabled .Values.cniPlugins.enabled (include "cpi.shares" .)) -}}
  {{- fail "multus.enabled and cniPlugins.enabled are both false, and mountPropagation.mode is off: there is nothing to do." -}}
{{- end -}}
{{- if and .Values.watch.enabled (not .Values.cniPlugins.enabled) -}}
  {{- fail "watch.enabled is true, but cniPlugins.enabled is false: there would be nothing of ours on the nodes to watch." -}}
{{- end -}}
{{- include "cpi.refuse.podMonitor" . -}}
{{- include "cpi.refuse.fleet" . -}}
{{- include "cpi.refuse.dhcp" . -}}
{{- if and (include "cpi.watch.isSidecar" .) (semverCompare "<1.29.0-0" .Capabilities.KubeVersion.Version) -}}
  {{- fail (printf "watch.placement is sidecar: Kubernetes %s has no native sidecars, they came with 1.29. Take daemonset." .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- include "cpi.refuse.fence" . -}}
{{- if .Values.cniPlugins.enabled -}}
  {{- include "cpi.refuse.source" . -}}
  {{- include "cpi.refuse.digests" . -}}
  {{- include "cpi.refuse.spareStore" . -}}
{{- end -}}
{{- end -}}

{{- define "cpi.refuse.fleet" -}}
{{- $cronJob := .Values.fleet.cronJob -}}
{{- if and $cronJob.enabled $cronJob.live .Values.watch.enabled (hasPrefix "127." .Values.watch.bindAddress) -}}
  {{- fail (printf "fleet.cronJob.live is true, but watch.bindAddress is %s, where the API server does not reach it: set watch.bindAddress to \"\"." .Values.watch.bindAddress) -}}
{{- end -}}
{{- end -}}

{{- define "cpi.refuse.podMonitor" -}}
{{- if .Values.metrics.podMonitor.enabled -}}
  {{- if not (or .Values.watch.enabled (include "cpi.dhcp.isWanted" .)) -}}
    {{- fail "metrics.podMonitor.enabled is true, but watch.enabled is false: there would be nothing to scrape." -}}
  {{- end -}}
  {{- range $name, $isThere := dict "watch" .Values.watch.enabled "dhcp" (include "cpi.dhcp.isWanted" .) -}}
    {{- $address := (index $.Values $name).bindAddress -}}
    {{- if and $isThere (hasPrefix "127." $address) -}}
      {{- fail (printf "metrics.podMonitor.enabled is true, but %s.bindAddress is %s, which no scraper reaches: set %s.bindAddress to \"\"." $name $address $name) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "cpi.refuse.dhcp" -}}
{{- if include "cpi.dhcp.isWanted" . -}}
  {{- if not (include "cpi.dhcp.hasPlugin" .) -}}
    {{- fail "dhcp.enabled is true, but the plugin dhcp does not come to the nodes by this chart, and it is its own daemon: add dhcp to cniPlugins.plugins." -}}
  {{- end -}}
  {{- if eq (int .Values.dhcp.port) (int .Values.watch.port) -}}
    {{- fail (printf "dhcp.port and watch.port are both %d, and both are the node's: take two." (int .Values.dhcp.port)) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "cpi.refuse.spareStore" -}}
{{- $binDir := (include "cpi.paths" . | fromYaml).binDir -}}
{{- if hasPrefix (printf "%s/" $binDir) (printf "%s/" .Values.cniPlugins.spareStore) -}}
  {{- fail (printf "cniPlugins.spareStore: %s is in the bin dir %s, and would go with it." .Values.cniPlugins.spareStore $binDir) -}}
{{- end -}}
{{- end -}}

{{/* What asks the API server. */}}
{{- define "cpi.refuse.fence" -}}
{{- range $name, $wanted := dict "nodeCondition.enabled" .Values.watch.nodeCondition.enabled "events.enabled" .Values.watch.events.enabled "startupTaint.key" .Values.watch.startupTaint.key "nfd.enabled" .Values.watch.nfd.enabled -}}
  {{- if and $wanted (not $.Values.watch.enabled) -}}
    {{- fail (printf "watch.%s is %v, but watch.enabled is false: nobody would look at the nodes." $name $wanted) -}}
  {{- end -}}
{{- end -}}
{{- if and .Values.watch.nodeReadinessRule.enabled (not .Values.watch.nodeCondition.enabled) -}}
  {{- fail "watch.nodeReadinessRule.enabled is true, but watch.nodeCondition.enabled is false: the rule would wait for a condition that nobody writes." -}}
{{- end -}}
{{- if include "cpi.watch.tellsKubernetes" . -}}
  {{- if include "cpi.watch.isSidecar" . -}}
    {{- fail "watch.placement is sidecar: what tells Kubernetes of the node has an account of its own, and Multus' pod has Multus'. Take daemonset." -}}
  {{- end -}}
  {{- if and .Values.watch.admissionPolicy.enabled (semverCompare "<1.30.0-0" .Capabilities.KubeVersion.Version) -}}
    {{- fail (printf "watch.admissionPolicy.enabled is true: Kubernetes %s has no admission policies, they came with 1.30, and without one each pod of watch could write to every Node. Leave watch.nodeCondition, watch.events and watch.startupTaint off, or set watch.admissionPolicy.enabled=false and accept that." .Capabilities.KubeVersion.Version) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "cpi.refuse.modes" -}}
{{- range $name, $mode := .Values.cniPlugins.modes -}}
  {{- if not (regexMatch "^[0-7]{3,4}$" (toString $mode)) -}}
    {{- fail (printf "cniPlugins.modes.%s: %q are no permission bits in octal, such as \"4755\"." $name (toString $mode)) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "cpi.refuse.durations" -}}
{{- $durations := dict
  "cniPlugins.timeout" .Values.cniPlugins.timeout
  "watch.period" .Values.watch.period
  "metrics.podMonitor.interval" .Values.metrics.podMonitor.interval
-}}
{{- range $name, $value := $durations -}}
  {{- if regexMatch "^[0-9]+$" (toString $value) -}}
    {{- fail (printf "%s: %s has no unit; in seconds it is %ss." $name (toString $value) (toString $value)) -}}
  {{- else if not (regexMatch "^[0-9]+(ms|s|m|h)$" (toString $value)) -}}
    {{- fail (printf "%s: %q is no duration, such as 300s or 5m." $name (toString $value)) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{/* What only the other mode of Multus reads would be passed over in silence. */}}
{{- define "cpi.refuse.otherMode" -}}
{{- $way := "Leave it out; what an earlier revision has goes with --reset-then-reuse-values and %s=null." -}}
{{- if and .Values.multus.enabled (eq .Values.mode "thin") .Values.multus.config -}}
  {{- fail (printf "multus.config has %s, which only thick Multus reads, and mode is thin. %s" (keys .Values.multus.config | sortAlpha | join ", ") (printf $way "multus.config")) -}}
{{- end -}}
{{- if and .Values.multus.enabled (eq .Values.mode "thick") .Values.multus.extraArgs -}}
  {{- fail (printf "multus.extraArgs has %s, which only thin Multus takes, and mode is thick. %s" (join " " .Values.multus.extraArgs) (printf $way "multus.extraArgs")) -}}
{{- end -}}
{{- end -}}

{{/* Two pods on a node for a moment: the one that goes must not take along what the one that came has written. */}}
{{- define "cpi.refuse.surge" -}}
{{- $surge := dig "rollingUpdate" "maxSurge" 0 .Values.updateStrategy -}}
{{- if and .Values.multus.enabled (ne (toString $surge | trimSuffix "%" | int) 0) -}}
  {{- if or (eq .Values.mode "thick") .Values.multus.cleanUpConfigOnExit -}}
    {{- fail "updateStrategy.rollingUpdate.maxSurge: the pod that ends would take the new one's configuration along, and Multus would be called no more. Only thin Multus with multus.cleanUpConfigOnExit=false can have it." -}}
  {{- end -}}
  {{- if include "cpi.cleansUpNow" . -}}
    {{- fail "updateStrategy.rollingUpdate.maxSurge: the pods that run now would take the new ones' configuration along when they end. Upgrade to thin Multus with multus.cleanUpConfigOnExit=false first, and when that is rolled out, to the surge." -}}
  {{- end -}}
  {{- if include "cpi.watch.isSidecar" . -}}
    {{- fail "updateStrategy.rollingUpdate.maxSurge: the port of watch is the node's, so that two pods with it can't be on one node. Take watch.placement=daemonset." -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{/* `true` when the Multus that the cluster has under this name takes its configuration along when it ends. */}}
{{- define "cpi.cleansUpNow" -}}
{{- $live := lookup "apps/v1" "DaemonSet" .Release.Namespace (include "cpi.fullname" .) -}}
{{- range dig "spec" "template" "spec" "containers" (list) $live -}}
  {{- $words := concat (.command | default list) (.args | default list) -}}
  {{- if or (has "--cleanup-config-on-exit" $words) (regexMatch "multus-daemon( |$)" (join " " $words)) -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{- define "cpi.refuse.distribution" -}}
{{- if eq .Values.distribution "openshift" -}}
  {{- fail "distribution openshift: the Cluster Network Operator installs Multus and the CNI plugins there, keeps them in /var/lib/cni/bin, and undoes what others change. Use its own Multus; this chart would fight with it." -}}
{{- end -}}
{{- if not (hasKey (include "cpi.distributions" . | fromYaml) .Values.distribution) -}}
  {{- fail (printf "distribution: %q is none of %s." .Values.distribution (include "cpi.distributions" . | fromYaml | keys | sortAlpha | join ", ")) -}}
{{- end -}}
{{- end -}}

{{/* The schema says the same, but can be skipped (--skip-schema-validation). */}}
{{- define "cpi.refuse.choices" -}}
{{- $choices := list
  (list "mode" .Values.mode (list "thick" "thin"))
  (list "layout" .Values.layout (list "simple" "hardened"))
  (list "mountPropagation.mode" .Values.mountPropagation.mode (list "rshared" "targeted" "off"))
  (list "cniPlugins.onConflict" .Values.cniPlugins.onConflict (list "replace" "keep" "fail"))
  (list "watch.placement" .Values.watch.placement (list "daemonset" "sidecar"))
  (list "dhcp.enabled" (toString .Values.dhcp.enabled | lower) (list "auto" "true" "false"))
  (list "watch.onDrift" .Values.watch.onDrift (list "repair" "report"))
  (list "cniPlugins.source" .Values.cniPlugins.source (list "upstream" "mirror" "bundled" "hostPath" "pvc" "image"))
-}}
{{- range $choices -}}
  {{- $words := last . -}}
  {{- if not (has (index . 1) $words) -}}
    {{- fail (printf "%s: %q is none of %s." (first .) (toString (index . 1)) (join ", " $words)) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "cpi.refuse.source" -}}
{{- $plugins := .Values.cniPlugins -}}
{{- if and (eq $plugins.source "mirror") (not $plugins.mirror.urls) (not (include "cpi.hasEnv" (list $plugins.extraEnv "CNI_PLUGINS_MIRRORS"))) -}}
  {{- fail "cniPlugins.source is mirror: cniPlugins.mirror.urls needs at least one base URL (or cniPlugins.extraEnv has CNI_PLUGINS_MIRRORS from a Secret)." -}}
{{- end -}}
{{- if and (eq $plugins.source "mirror") $plugins.mirror.ca.configMap $plugins.mirror.ca.secret -}}
  {{- fail "cniPlugins.mirror.ca: either a configMap or a secret, not both." -}}
{{- end -}}
{{- if and (eq $plugins.source "pvc") (not $plugins.pvc.claimName) -}}
  {{- fail "cniPlugins.source is pvc: cniPlugins.pvc.claimName is missing." -}}
{{- end -}}
{{- if eq $plugins.source "image" -}}
  {{- if not $plugins.archiveImage.reference -}}
    {{- fail "cniPlugins.source is image: cniPlugins.archiveImage.reference is missing." -}}
  {{- end -}}
  {{- if semverCompare "<1.31.0-0" .Capabilities.KubeVersion.Version -}}
    {{- fail (printf "cniPlugins.source is image: Kubernetes %s has no image volumes; they are on by default since 1.35. Take hostPath, pvc or bundled." .Capabilities.KubeVersion.Version) -}}
  {{- else if and (semverCompare "<1.35.0-0" .Capabilities.KubeVersion.Version) (not $plugins.archiveImage.featureGate) -}}
    {{- fail (printf "cniPlugins.source is image: Kubernetes %s has image volumes only behind the feature gate ImageVolume; without it the API server drops the volume in silence. With the gate on in the API server and the kubelets set cniPlugins.archiveImage.featureGate=true; else take hostPath, pvc or bundled." .Capabilities.KubeVersion.Version) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "cpi.refuse.digests" -}}
{{- range $algorithm, $length := dict "sha256" 64 "sha512" 128 -}}
  {{- range $architecture, $hex := index $.Values.cniPlugins $algorithm -}}
    {{- if not (or (empty $hex) (regexMatch (printf "^[0-9a-fA-F]{%d}$" (int $length)) (toString $hex))) -}}
      {{- fail (printf "cniPlugins.%s.%s: %q is not a %s in hex (%d digits)." $algorithm $architecture (toString $hex) (upper $algorithm) (int $length)) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}
