package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"
	"text/template"

	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/engine"
	"sigs.k8s.io/yaml"
)

func init() {
	ops["render"] = render
	ops["gotemplate"] = goTemplate
	ops["funcs"] = funcs
}

func values(q *question) (map[string]any, error) {
	vals := map[string]any{}
	switch {
	case q.YAML != "":
		return vals, yaml.Unmarshal([]byte(q.YAML), &vals)
	case len(q.Values) > 0:
		return vals, json.Unmarshal(q.Values, &vals)
	}
	return vals, nil
}

func sortedFiles(prefix string, files map[string]string) []*common.File {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	var out []*common.File
	for _, name := range names {
		out = append(out, &common.File{Name: prefix + name, Data: []byte(files[name])})
	}
	return out
}

func render(q *question, a *answer) (string, error) {
	vals, err := values(q)
	if err != nil {
		return "", err
	}
	templates := q.Templates
	if templates == nil {
		templates = map[string]string{"t.yaml": q.Template}
	}
	c := &chart.Chart{
		Metadata:  &chart.Metadata{APIVersion: "v2", Name: "t", Version: "0.1.0", AppVersion: "1.0"},
		Templates: sortedFiles("templates/", templates),
		Files:     sortedFiles("", q.Files),
		Values:    map[string]any{},
	}
	top, err := util.ToRenderValues(c, vals, common.ReleaseOptions{Name: "r", Namespace: "n", Revision: 1, IsInstall: true}, common.DefaultCapabilities.Copy())
	if err != nil {
		return "", err
	}
	files, err := engine.Engine{Strict: q.Strict, LintMode: q.Lint}.Render(c, top)
	if err != nil {
		return "", err
	}
	if q.Templates != nil {
		a.Files = files
		return "", nil
	}
	return files["t/templates/t.yaml"], nil
}

func goTemplate(q *question, _ *answer) (string, error) {
	var data any
	if len(q.Values) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(q.Values))
		if q.Ints {
			decoder.UseNumber()
		}
		if err := decoder.Decode(&data); err != nil {
			return "", err
		}
		data = numbers(data)
	}
	key := q.MissingKey
	if key == "" {
		key = "default"
	}
	t, err := template.New("t").Option("missingkey=" + key).Parse(q.Template)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return "", err
	}
	return out.String(), nil
}

// numbers turns json.Number into int64 where it is one, else float64.
func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case map[string]any:
		for k, e := range v {
			v[k] = numbers(e)
		}
	case []any:
		for i, e := range v {
			v[i] = numbers(e)
		}
	}
	return v
}

// funcs finds out, for each candidate name, whether Helm's engine knows it.
func funcs(q *question, _ *answer) (string, error) {
	var known []string
	for _, name := range strings.Fields(q.Text) {
		_, err := render(&question{Template: fmt.Sprintf("{{ if false }}{{ %s }}{{ end }}", name)}, &answer{})
		if err == nil || !strings.Contains(err.Error(), "not defined") {
			known = append(known, name)
		}
	}
	if q.Text == "" {
		return "", errors.New("text: the candidate names, separated by blanks")
	}
	return strings.Join(known, " "), nil
}
