#!/usr/bin/env python3
"""Measures skiff against helm, side by side in one run, and prints the table of docs/performance.md.

    bench.py [--skiff BIN] [--helm BIN] [--chart DIR] [--runs N]

Without --chart a chart of the size of kube-prometheus-stack (about 660 KB of manifests from 130
templates) is written to a temporary folder. Runs alternate between the programs, so that both see the
same machine; the figures are medians of wall time and the largest resident set.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

DASHBOARD = """{{- if and .Values.dashboards.enabled (include "big.wanted" (dict "name" "NAME" "ctx" $)) }}
apiVersion: v1
kind: ConfigMap
metadata:
  namespace: {{ template "big.namespace" . }}
  name: {{ printf "%s-%s" (include "big.fullname" $) "NAME" | trunc 63 | trimSuffix "-" }}
  annotations:
{{ toYaml .Values.dashboards.annotations | indent 4 }}
  labels:
    {{- if $.Values.dashboards.label }}
    {{ $.Values.dashboards.label }}: {{ ternary $.Values.dashboards.labelValue "1" (not (empty $.Values.dashboards.labelValue)) | quote }}
    {{- end }}
    app: {{ template "big.name" $ }}-grafana
{{ include "big.labels" $ | indent 4 }}
data:
  NAME.json: |-
    {{`{"annotations":{"list":[]},"editable":true,"panels":[PANELS]}`}}
{{- end }}
"""

RULES = """{{- if .Values.rules.create }}
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: {{ printf "%s-%s" (include "big.fullname" .) "NAME" | trunc 63 | trimSuffix "-" }}
  namespace: {{ template "big.namespace" . }}
  labels:
    app: {{ template "big.name" . }}
{{ include "big.labels" . | indent 4 }}
spec:
  groups:
  - name: NAME
    rules:
ALERTS
{{- end }}
"""

ALERT = """{{- if not (.Values.rules.disabled.ALERT | default false) }}
    - alert: ALERT
      annotations:
{{- if .Values.rules.additionalAnnotations }}
{{ toYaml .Values.rules.additionalAnnotations | indent 8 }}
{{- end }}
        description: {{`Job {{ $labels.job }} of {{ $labels.namespace }} has been failing for ALERT, value {{ $value | humanize }}.`}}
        runbook_url: {{ .Values.rules.runbookUrl }}/ALERT
        summary: A thing called ALERT is not as it should be.
      expr: sum by (namespace, job) (rate(thing_total{job="{{ .Values.rules.job }}", code=~"5.."}[5m])) > {{ .Values.rules.threshold }}
      for: {{ dig "ALERT" "for" "15m" .Values.rules.custom }}
      labels:
        severity: {{ .Values.rules.severity | default "warning" }}
      {{- with .Values.rules.additionalLabels }}
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}
"""

WORKLOAD = """{{- $config := index .Values.workloads "NAME" | default .Values.workload }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "big.fullname" . }}-NAME
  namespace: {{ include "big.namespace" . }}
  labels: {{- include "big.labels" . | nindent 4 }}
spec:
  replicas: {{ $config.replicas | int }}
  selector:
    matchLabels:
      app.kubernetes.io/name: NAME
  template:
    metadata:
      annotations:
        checksum/config: {{ toJson $config | sha256sum }}
      labels:
        app.kubernetes.io/name: NAME
    spec:
      containers:
      - name: main
        image: "{{ $config.image.repository }}:{{ $config.image.tag | default .Chart.AppVersion }}"
        {{- with $config.resources }}
        resources: {{- toYaml . | nindent 10 }}
        {{- end }}
        env:
        {{- range $name, $value := $config.env }}
        - name: {{ $name | upper | replace "-" "_" }}
          value: {{ tpl $value $ | quote }}
        {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ include "big.fullname" . }}-NAME
  labels: {{- include "big.labels" . | nindent 4 }}
spec:
  ports: {{- toYaml $config.ports | nindent 2 }}
"""

HELPERS = """{{- define "big.name" -}}{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}{{- end }}
{{- define "big.fullname" -}}
{{- if .Values.fullnameOverride -}}{{- .Values.fullnameOverride | trunc 26 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}{{- .Release.Name | trunc 26 | trimSuffix "-" -}}
{{- else -}}{{- printf "%s-%s" .Release.Name $name | trunc 26 | trimSuffix "-" -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- define "big.namespace" -}}{{- .Values.namespaceOverride | default .Release.Namespace -}}{{- end -}}
{{- define "big.chartref" -}}{{ replace "+" "_" .Chart.Version | printf "%s-%s" .Chart.Name }}{{- end -}}
{{- define "big.wanted" -}}{{- if not (has .name .ctx.Values.dashboards.skip) -}}yes{{- end -}}{{- end -}}
{{- define "big.labels" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: "{{ .Chart.Version | replace "+" "_" }}"
app.kubernetes.io/part-of: {{ template "big.name" . }}
chart: {{ template "big.chartref" . }}
release: {{ $.Release.Name | quote }}
{{- if .Values.commonLabels }}
{{ toYaml .Values.commonLabels }}
{{- end }}
{{- end }}
"""

VALUES = """commonLabels: {team: platform}
dashboards: {enabled: true, label: grafana_dashboard, labelValue: "1", annotations: {folder: /tmp}, skip: []}
rules:
  create: true
  disabled: {}
  job: api
  threshold: 0.05
  severity: critical
  runbookUrl: https://runbooks.example.com/runbooks
  additionalLabels: {tier: one}
  additionalAnnotations: {owner: sre}
  custom: {Alert3: {for: 5m}}
workloads: {}
workload:
  replicas: 2
  image: {repository: registry.example.com/thing, tag: ""}
  resources: {limits: {cpu: 200m, memory: 256Mi}, requests: {cpu: 100m, memory: 128Mi}}
  env: {log-level: info, release-name: "{{ .Release.Name }}"}
  ports: [{name: http, port: 80, targetPort: 8080}]
"""


def big_chart(folder):
    """About 30 dashboards, 35 rule files with 270 alerts and 60 workloads."""
    templates = os.path.join(folder, "big", "templates")
    os.makedirs(templates)

    def write(path, text):
        with open(os.path.join(folder, "big", path), "w", encoding="utf-8") as file:
            file.write(text)

    write("Chart.yaml", "apiVersion: v2\nname: big\nversion: 1.2.3\nappVersion: 4.5.6\nicon: https://example.com/i.png\n")
    write("values.yaml", VALUES)
    write("templates/_helpers.tpl", HELPERS)
    panel = '{"datasource":"$datasource","fieldConfig":{"defaults":{"unit":"short"}},"gridPos":{"h":7,"w":12},"targets":[{"expr":"sum(rate(x_total{job=\\"$job\\"}[$__rate_interval]))","legendFormat":"{{instance}}"}],"title":"Panel","type":"timeseries"}'
    for i in range(30):
        text = DASHBOARD.replace("NAME", f"dashboard-{i}").replace("PANELS", ",".join([panel] * 48))
        write(f"templates/dashboard-{i}.yaml", text)
    for i in range(35):
        alerts = "".join(ALERT.replace("ALERT", f"Alert{i * 8 + n}") for n in range(8)).rstrip("\n")
        write(f"templates/rules-{i}.yaml", RULES.replace("NAME", f"rules-{i}").replace("ALERTS\n", alerts + "\n"))
    for i in range(60):
        write(f"templates/workload-{i}.yaml", WORKLOAD.replace("NAME", f"workload-{i}"))
    return os.path.join(folder, "big")


def once(args, cwd, env):
    """Wall time in seconds and CPU seconds of one run."""
    before = os.times()
    start = time.perf_counter()
    done = subprocess.run(args, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = os.times()
    if done.returncode != 0:
        sys.exit(f"{' '.join(args)} exits with {done.returncode}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu


def resident(args, cwd, env):
    """The largest resident set in KB. A child counts what its parent held when it forked, so a small
    parent (GNU time) stands between; without it the figure is left out."""
    gnu_time = shutil.which("time")
    if not gnu_time:
        return None
    done = subprocess.run([gnu_time, "-f", "%M", *args], cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return int(done.stderr.split()[-1])


def job(name, args, programs, cwd, env, runs):
    samples = {program: [] for program in programs}
    for program in programs:
        once([programs[program], *args], cwd, env)
    for _ in range(runs):
        for program in programs:
            samples[program].append(once([programs[program], *args], cwd, env))
    columns, walls, cpus, sizes = [], [], [], []
    for program in ("helm", "skiff"):
        wall = statistics.median(sample[0] for sample in samples[program])
        cpu = statistics.mean(sample[1] for sample in samples[program])
        size = resident([programs[program], *args], cwd, env)
        walls.append(wall)
        cpus.append(max(cpu, 1e-4))
        sizes.append(size)
        columns.append(f"{wall * 1e3:.1f} ms" + (f", {size / 1024:.1f} MB" if size else ""))
    ratio = f"{walls[0] / walls[1]:.1f}× faster ({cpus[0] / cpus[1]:.1f}× less CPU)"
    if all(sizes):
        ratio += f", {sizes[0] / sizes[1]:.1f}× less memory"
    print(f"| {name} | {columns[0]} | {columns[1]} | {ratio} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    peers = os.environ.get("SKIFF_PEERS") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "skiff-peers"
    )
    parser.add_argument("--skiff", default="target/x86_64-unknown-linux-musl/release/skiff")
    parser.add_argument("--helm", default=os.path.join(peers, "bin", "helm"))
    parser.add_argument("--chart", help="a chart folder to use for the large jobs")
    parser.add_argument("--runs", type=int, default=21)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        env = {"PATH": os.environ["PATH"], "HOME": folder, "TZ": "UTC"}
        programs = {"helm": os.path.abspath(options.helm), "skiff": os.path.abspath(options.skiff)}
        big = os.path.abspath(options.chart) if options.chart else big_chart(folder)
        subprocess.run([programs["helm"], "create", "web"], cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
        texts = {
            name: subprocess.run([binary, "template", "r", big], env=env, check=True, stdout=subprocess.PIPE).stdout
            for name, binary in programs.items()
        }
        if not options.chart and texts["helm"] != texts["skiff"]:
            sys.exit("the programs render different bytes: nothing to compare")
        print(f"\nlarge chart: {os.path.basename(big)}, {len(texts['helm']) // 1000} KB of manifests; {options.runs} runs each\n")
        print("| job | helm | skiff | ratio |\n|---|---|---|---|")
        jobs = [
            ("`version`", ["version"]),
            ("`template` of `helm create`'s chart", ["template", "r", "web"]),
            ("`lint` of `helm create`'s chart", ["lint", "web"]),
            ("`template` of the large chart", ["template", "r", big]),
            ("`lint` of the large chart", ["lint", big]),
        ]
        for name, args in jobs:
            job(name, args, programs, folder, env, options.runs)
        sizes = {name: os.path.getsize(binary) / 2**20 for name, binary in programs.items()}
        print(f"| binary | {sizes['helm']:.1f} MB | {sizes['skiff']:.1f} MB | {sizes['helm'] / sizes['skiff']:.1f}× smaller |")
        shutil.rmtree(os.path.join(folder, "web"))


if __name__ == "__main__":
    main()
