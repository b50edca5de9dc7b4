{{- define "flink-auditor.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "flink-auditor.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "flink-auditor.labels" -}}
{{ include "flink-auditor.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "flink-auditor.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "flink-auditor.name" .) }}{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{/* The configuration with what follows from where it runs. */}}
{{- define "flink-auditor.config" -}}
{{- $name := include "flink-auditor.name" . }}
{{- $hosts := list $name (printf "%s.%s" $name .Release.Namespace) (printf "%s.%s.svc" $name .Release.Namespace) (printf "%s.%s.svc.cluster.local" $name .Release.Namespace) }}
{{- if .Values.ingress.enabled }}{{ $hosts = append $hosts .Values.ingress.host }}{{ end }}
{{- $config := deepCopy .Values.config }}
{{- $web := get $config "web" | default dict }}
{{- $web = merge (dict "listen" "0.0.0.0:8484" "allowed_hosts" (concat (get $web "allowed_hosts" | default list) $hosts | uniq)) $web }}
{{- $storage := merge (get $config "storage" | default dict) (dict "path" "/var/lib/flink-auditor/flink-auditd.db") }}
{{- $_ := set $config "web" $web }}
{{- $_ := set $config "storage" $storage }}
{{- toYaml $config }}
{{- end }}
