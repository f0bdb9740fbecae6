package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/kube/fake"
	release "helm.sh/helm/v4/pkg/release/v1"
	"helm.sh/helm/v4/pkg/storage"
	"helm.sh/helm/v4/pkg/storage/driver"
)

func init() {
	ops["nodes"] = nodes
	ops["postrender"] = postRender
}

// nodes reads the first document as a tree of nodes and writes it as kyaml does.
func nodes(q *question, _ *answer) (string, error) {
	var node yaml.Node
	err := yaml.NewDecoder(bytes.NewBufferString(q.Text)).Decode(&node)
	if err == io.EOF {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	encoder.CompactSeqIndent()
	if err := encoder.Encode(&node); err != nil {
		return "", err
	}
	err = encoder.Close()
	return out.String(), err
}

// recorder is a post-renderer that answers with what the question says.
type recorder struct {
	input  string
	output *string
}

func (r *recorder) Run(manifests *bytes.Buffer) (*bytes.Buffer, error) {
	r.input = manifests.String()
	if r.output == nil {
		return manifests, nil
	}
	return bytes.NewBufferString(*r.output), nil
}

// postRender makes a release of a chart whose templates print the files as they are.
func postRender(q *question, a *answer) (string, error) {
	c := &chart.Chart{
		Metadata: &chart.Metadata{APIVersion: "v2", Name: "t", Version: "0.1.0"},
		Files:    sortedFiles("", q.Files),
		Values:   map[string]any{},
	}
	templates := map[string]string{}
	for name := range q.Files {
		quoted, err := json.Marshal(name)
		if err != nil {
			return "", err
		}
		templates[name] = "{{ .Files.Get " + string(quoted) + " }}"
	}
	c.Templates = sortedFiles("templates/", templates)
	config := &action.Configuration{
		Releases:     storage.Init(driver.NewMemory()),
		KubeClient:   &fake.PrintingKubeClient{Out: io.Discard},
		Capabilities: common.DefaultCapabilities.Copy(),
	}
	install := action.NewInstall(config)
	install.ReleaseName, install.Namespace = "r", "n"
	install.DryRunStrategy = action.DryRunClient
	recorder := &recorder{}
	if q.Text != "" {
		recorder.output = &q.Text
	}
	install.PostRenderer = recorder
	made, err := install.Run(c, map[string]any{})
	a.Files = map[string]string{"input": recorder.input}
	if err != nil {
		return "", err
	}
	rel, ok := made.(*release.Release)
	if !ok {
		return "", errors.New("not a release of version 1")
	}
	out := rel.Manifest
	for _, hook := range rel.Hooks {
		out += "--- hook " + hook.Path + "\n" + hook.Manifest + "\n"
	}
	return out, nil
}
