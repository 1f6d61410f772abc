{{- define "interop.name" -}}
{{ printf "%s" .Release.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "interop.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "interop.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "interop.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1654
runAsGroup: 1654
fsGroup: 1654
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "interop.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "interop.env" -}}
- name: Identity__Issuer
  value: {{ .Values.issuer | quote }}
- name: Server__KnownProxies
  value: {{ join "," .Values.knownProxies | quote }}
- name: INTEROP_DATA
  value: /tmp/data
- name: INTEROP_KEYS
  value: /keys
- name: Audit__LastCheckpoint
  value: /state/audit-checkpoint.txt
- name: ConnectionStrings__Interop
  valueFrom:
    secretKeyRef:
      name: {{ .Values.database.secret }}
      key: server
{{- if .Values.broker.secret }}
- name: ConnectionStrings__Broker
  valueFrom:
    secretKeyRef:
      name: {{ .Values.broker.secret }}
      key: connection
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
