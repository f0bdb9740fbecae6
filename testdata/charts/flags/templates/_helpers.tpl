{{- define "flags.name" -}}{{ .Release.Name }}-{{ .Chart.Name }}{{- end -}}
