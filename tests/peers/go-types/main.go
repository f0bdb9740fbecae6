// go-types tells how Kubernetes' Go types hold the fields of JSON objects: what error texts call them and what a round
// trip through them makes of missing and empty fields. record-kubernetes.py writes it into sandbox/tables/types.tsv.
//
// Output, a line a field, separated by tabs: the type's OpenAPI name, the field, its Go type ("*" for pointers), what
// the type is underneath where it is named, and what an encoder writes for the zero value (nothing: it leaves it out).
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

type writer struct {
	out  *bufio.Writer
	seen map[reflect.Type]bool
}

func main() {
	apiextensions.AddToScheme(scheme.Scheme)
	apiregistration.AddToScheme(scheme.Scheme)
	w := writer{bufio.NewWriter(os.Stdout), map[reflect.Type]bool{}}
	defer w.out.Flush()
	var types []reflect.Type
	for _, known := range scheme.Scheme.AllKnownTypes() {
		types = append(types, known)
	}
	for _, more := range []any{
		metav1.APIGroup{}, metav1.APIGroupList{}, metav1.APIResourceList{}, metav1.APIVersions{}, metav1.Status{},
		metav1.DeleteOptions{}, version.Info{}, runtime.RawExtension{},
	} {
		types = append(types, reflect.TypeOf(more))
	}
	sort.Slice(types, func(a, b int) bool { return name(types[a]) < name(types[b]) })
	for _, known := range types {
		w.visit(known)
	}
}

// name is the type's name in OpenAPI documents.
func name(of reflect.Type) string {
	path := strings.Split(of.PkgPath(), "/")
	host := strings.Split(path[0], ".")
	for left, right := 0, len(host)-1; left < right; left, right = left+1, right-1 {
		host[left], host[right] = host[right], host[left]
	}
	return strings.Join(append(append(host, path[1:]...), of.Name()), ".")
}

// visit writes a struct's fields, and those of all structs below it.
func (w *writer) visit(of reflect.Type) {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		w.visit(of.Elem())
	case reflect.Struct:
		if w.seen[of] {
			return
		}
		w.seen[of] = true
		if reflect.PointerTo(of).Implements(unmarshaler) {
			fmt.Fprintf(w.out, "%s\t\tcustom\t%s\t\n", name(of), of)
			return
		}
		fmt.Fprintf(w.out, "%s\t\t%s\t\t\n", name(of), of)
		w.fields(name(of), of)
	}
}

func (w *writer) fields(owner string, of reflect.Type) {
	for index := range of.NumField() {
		field := of.Field(index)
		tag, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		inline := tag == "" && field.Anonymous
		switch {
		case inline && field.Type.Kind() == reflect.Struct:
			w.fields(owner, field.Type)
			continue
		case tag == "" || tag == "-":
			continue
		}
		fmt.Fprintf(w.out, "%s\t%s\t%s\t%s\t%s\n", owner, tag, field.Type, underlying(field.Type), zero(field, options))
		w.visit(field.Type)
	}
}

// underlying spells out named slices, maps and scalars.
func underlying(of reflect.Type) string {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of.PkgPath() == "" {
		return ""
	}
	switch of.Kind() {
	case reflect.Slice:
		return "[]" + of.Elem().String()
	case reflect.Map:
		return "map[" + of.Key().String() + "]" + of.Elem().String()
	case reflect.Struct:
		return ""
	}
	return of.Kind().String()
}

// zero is what an encoder writes for the field's zero value.
func zero(field reflect.StructField, options string) string {
	omitempty, omitzero := false, false
	for _, option := range strings.Split(options, ",") {
		omitempty = omitempty || option == "omitempty"
		omitzero = omitzero || option == "omitzero"
	}
	if omitzero || omitempty && field.Type.Kind() != reflect.Struct {
		return ""
	}
	text, err := json.Marshal(reflect.Zero(field.Type).Interface())
	if err != nil {
		return "null"
	}
	if field.Type.Kind() == reflect.Struct && text[0] == '{' {
		return "{}"
	}
	return string(text)
}
