package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/pkg/apis/apps"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	"k8s.io/kubernetes/pkg/apis/batch"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/policy"
)

// The server's own types that messages show, and the versioned types that their values come from.
var shown = map[reflect.Type]reflect.Type{
	reflect.TypeFor[metav1.ObjectMeta]():                           reflect.TypeFor[metav1.ObjectMeta](),
	reflect.TypeFor[core.PodTemplateSpec]():                        reflect.TypeFor[corev1.PodTemplateSpec](),
	reflect.TypeFor[core.PersistentVolumeClaimSpec]():              reflect.TypeFor[corev1.PersistentVolumeClaimSpec](),
	reflect.TypeFor[core.PersistentVolumeSource]():                 reflect.TypeFor[corev1.PersistentVolumeSource](),
	reflect.TypeFor[core.SecurityContext]():                        reflect.TypeFor[corev1.SecurityContext](),
	reflect.TypeFor[core.SeccompProfile]():                         reflect.TypeFor[corev1.SeccompProfile](),
	reflect.TypeFor[core.Taint]():                                  reflect.TypeFor[corev1.Taint](),
	reflect.TypeFor[apps.DeploymentStrategy]():                     reflect.TypeFor[appsv1.DeploymentStrategy](),
	reflect.TypeFor[apps.DaemonSetUpdateStrategy]():                reflect.TypeFor[appsv1.DaemonSetUpdateStrategy](),
	reflect.TypeFor[apps.StatefulSetUpdateStrategy]():              reflect.TypeFor[appsv1.StatefulSetUpdateStrategy](),
	reflect.TypeFor[batch.PodFailurePolicy]():                      reflect.TypeFor[batchv1.PodFailurePolicy](),
	reflect.TypeFor[batch.SuccessPolicy]():                         reflect.TypeFor[batchv1.SuccessPolicy](),
	reflect.TypeFor[autoscaling.HorizontalPodAutoscalerBehavior](): reflect.TypeFor[autoscalingv2.HorizontalPodAutoscalerBehavior](),
	reflect.TypeFor[policy.PodDisruptionBudgetSpec]():              reflect.TypeFor[policyv1.PodDisruptionBudgetSpec](),
}

// The pod's fields that the server keeps in the pod's security context.
var moved = map[string]string{
	"HostNetwork": "hostNetwork", "HostPID": "hostPID", "HostIPC": "hostIPC",
	"ShareProcessNamespace": "shareProcessNamespace", "HostUsers": "hostUsers",
}

func ownName(t reflect.Type) string {
	parts := strings.Split(t.PkgPath(), "/")
	return parts[len(parts)-1] + "." + t.Name()
}

func base(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t
}

// The JSON name and type of the versioned field that has this Go name.
func versioned(t reflect.Type, name string) (string, reflect.Type) {
	if t.Kind() != reflect.Struct {
		return "", nil
	}
	field, ok := t.FieldByName(name)
	if !ok {
		return "", nil
	}
	tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return tag, field.Type
}

func (lines table) ownCode(t, from reflect.Type) string {
	if t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(marshaler) {
		if letter, ok := opaque[t.Name()]; ok {
			return letter
		}
		return "J"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + lines.ownCode(t.Elem(), from)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "B"
		}
		return "A" + lines.ownCode(t.Elem(), from)
	case reflect.Map:
		return "M" + lines.ownCode(t.Elem(), from)
	case reflect.Struct:
		lines.addOwn(t, base(from))
		return "S" + ownName(t)
	}
	return lines.code(t)
}

func (lines table) addOwn(t, from reflect.Type) {
	if _, ok := lines[ownName(t)]; ok {
		return
	}
	lines[ownName(t)] = ""
	var fields []string
	lines.ownFields(t, from, &fields)
	lines[ownName(t)] = strings.Join(fields, "\t")
}

func (lines table) ownFields(t, from reflect.Type, into *[]string) {
	for i := range t.NumField() {
		field := t.Field(i)
		tag, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if tag == "-" || !field.IsExported() {
			continue
		}
		source, sourceType := versioned(from, field.Name)
		if field.Anonymous && tag == "" {
			inner := field.Type
			if sourceType == nil || base(sourceType).Kind() != reflect.Struct {
				sourceType = from
			}
			var nested []string
			lines.ownFields(inner, base(sourceType), &nested)
			if source != "" {
				for _, one := range nested {
					out, rest, _ := strings.Cut(one, "=")
					*into = append(*into, out+"="+source+"."+rest)
				}
				continue
			}
			*into = append(*into, nested...)
			continue
		}
		out := field.Name
		if tag != "" {
			out = tag
		}
		if source == "" {
			if tag != "" {
				source = tag
			} else if up, ok := moved[field.Name]; ok {
				source = "^" + up
			}
			sourceType = field.Type
		}
		mark := ""
		if strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero") {
			mark = "?"
		}
		*into = append(*into, fmt.Sprintf("%s%s=%s:%s", out, mark, source, lines.ownCode(field.Type, sourceType)))
	}
}

func printInternal() {
	lines := table{}
	for own, from := range shown {
		lines.addOwn(own, from)
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
