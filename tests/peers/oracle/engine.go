package main

// {"op":"engine","template":"…","templates":{"name":"…"},"values":{…}} -> {"out":…}
//     plain text/template: "templates" are parsed first, in the order of their names, then "template"
//     under the name "t", which is executed. "missingkey" and "ints" as for gotemplate. The functions
//     are the ones below; templates-engine/tests/support/fixture.rs has the same.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"text/template"
)

func init() {
	ops["engine"] = askEngine
}

// Point is a struct with methods.
type Point struct {
	X, Y  int
	Label string
	Inner any
}

func (p Point) Sum(more ...int) int {
	sum := p.X + p.Y
	for _, n := range more {
		sum += n
	}
	return sum
}

func (p Point) Greet(name string) string { return "hello " + name + " from " + p.Label }

func (p Point) Fail(why string) (string, error) { return "", errors.New("point fails: " + why) }

func (p *Point) Reach() string { return "reached " + p.Label }

// Level is a named integer with a String method.
type Level int64

func (l Level) String() string { return fmt.Sprintf("L%d", int64(l)) }

// Values is a named map.
type Values map[string]any

func fixture(t **template.Template, key string) template.FuncMap {
	origin := Point{X: 1, Y: 2, Label: "p", Inner: "in"}
	return template.FuncMap{
		"str":     func(s string) string { return "<" + s + ">" },
		"num":     func(n int) int { return n + 1 },
		"num8":    func(n int8) int8 { return n },
		"num64":   func(n int64) int64 { return n },
		"unum":    func(n uint) uint { return n },
		"unum8":   func(n uint8) uint8 { return n },
		"flo":     func(f float64) float64 { return f },
		"flo32":   func(f float32) float32 { return f },
		"yes":     func(b bool) bool { return b },
		"same":    func(v any) any { return v },
		"kind":    func(v any) string { return fmt.Sprintf("%T", v) },
		"keys":    func(m map[string]any) int { return len(m) },
		"items":   func(l []any) int { return len(l) },
		"strs":    func(l []string) int { return len(l) },
		"named":   func(v Values) int { return len(v) },
		"pair":    func(s string, n int) string { return fmt.Sprint(s, n) },
		"many":    func(s string, ns ...int) string { return fmt.Sprint(s, ns) },
		"fails":   func(why string) (string, error) { return "", errors.New(why) },
		"none":    func() any { return nil },
		"nomap":   func() map[string]any { return nil },
		"nolist":  func() []string { return nil },
		"point":   func() Point { return origin },
		"pointer": func() *Point { return &origin },
		"level":   func(n int64) Level { return Level(n) },
		"values":  func() Values { return Values{"k": "v"} },
		"bytes":   func(s string) []byte { return []byte(s) },
		"list":    func(v ...any) []any { return v },
		"strings": func(s ...string) []string { return s },
		"labels":  func(k, v string) map[string]string { return map[string]string{k: v} },
		"dict": func(kv ...any) map[string]any {
			m := map[string]any{}
			for i := 0; i+1 < len(kv); i += 2 {
				m[fmt.Sprint(kv[i])] = kv[i+1]
			}
			return m
		},
		"include": func(name string, data any) (string, error) {
			var out bytes.Buffer
			err := (*t).ExecuteTemplate(&out, name, data)
			return out.String(), err
		},
		"text": func(text string, data any) (string, error) {
			clone, err := (*t).Clone()
			if err != nil {
				return "", err
			}
			clone.Option("missingkey=" + key) // a clone forgets it
			outer := *t
			*t = clone
			defer func() { *t = outer }()
			parsed, err := clone.New("set").Parse(text)
			if err != nil {
				return "", fmt.Errorf("cannot parse template %q: %w", text, err)
			}
			var out bytes.Buffer
			if err := parsed.Execute(&out, data); err != nil {
				return "", fmt.Errorf("error during tpl function execution for %q: %w", text, err)
			}
			return out.String(), nil
		},
	}
}

func askEngine(q *question, _ *answer) (string, error) {
	var data any
	if len(q.Values) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(q.Values))
		if q.Ints {
			decoder.UseNumber()
		}
		if err := decoder.Decode(&data); err != nil {
			return "", err
		}
		if q.Ints {
			data = numbers(data)
		}
	}
	key := q.MissingKey
	if key == "" {
		key = "default"
	}
	t := template.New("set")
	t.Option("missingkey=" + key).Funcs(fixture(&t, key))
	var names []string
	for name := range q.Templates {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if _, err := t.New(name).Parse(q.Templates[name]); err != nil {
			return "", err
		}
	}
	if _, err := t.New("t").Parse(q.Template); err != nil {
		return "", err
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "t", data); err != nil {
		return "", err
	}
	return out.String(), nil
}
