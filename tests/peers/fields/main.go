// Prints how Go's JSON encoder writes the fields of every type that the Kubernetes API serves, one type a line; the
// facts come from the types themselves by reflection. `go run . > sandbox/tables/fields.tsv` renews the table;
// sandbox/src/strategy/shape.rs explains its columns. `go run . internal > sandbox/tables/internal.tsv` prints the server's
// own types that messages show, which sandbox/src/strategy/validate/internal.rs explains.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// The group versions that kube-apiserver 1.36 serves by default.
var served = strings.Fields(`v1 admissionregistration.k8s.io/v1 apiextensions.k8s.io/v1 apiregistration.k8s.io/v1 apps/v1
authentication.k8s.io/v1 authorization.k8s.io/v1 autoscaling/v1 autoscaling/v2 batch/v1 certificates.k8s.io/v1
coordination.k8s.io/v1 discovery.k8s.io/v1 events.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1 networking.k8s.io/v1
node.k8s.io/v1 policy/v1 rbac.authorization.k8s.io/v1 resource.k8s.io/v1 scheduling.k8s.io/v1 storage.k8s.io/v1`)

var marshaler = reflect.TypeFor[json.Marshaler]()

// Types that write themselves, by the letter that the table gives them; all others of that sort may be anything.
var opaque = map[string]string{
	"Time": "T", "MicroTime": "U", "Quantity": "Q", "IntOrString": "I", "Duration": "D",
}

func name(t reflect.Type) string {
	parts := strings.Split(t.PkgPath(), "/")
	return parts[len(parts)-2] + "." + parts[len(parts)-1] + "." + t.Name()
}

type table map[string]string

func (lines table) code(t reflect.Type) string {
	if t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(marshaler) {
		if letter, ok := opaque[t.Name()]; ok {
			return letter
		}
		return "J"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + lines.code(t.Elem())
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "b"
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint16, reflect.Uint32, reflect.Uint8:
		return "i"
	case reflect.Float64:
		return "f"
	case reflect.Interface:
		return "J"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "B"
		}
		return "A" + lines.code(t.Elem())
	case reflect.Map:
		return "M" + lines.code(t.Elem())
	case reflect.Struct:
		lines.add(t)
		return "S" + name(t)
	}
	panic(t.String())
}

func (lines table) add(t reflect.Type) {
	if _, ok := lines[name(t)]; ok {
		return
	}
	lines[name(t)] = ""
	var fields []string
	lines.fields(t, &fields)
	sort.Strings(fields)
	lines[name(t)] = strings.Join(fields, "\t")
}

func (lines table) fields(t reflect.Type, into *[]string) {
	for i := range t.NumField() {
		field := t.Field(i)
		tag, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if tag == "" && field.Anonymous {
			lines.fields(field.Type, into)
			continue
		}
		if tag == "-" || tag == "" || !field.IsExported() {
			continue
		}
		mark := "!"
		if strings.Contains(options, "omitempty") {
			mark = ""
		}
		if strings.Contains(options, "omitzero") {
			mark = "~"
		}
		*into = append(*into, tag+mark+":"+lines.code(field.Type))
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "internal" {
		printInternal()
		return
	}
	kinds := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiextensions.AddToScheme, apiregistration.AddToScheme} {
		if err := add(kinds); err != nil {
			panic(err)
		}
	}
	wanted := map[string]bool{}
	for _, version := range served {
		wanted[version] = true
	}
	lines := table{}
	for kind, t := range kinds.AllKnownTypes() {
		internal := strings.HasSuffix(kind.Kind, "Options") || kind.Kind == "WatchEvent"
		if wanted[kind.GroupVersion().String()] && !internal && !strings.HasSuffix(kind.Kind, "List") {
			lines.add(t)
		}
	}
	names := make([]string, 0, len(lines))
	for name := range lines {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Printf("%s\t%s\n", name, lines[name])
	}
}
