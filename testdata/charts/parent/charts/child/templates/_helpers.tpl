{{- define "child.name" -}}child of {{ .Chart.Name }}{{- end -}}
