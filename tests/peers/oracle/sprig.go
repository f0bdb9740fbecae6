package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// sprigFuncs is Sprig as Helm exposes it, before Helm's own functions replace some.
func sprigFuncs() template.FuncMap {
	funcs := sprig.TxtFuncMap()
	delete(funcs, "env")
	delete(funcs, "expandenv")
	return funcs
}

func init() {
	ops["sprig"] = func(q *question, _ *answer) (string, error) {
		vals, err := values(q)
		if err != nil {
			return "", err
		}
		t, err := template.New("t").Option("missingkey=zero").Funcs(sprigFuncs()).Parse(q.Template)
		if err != nil {
			return "", err
		}
		var out bytes.Buffer
		if err := t.Execute(&out, vals); err != nil {
			return "", err
		}
		return out.String(), nil
	}
	ops["sprigsignatures"] = func(_ *question, _ *answer) (string, error) {
		signatures := map[string]string{}
		for name, function := range sprigFuncs() {
			signatures[name] = fmt.Sprintf("%T", function)
		}
		out, err := json.Marshal(signatures)
		return string(out), err
	}
}
