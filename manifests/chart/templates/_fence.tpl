{{/*
The fence around what `watch` may write: a role can't say "your own Node" or "this one condition", an admission policy can.
*/}}

{{/* `true` when anything is on that asks the API server. */}}
{{- define "cpi.watch.tellsKubernetes" -}}
{{- $watch := .Values.watch -}}
{{- if and $watch.enabled (or $watch.nodeCondition.enabled $watch.events.enabled $watch.startupTaint.key) -}}true{{- end -}}
{{- end -}}

{{/* `true` when a Node can carry something that watch must not leave behind for good. */}}
{{- define "cpi.watch.marksNodes" -}}
{{- $watch := .Values.watch -}}
{{- if and $watch.enabled (or $watch.nodeCondition.enabled $watch.startupTaint.key) -}}true{{- end -}}
{{- end -}}

{{/*
(list NAME …): whether an account of such a name asks, of whatever namespace: kustomize's `namespace:` moves an account and does
not reach into these words, and no fence must be left standing beside it.
*/}}
{{- define "cpi.watch.isAsking" -}}
request.userInfo.username.matches('^system:serviceaccount:[^:]+:({{ . | join "|" | replace "." "[.]" }})$')
{{- end -}}

{{/* Of the hook that takes it from all Nodes at uninstall. */}}
{{- define "cpi.watch.farewellName" -}}
{{- include "cpi.hook.name" (list . (include "cpi.watch.name" .) "farewell") -}}
{{- end -}}

{{/* (list root suffix rules): the ClusterRole NAME-SUFFIX with these rules, given as YAML, bound to the account of `watch`. */}}
{{- define "cpi.watch.clusterRole" -}}
{{- $root := first . -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ include "cpi.watch.name" $root }}-{{ index . 1 }}
  labels:
    {{- include "cpi.watch.labels" $root | nindent 4 }}
rules:
  {{- last . | nindent 2 }}
---
{{ include "cpi.watch.clusterBinding" (list $root (index . 1)) }}
{{- end -}}

{{/* (list root suffix): binds the ClusterRole NAME-SUFFIX to the account of `watch`. */}}
{{- define "cpi.watch.clusterBinding" -}}
{{- $root := first . -}}
{{- $name := include "cpi.watch.name" $root -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ $name }}-{{ last . }}
  labels:
    {{- include "cpi.watch.labels" $root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ $name }}-{{ last . }}
subjects:
  - kind: ServiceAccount
    name: {{ $name }}
    namespace: {{ $root.Release.Namespace }}
{{- end -}}

{{/* (list root policy): puts a policy of that name into force. */}}
{{- define "cpi.watch.policyBinding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ last . }}
  labels:
    {{- include "cpi.watch.labels" (first .) | nindent 4 }}
spec:
  policyName: {{ last . }}
  validationActions: [Deny]
{{- end -}}

{{- define "cpi.watch.fence" -}}
{{- $name := include "cpi.watch.name" . -}}
{{- $farewell := include "cpi.watch.farewellName" . -}}
# What `watch` may change of Nodes: of the one that its token names, our own condition and our own taint. Nobody else is
# judged by it.
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ $name }}-nodes
  labels:
    {{- include "cpi.watch.labels" . | nindent 4 }}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
      - { apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [nodes, nodes/status] }
  matchConditions:
    # No kubelet ever waits for us.
    - name: ours
      expression: {{ include "cpi.watch.isAsking" (list $name $farewell) }}
  variables:
    # What takes our marks from all Nodes at uninstall, and has an account only then.
    - name: isFarewell
      expression: {{ include "cpi.watch.isAsking" (list $farewell) }}
    # Of a token that is bound to a pod; empty for any other.
    - name: node
      expression: request.userInfo.?extra['authentication.kubernetes.io/node-name'].orValue(['']).join(',')
    # Fields that later releases of Kubernetes add are judged too: so by their keys, which a type would not let us see.
    - { name: new, expression: dyn(object) }
    - { name: old, expression: dyn(oldObject) }
    - { name: kept, expression: "['managedFields', 'resourceVersion', 'generation']" }
    - name: newOthers
      expression: variables.new.status.?conditions.orValue([]).filter(c, c.type != 'cni-plugins-installer.github.io/Ready')
    - name: oldOthers
      expression: variables.old.status.?conditions.orValue([]).filter(c, c.type != 'cni-plugins-installer.github.io/Ready')
    - { name: newSpec, expression: "variables.new.?spec.orValue({})" }
    - { name: oldSpec, expression: "variables.old.?spec.orValue({})" }
    - { name: newTaints, expression: "variables.newSpec.?taints.orValue([])" }
    - { name: oldTaints, expression: "variables.oldSpec.?taints.orValue([])" }
  validations:
    - expression: variables.isFarewell || variables.node != '' && object.metadata.name == variables.node
      message: watch of cni-plugins-installer may change the Node that it runs on, and no other
      reason: Forbidden
    - expression: variables.newOthers == variables.oldOthers
      message: watch of cni-plugins-installer may change the condition cni-plugins-installer.github.io/Ready, and no other
      reason: Forbidden
    - expression: >-
        variables.new.status.all(key, key == 'conditions' ||
          variables.old.status[?key] == optional.of(variables.new.status[key]))
        && variables.old.status.all(key, key == 'conditions' || key in variables.new.status)
      message: watch of cni-plugins-installer may change one condition of the status of its Node, and nothing else of it
      reason: Forbidden
    - expression: >-
        variables.new.metadata.all(key, key in variables.kept ||
          variables.old.metadata[?key] == optional.of(variables.new.metadata[key]))
        && variables.old.metadata.all(key, key in variables.kept || key in variables.new.metadata)
      message: watch of cni-plugins-installer may change no label, no annotation and nothing else of the metadata of its Node
      reason: Forbidden
    - expression: >-
        variables.newSpec.all(key, key == 'taints' ||
          variables.oldSpec[?key] == optional.of(variables.newSpec[key]))
        && variables.oldSpec.all(key, key == 'taints' || key in variables.newSpec)
      message: watch of cni-plugins-installer may change nothing of the spec of its Node but take its startup taint off
      reason: Forbidden
    - expression: >-
        variables.newTaints == variables.oldTaints
        {{- with .Values.watch.startupTaint.key }}
        || variables.newTaints == variables.oldTaints.filter(t, t.key != '{{ . }}')
        {{- end }}
      message: watch of cni-plugins-installer may take its startup taint off its Node, and change no other
      reason: Forbidden
---
{{ include "cpi.watch.policyBinding" (list . (printf "%s-nodes" $name)) }}
{{- end -}}

{{- define "cpi.watch.eventFence" -}}
{{- $name := include "cpi.watch.name" . -}}
# What `watch` may write as Events: its own, about the Node that its token names.
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ $name }}-events
  labels:
    {{- include "cpi.watch.labels" . | nindent 4 }}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
      - { apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [events] }
  matchConditions:
    - name: ours
      expression: {{ include "cpi.watch.isAsking" (list $name) }}
  variables:
    - name: node
      expression: request.userInfo.?extra['authentication.kubernetes.io/node-name'].orValue(['']).join(',')
  validations:
    - expression: >-
        variables.node != '' && object.involvedObject.kind == 'Node' && object.involvedObject.name == variables.node
        && object.?reportingComponent.orValue('') == 'cni-plugins-installer'
      message: watch of cni-plugins-installer may write Events about the Node that it runs on, and about nothing else
      reason: Forbidden
    - expression: >-
        request.operation == 'CREATE' || oldObject.?reportingComponent.orValue('') == 'cni-plugins-installer'
        && oldObject.involvedObject == object.involvedObject
      message: watch of cni-plugins-installer may go on with Events of its own, and with no others
      reason: Forbidden
---
{{ include "cpi.watch.policyBinding" (list . (printf "%s-events" $name)) }}
{{- end -}}
