// The oracle answers questions about Go's behaviour by asking Helm's own libraries.
//
// It reads JSON objects, one a line, and writes one JSON object a line. "err" is present when Go refused.
//
//	{"op":"render","template":"{{ .Values.a }}","values":{"a":1}}      -> {"out":"1"}
//	    the template is file templates/t.yaml of chart "t", release "r", namespace "n", through Helm's engine
//	    "values" is JSON (numbers become float64); or "yaml": values as YAML text.
//	    "templates": {"a.yaml":"…","_b.tpl":"…"} renders several files: {"files":{"t/templates/a.yaml":"…"}}
//	    "strict":true is missingkey=error, "lint":true is lint mode, "files":{"x.txt":"…"} fills .Files.
//	{"op":"gotemplate","template":"…","values":{…}}                    -> {"out":…}   plain text/template, missingkey default
//	    "missingkey":"zero|error|default", "ints":true keeps integers as int64.
//	{"op":"yaml2json","text":"a: 1"}                                    -> {"out":"{\"a\":1}"}   sigs.k8s.io/yaml
//	{"op":"yaml2jsonstrict","text":…}                                   same, duplicate keys refused
//	{"op":"unmarshal","text":…}                                         yaml.Unmarshal into interface{}, then json.Marshal
//	{"op":"json2yaml","text":"{\"a\":1}"}                               -> {"out":"a: 1\n"}      json.Unmarshal, yaml.Marshal
//	{"op":"json2yamlpretty","text":…}                                   toYamlPretty
//	{"op":"strvals","mode":"set|string|json|literal","expr":"a=1","base":{}} -> {"out":"{…}"} and "types":"{…}" (%T of each leaf)
//	{"op":"semver","constraint":"^1","version":"1.2"}                   -> {"out":"true"}, "err" tells which part is wrong
//	{"op":"version","version":"v1.2"} / {"op":"strictversion",…}        -> {"out":"1.2.0"}
//	{"op":"regexp","pattern":"a(b)","text":"ab"}                        -> {"out":"[[0,2,1,2]]"} FindAllStringSubmatchIndex
//	{"op":"toml","json":"{…}"} / {"op":"fromtoml","text":…}             BurntSushi's encoder and decoder
//	{"op":"bcrypt","text":"password","expr":"$2a$…"}                     -> {"out":""} when the hash is the password's
//	{"op":"sprig","template":"…","values":{…}}                         -> {"out":…}   text/template with Sprig alone, missingkey zero
//	{"op":"sprigsignatures"}                                            -> {"out":"{\"abbrev\":\"func(int, string) string\",…}"}
//	{"op":"nodes","text":"a:  [1,2]"}                                   -> {"out":"a: [1, 2]\n"} go-yaml v3's nodes, read and written
//	{"op":"postrender","files":{"a.yaml":"…"},"text":"…"}               -> {"out":manifest and hooks,"files":{"input":…}}
//	    "text" is what the post-renderer answers; without it, its input
//	{"op":"funcs"}                                                      -> {"out":"abbrev,abbrevboth,…"} every name a template may call
//
// "text64", "template64", "expr64", "pattern64": base64 instead of text, for bytes that are not UTF-8;
// answers that are not UTF-8 come as "out64".
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"unicode/utf8"
)

type question struct {
	Op         string            `json:"op"`
	Template   string            `json:"template"`
	Templates  map[string]string `json:"templates"`
	Files      map[string]string `json:"files"`
	Values     json.RawMessage   `json:"values"`
	YAML       string            `json:"yaml"`
	Strict     bool              `json:"strict"`
	Lint       bool              `json:"lint"`
	Ints       bool              `json:"ints"`
	MissingKey string            `json:"missingkey"`
	Text       string            `json:"text"`
	Mode       string            `json:"mode"`
	Expr       string            `json:"expr"`
	Base       json.RawMessage   `json:"base"`
	Constraint string            `json:"constraint"`
	Version    string            `json:"version"`
	Pattern    string            `json:"pattern"`
	JSON       string            `json:"json"`
	Text64     []byte            `json:"text64"`
	Template64 []byte            `json:"template64"`
	Expr64     []byte            `json:"expr64"`
	Pattern64  []byte            `json:"pattern64"`
}

type answer struct {
	Out   *string           `json:"out,omitempty"`
	Out64 string            `json:"out64,omitempty"`
	Files map[string]string `json:"files,omitempty"`
	Types string            `json:"types,omitempty"`
	Err   *string           `json:"err,omitempty"`
}

func (q *question) decode() {
	for _, p := range []struct {
		from []byte
		to   *string
	}{{q.Text64, &q.Text}, {q.Template64, &q.Template}, {q.Expr64, &q.Expr}, {q.Pattern64, &q.Pattern}} {
		if p.from != nil {
			*p.to = string(p.from)
		}
	}
}

// ops is the table of questions; each file adds its own.
var ops = map[string]func(*question, *answer) (string, error){}

func ask(line []byte) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			text := fmt.Sprint("panic: ", r)
			a = answer{Err: &text}
		}
	}()
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		text := "bad question: " + err.Error()
		return answer{Err: &text}
	}
	q.decode()
	op, ok := ops[q.Op]
	if !ok {
		text := "bad question: no op " + q.Op
		return answer{Err: &text}
	}
	out, err := op(&q, &a)
	if err != nil {
		text := err.Error()
		a.Err = &text
		return a
	}
	if utf8.ValidString(out) {
		a.Out = &out
	} else {
		a.Out64 = base64.StdEncoding.EncodeToString([]byte(out))
	}
	return a
}

func main() {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			data, merr := json.Marshal(ask(line))
			if merr != nil {
				panic(merr)
			}
			out.Write(append(data, '\n'))
			if in.Buffered() == 0 {
				out.Flush()
			}
		}
		if err != nil {
			return
		}
	}
}
