// Answers questions about patches and server-side apply with the libraries of kube-apiserver 1.36: JSON objects in, one a line,
// JSON objects out. "err" is there when the library refused.
//
//	{"op":"json","target":{},"patch":[]}                                          -> {"out":{}}  evanphx/json-patch v4
//	{"op":"merge","target":{},"patch":{}}                                         -> {"out":{}}  the same
//	{"op":"strategic","apiVersion":"apps/v1","kind":"Deployment","target":{},"patch":{}}  -> {"out":{}}  strategicpatch
//	{"op":"apply","apiVersion":"apps/v1","kind":"Deployment","steps":[
//	    {"verb":"apply|update","manager":"a","subresource":"","reset":[["status"]],"force":false,"object":{}}]}
//	    -> {"steps":[{"out":{}} or {"err":"…","causes":[…]}]}   managedfields' managers, each step on what the last one left
//	    with "custom":true the kind is a custom one; "schema":{} is its schema, without one types are deduced.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/scheme"
	kjson "sigs.k8s.io/json"
)

type question struct {
	Op         string          `json:"op"`
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Target     json.RawMessage `json:"target"`
	Patch      json.RawMessage `json:"patch"`
	Custom     bool            `json:"custom"`
	Schema     json.RawMessage `json:"schema"`
	Steps      []step          `json:"steps"`
}

type answer struct {
	Out    json.RawMessage      `json:"out,omitempty"`
	Err    string               `json:"err,omitempty"`
	Causes []metav1.StatusCause `json:"causes,omitempty"`
	Steps  []answer             `json:"steps,omitempty"`
}

func (q *question) gvk() schema.GroupVersionKind {
	return schema.FromAPIVersionAndKind(q.APIVersion, q.Kind)
}

func failed(err error) answer {
	a := answer{Err: err.Error()}
	var status *apierrors.StatusError
	if errors.As(err, &status) && status.ErrStatus.Details != nil {
		a.Causes = status.ErrStatus.Details.Causes
	}
	return a
}

func result(out []byte, err error) answer {
	if err != nil {
		return failed(err)
	}
	return answer{Out: out}
}

func strategic(q *question) answer {
	kind, err := scheme.Scheme.New(q.gvk())
	if err != nil {
		return failed(err)
	}
	target, patch := map[string]any{}, map[string]any{}
	for from, to := range map[*json.RawMessage]*map[string]any{&q.Target: &target, &q.Patch: &patch} {
		if err := kjson.UnmarshalCaseSensitivePreserveInts(*from, to); err != nil {
			return failed(err)
		}
	}
	out, err := strategicpatch.StrategicMergeMapPatch(target, patch, kind)
	if err != nil {
		return failed(err)
	}
	return result(json.Marshal(out))
}

func ask(line []byte) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			a = answer{Err: fmt.Sprint("panic: ", r)}
		}
	}()
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return failed(fmt.Errorf("bad question: %w", err))
	}
	switch q.Op {
	case "json":
		patch, err := jsonpatch.DecodePatch(q.Patch)
		if err != nil {
			return failed(err)
		}
		return result(patch.Apply(q.Target))
	case "merge":
		return result(jsonpatch.MergePatch(q.Target, q.Patch))
	case "strategic":
		return strategic(&q)
	case "apply":
		return apply(&q)
	}
	return failed(errors.New("bad question: no op " + q.Op))
}

func main() {
	jsonpatch.AccumulatedCopySizeLimit = 3 * 1024 * 1024
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			text, failure := json.Marshal(ask(line))
			if failure != nil {
				text, _ = json.Marshal(failed(failure))
			}
			out.Write(append(text, '\n'))
			out.Flush()
		}
		if err != nil {
			return
		}
	}
}
