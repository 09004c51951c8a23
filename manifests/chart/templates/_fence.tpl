{{/*
The fence around what `watch` may write: a role can't say "your own Node" or "this one condition", an admission policy can.
*/}}

{{/* `true` when anything is on that asks the API server. */}}
{{- define "cpi.watch.tellsKubernetes" -}}
{{- if and .Values.watch.enabled .Values.watch.nodeCondition.enabled -}}true{{- end -}}
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
# What `watch` may change of Nodes: of the one that its token names, our own condition. Nobody else is judged by it.
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
      expression: request.userInfo.username == 'system:serviceaccount:{{ .Release.Namespace }}:{{ $name }}'
  variables:
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
  validations:
    - expression: variables.node != '' && object.metadata.name == variables.node
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
    - expression: variables.new.?spec == variables.old.?spec
      message: watch of cni-plugins-installer may change nothing of the spec of its Node
      reason: Forbidden
---
{{ include "cpi.watch.policyBinding" (list . (printf "%s-nodes" $name)) }}
{{- end -}}
