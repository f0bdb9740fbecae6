package main

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	applyconfigurations "k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

type step struct {
	Verb        string          `json:"verb"`
	Manager     string          `json:"manager"`
	Subresource string          `json:"subresource"`
	Reset       [][]string      `json:"reset"`
	Force       bool            `json:"force"`
	Object      json.RawMessage `json:"object"`
}

// noDefaults leaves defaulting to others.
type noDefaults struct{}

func (noDefaults) Default(runtime.Object) {}

// custom is what a custom kind has of a scheme: objects are maps, and all versions are one.
type custom struct{ gvk schema.GroupVersionKind }

func (c custom) New(kind schema.GroupVersionKind) (runtime.Object, error) {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	return object, nil
}

func (c custom) ConvertToVersion(in runtime.Object, _ runtime.GroupVersioner) (runtime.Object, error) {
	return in, nil
}

func (c custom) Convert(_, _, _ any) error { return fmt.Errorf("nothing is converted") }

func (c custom) ConvertFieldLabel(_ schema.GroupVersionKind, label, value string) (string, string, error) {
	return label, value, nil
}

// customTypes are the types of a custom kind, with its metadata's.
func customTypes(q *question) (managedfields.TypeConverter, error) {
	if q.Schema == nil {
		return managedfields.NewDeducedTypeConverter(), nil
	}
	root := &spec.Schema{}
	if err := json.Unmarshal(q.Schema, root); err != nil {
		return nil, err
	}
	gvk := q.gvk()
	root.AddExtension("x-kubernetes-group-version-kind", []any{map[string]any{
		"group": gvk.Group, "version": gvk.Version, "kind": gvk.Kind,
	}})
	return managedfields.NewTypeConverter(map[string]*spec.Schema{"custom": root}, false)
}

func fieldManager(q *question, step *step, create runtime.ObjectCreater, convert runtime.ObjectConvertor) (*managedfields.FieldManager, error) {
	reset := fieldpath.NewSet()
	for _, path := range step.Reset {
		parts := make([]any, len(path))
		for i, part := range path {
			parts[i] = part
		}
		reset.Insert(fieldpath.MakePathOrDie(parts...))
	}
	filters := fieldpath.NewExcludeFilterSetMap(map[fieldpath.APIVersion]*fieldpath.Set{
		fieldpath.APIVersion(q.APIVersion): reset,
	})
	gvk := q.gvk()
	if q.Custom {
		types, err := customTypes(q)
		if err != nil {
			return nil, err
		}
		return managedfields.NewDefaultCRDFieldManager(types, convert, noDefaults{}, create, gvk, gvk.GroupVersion(), step.Subresource, filters)
	}
	types := applyconfigurations.NewTypeConverter(scheme.Scheme)
	return managedfields.NewDefaultFieldManager(types, convert, noDefaults{}, create, gvk, gvk.GroupVersion(), step.Subresource, filters)
}

func apply(q *question) answer {
	gvk := q.gvk()
	var create runtime.ObjectCreater = scheme.Scheme
	var convert runtime.ObjectConvertor = scheme.Scheme
	if q.Custom {
		create, convert = custom{gvk}, custom{gvk}
	}
	live, err := create.New(gvk)
	if err != nil {
		return failed(err)
	}
	live.GetObjectKind().SetGroupVersionKind(gvk)
	all := answer{Steps: []answer{}}
	for _, step := range q.Steps {
		manager, err := fieldManager(q, &step, create, convert)
		if err != nil {
			return failed(err)
		}
		next, err := one(manager, &step, live.DeepCopyObject(), create, gvk)
		if err != nil {
			all.Steps = append(all.Steps, failed(err))
			continue
		}
		next.GetObjectKind().SetGroupVersionKind(gvk)
		accessor, err := meta.Accessor(next)
		if err != nil {
			return failed(err)
		}
		accessor.SetUID("u")
		live = next
		out, err := json.Marshal(live)
		all.Steps = append(all.Steps, result(out, err))
	}
	return all
}

func one(manager *managedfields.FieldManager, step *step, live runtime.Object, create runtime.ObjectCreater, gvk schema.GroupVersionKind) (runtime.Object, error) {
	if step.Verb == "apply" {
		config := &unstructured.Unstructured{Object: map[string]any{}}
		if err := json.Unmarshal(step.Object, &config.Object); err != nil {
			return nil, err
		}
		// As YAML's decoder leaves numbers: whole ones are int64.
		config.Object = whole(config.Object).(map[string]any)
		return manager.Apply(live, config, step.Manager, step.Force)
	}
	object, err := create.New(gvk)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(step.Object, object); err != nil {
		return nil, err
	}
	object.GetObjectKind().SetGroupVersionKind(gvk)
	return manager.UpdateNoErrors(live, object, step.Manager), nil
}

func whole(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			value[key] = whole(inner)
		}
	case []any:
		for index, inner := range value {
			value[index] = whole(inner)
		}
	case float64:
		if value == float64(int64(value)) {
			return int64(value)
		}
	}
	return value
}
