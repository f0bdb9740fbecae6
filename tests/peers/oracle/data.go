package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sort"

	"github.com/BurntSushi/toml"
	"github.com/Masterminds/semver/v3"
	goyaml "go.yaml.in/yaml/v3"
	"helm.sh/helm/v4/pkg/strvals"
	"sigs.k8s.io/yaml"
)

func init() {
	ops["yaml2json"] = func(q *question, _ *answer) (string, error) {
		out, err := yaml.YAMLToJSON([]byte(q.Text))
		return string(out), err
	}
	ops["yaml2jsonstrict"] = func(q *question, _ *answer) (string, error) {
		out, err := yaml.YAMLToJSONStrict([]byte(q.Text))
		return string(out), err
	}
	ops["unmarshal"] = func(q *question, _ *answer) (string, error) {
		var v any
		if err := yaml.Unmarshal([]byte(q.Text), &v); err != nil {
			return "", err
		}
		out, err := json.Marshal(v)
		return string(out), err
	}
	ops["json2yaml"] = func(q *question, _ *answer) (string, error) {
		var v any
		if err := json.Unmarshal([]byte(q.Text), &v); err != nil {
			return "", err
		}
		out, err := yaml.Marshal(v)
		return string(out), err
	}
	ops["json2yamlpretty"] = func(q *question, _ *answer) (string, error) {
		var v any
		if err := json.Unmarshal([]byte(q.Text), &v); err != nil {
			return "", err
		}
		var out bytes.Buffer
		encoder := goyaml.NewEncoder(&out)
		encoder.SetIndent(2)
		err := encoder.Encode(v)
		return out.String(), err
	}
	ops["strvals"] = askStrvals
	ops["semver"] = askSemver
	ops["version"] = func(q *question, _ *answer) (string, error) {
		v, err := semver.NewVersion(q.Version)
		if err != nil {
			return "", err
		}
		return v.String(), nil
	}
	ops["strictversion"] = func(q *question, _ *answer) (string, error) {
		v, err := semver.StrictNewVersion(q.Version)
		if err != nil {
			return "", err
		}
		return v.String(), nil
	}
	ops["regexp"] = func(q *question, _ *answer) (string, error) {
		re, err := regexp.Compile(q.Pattern)
		if err != nil {
			return "", err
		}
		out, err := json.Marshal(re.FindAllStringSubmatchIndex(q.Text, -1))
		return string(out), err
	}
	ops["toml"] = func(q *question, _ *answer) (string, error) {
		var v any
		if err := json.Unmarshal([]byte(q.JSON), &v); err != nil {
			return "", err
		}
		var out bytes.Buffer
		err := toml.NewEncoder(&out).Encode(v)
		return out.String(), err
	}
	ops["fromtoml"] = func(q *question, a *answer) (string, error) {
		v := map[string]any{}
		if err := toml.Unmarshal([]byte(q.Text), &v); err != nil {
			return "", err
		}
		a.Types = types(v)
		out, err := json.Marshal(v)
		return string(out), err
	}
}

func askSemver(q *question, _ *answer) (string, error) {
	c, err := semver.NewConstraint(q.Constraint)
	if err != nil {
		return "", fmt.Errorf("constraint: %w", err)
	}
	v, err := semver.NewVersion(q.Version)
	if err != nil {
		return "", fmt.Errorf("version: %w", err)
	}
	return fmt.Sprint(c.Check(v)), nil
}

func askStrvals(q *question, a *answer) (string, error) {
	base := map[string]any{}
	if len(q.Base) > 0 {
		if err := json.Unmarshal(q.Base, &base); err != nil {
			return "", err
		}
	}
	var err error
	switch q.Mode {
	case "set":
		err = strvals.ParseInto(q.Expr, base)
	case "string":
		err = strvals.ParseIntoString(q.Expr, base)
	case "json":
		err = strvals.ParseJSON(q.Expr, base)
	case "literal":
		err = strvals.ParseLiteralInto(q.Expr, base)
	case "file":
		err = strvals.ParseIntoFile(q.Expr, base, func(rs []rune) (any, error) {
			return "<" + string(rs) + ">", nil
		})
	default:
		return "", errors.New("mode: set, string, json, literal or file")
	}
	if err != nil {
		return "", err
	}
	a.Types = types(base)
	out, err := json.Marshal(base)
	return string(out), err
}

// types prints a tree with each leaf replaced by its Go type.
func types(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var keys []string
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		var out bytes.Buffer
		out.WriteString("{")
		for i, k := range keys {
			if i > 0 {
				out.WriteString(" ")
			}
			fmt.Fprintf(&out, "%s:%s", k, types(v[k]))
		}
		out.WriteString("}")
		return out.String()
	case []any:
		out := "["
		for i, e := range v {
			if i > 0 {
				out += " "
			}
			out += types(e)
		}
		return out + "]"
	}
	return fmt.Sprintf("%T", v)
}
