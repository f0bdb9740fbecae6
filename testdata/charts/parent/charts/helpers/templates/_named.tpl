{{- define "helpers.named" -}}named {{ .Chart.Name }}{{- end -}}
