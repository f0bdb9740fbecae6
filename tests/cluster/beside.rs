//! The same steps by Skiff and by helm in two namespaces: bytes, messages and exit codes compared.

use crate::place::{Place, mask_times, web};

/// Runs every step in both places.
pub(crate) fn same_steps(skiff: &Place, helm: &Place, steps: &[&[&str]]) {
    for step in steps {
        let (ours, theirs) = (skiff.skiff_as_helm(step), helm.helm(step));
        assert_eq!(ours.code, theirs.code, "exit code of {step:?}: {ours:#?} {theirs:#?}");
        assert_eq!(skiff.mask(&ours.stdout), helm.mask(&theirs.stdout), "output of {step:?}");
        assert_eq!(skiff.mask(&ours.stderr), helm.mask(&theirs.stderr), "messages of {step:?}");
    }
}

/// What is logged under `--debug` is each program's own.
#[test]
fn details_of_a_release_are_printed_as_in_helm() {
    let web = web();
    let (skiff, helm) = (Place::new(), Place::new());
    let steps: &[&[&str]] = &[
        &["install", "a", &web, "--debug"],
        &["upgrade", "a", &web, "--debug", "--set", "replicas=3"],
        &["upgrade", "a", &web, "--debug"],
        &["upgrade", "b", &web, "--install", "--debug"],
        &["upgrade", "b", &web, "--debug", "--dry-run=client"],
        &["install", "c", &web, "--debug", "--dry-run=server"],
    ];
    for step in steps {
        let (ours, theirs) = (skiff.skiff(step), helm.helm(step));
        assert_eq!(skiff.mask(&ours.stdout), helm.mask(&theirs.stdout), "output of {step:?}");
        assert_eq!(ours.code, theirs.code, "exit code of {step:?}");
    }
}

#[test]
fn a_whole_life_looks_the_same() {
    let web = web();
    same_steps(
        &Place::new(),
        &Place::new(),
        &[
            &["install", "a", &web, "--set", "replicas=1"],
            &["install", "a", &web],
            &["install", "b", &web, "--dry-run=client"],
            &["install", "b", &web, "--dry-run=server"],
            &["install", "b", &web, "--dry-run"],
            &["install", "b", &web, "-o", "json"],
            &["install", "c", &web, "-o", "yaml", "--description", "by hand", "--labels", "team=sea"],
            &["upgrade", "a", &web, "--set", "replicas=3"],
            &["upgrade", "a", &web, "--reuse-values", "--set", "ingress.enabled=false"],
            &["upgrade", "a", &web, "--reset-then-reuse-values", "--set", "service.port=81"],
            &["upgrade", "a", &web, "--reset-values"],
            &["upgrade", "a", &web, "--dry-run=server"],
            &["upgrade", "new", &web],
            &["upgrade", "new", &web, "--install"],
            &["history", "a"],
            &["history", "a", "--max", "2"],
            &["get", "values", "a", "--revision", "3"],
            &["get", "values", "a", "--all", "-o", "json"],
            &["get", "manifest", "a"],
            &["get", "notes", "a"],
            &["get", "hooks", "a"],
            &["list", "--filter", "^[ab]$", "-q"],
            &["list", "-l", "team=sea", "-q", "-o", "json"],
            &["uninstall", "a"],
            &["uninstall", "a"],
            &["uninstall", "a", "--ignore-not-found"],
            &["uninstall", "b", "--dry-run"],
            &["uninstall", "b", "c", "--keep-history"],
            &["history", "b"],
            &["uninstall", "b", "--keep-history"],
            &["install", "b", &web],
            &["upgrade", "b", &web, "--install", "--hide-notes"],
            &["history", "b"],
            &["install", "c", &web, "--replace", "--hide-notes"],
        ],
    );
}

#[test]
fn one_release_is_shown_the_same() {
    let place = Place::new();
    // Helm lists releases of one name in no order: only one here has this label.
    place.helm(&["install", "a", &web(), "-l", "team=bystander", "--set", "x=<&>,n=1.5,big=1e6"]).success();
    place.helm(&["upgrade", "a", &web(), "--reuse-values", "--set", "y=true"]).success();
    for view in [
        &["list"][..],
        &["list", "-A", "-l", "team=bystander"],
        &["list", "-o", "json"],
        &["list", "-o", "yaml"],
        &["list", "--time-format", "2006-01-02"],
        &["list", "--superseded", "--no-headers"],
        &["history", "a", "-o", "yaml"],
        &["get", "all", "a"],
        &["get", "values", "a", "-o", "yaml"],
        &["get", "metadata", "a"],
        &["get", "metadata", "a", "-o", "json"],
        &["get", "metadata", "a", "-o", "yaml", "--revision", "1"],
        &["status", "a", "--revision", "7"],
    ] {
        assert_eq!(place.skiff(view), place.helm(view), "{view:?}");
    }
}

/// Helm prints the sections of a status in no order, and ages pass.
#[test]
fn a_status_has_the_same_lines() {
    let place = Place::new();
    place.skiff(&["install", "a", &web()]).success();
    let settled = "--for=jsonpath={.status.updatedReplicas}=2";
    place.kubectl(&["wait", settled, "deployment/a-web", "--timeout=60s"]);
    let lines = |text: String| {
        let mut lines: Vec<String> = mask_times(&text).lines().map(str::to_owned).collect();
        lines.iter_mut().filter(|line| line.ends_with('s')).for_each(|line| {
            let end = line.trim_end_matches(|c: char| c == 's' || c.is_ascii_digit()).len();
            line.truncate(end);
        });
        lines.sort_unstable();
        lines
    };
    let (ours, theirs) = (place.skiff(&["status", "a"]).success(), place.helm(&["status", "a"]).success());
    assert_eq!(lines(ours), lines(theirs));
}

/// What a server holds, and not only what is printed: `|+` keeps the line ends before the next document.
#[test]
fn objects_have_the_bytes_that_helm_gives_them() {
    let map = |name: &str, text: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n  key: |+\n    two{text}"
        )
    };
    let two = format!("{}\n---\n{}", map("c", "\n\n"), map("d", "\n"));
    let files: &[(&str, &str)] = &[
        ("templates/a.yaml", &map("a", "\n\n\n")),
        ("templates/b.yaml", &map("b", "")),
        ("templates/two.yaml", &two),
    ];
    let held = ["skiff", "helm"].map(|program| {
        let (place, made) = (Place::with_chart(files), Place::new());
        place.by(program, &["install", "a", "./chart"]).success();
        let maps = "jsonpath={range .items[*]}{.metadata.name} {.data.key}{end}";
        let maps = place.kubectl(&["get", "configmaps", "a", "b", "c", "d", "-o", maps]);
        let new = format!("{}-made", made.namespace);
        place.by(program, &["install", "b", &web(), "-n", &new, "--create-namespace"]).success();
        let fields = "jsonpath={.metadata.managedFields[?(@.operation=='Apply')].fieldsV1}";
        let fields = place.kubectl(&["get", "namespace", &new, "-o", fields]);
        place.kubectl(&["delete", "namespace", &new, "--wait=false"]);
        (maps, fields)
    });
    assert!(held[1].0.contains("two\n\n") && held[1].1.contains("f:spec"), "{held:?}");
    assert_eq!(held[0], held[1]);
}

/// What templates of `get all` may ask of a release: its parts as Go's structs have them.
#[test]
fn get_all_fills_templates_as_helm_does() {
    const HOOK: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hook\n  annotations:\n    \
        helm.sh/hook: post-install,pre-upgrade\n    helm.sh/hook-weight: '3'\n    \
        helm.sh/hook-delete-policy: hook-succeeded\n";
    const CHART: &str = "apiVersion: v2\nname: small\nversion: 0.1.0\nappVersion: '9'\nkeywords: [a, b]\n\
        annotations: {x: y}\nmaintainers: [{name: m, email: e}]\n";
    let files = [
        ("Chart.yaml", CHART),
        ("values.yaml", "a: 1\n"),
        ("README.md", "read me\n"),
        ("templates/hook.yaml", HOOK),
    ];
    let place = Place::with_chart(&files);
    place.helm(&["install", "a", "chart", "--set", "a=2", "--labels", "l=1"]).success();
    let templates = [
        "{{.Release.Name}} {{.Release.Info.Status}} {{.Release.Version}} {{.Release.Namespace}} {{.Release.ApplyMethod}}",
        "{{range .Release.Hooks}}{{.Name}} {{.Kind}} {{.Events}} {{.LastRun}} {{.Weight}} {{.DeletePolicies}}{{end}}",
        "{{.Release.Chart.Metadata.Version}} {{.Release.Chart.Name}} {{.Release.Chart.AppVersion}} {{.Release.Chart.IsRoot}}",
        "{{range .Release.Chart.Metadata.Maintainers}}{{.Name}} {{.Email}}{{end}} {{.Release.Chart.Metadata.Keywords}}",
        "{{.Release.Config}} {{.Release.Labels}} {{.Release.Chart.Values}} {{.Release.Chart.Lock}} {{.Release.Chart.Schema}}",
        "{{range .Release.Chart.Files}}{{.Name}} {{printf \"%s\" .Data}}{{end}} {{len .Release.Chart.Templates}}",
        "{{.Release.Info}} {{.Release.Info.FirstDeployed.Year}} {{.Release.Info.Deleted}}",
        "{{with .Release.Chart.Lock}}locked{{else}}free{{end}} {{index .Release.Hooks 0}} {{.Nope}}",
        "{{.Release.Nope}}",
        "{{.Release.Info.Nope}}",
        "{{.Release.Chart.Nope}}",
        "{{.Release.Hooks.Nope}}",
        "{{.Release.Name",
        "{{upper .Release.Name}}",
    ];
    for template in templates {
        place.same(&["get", "all", "a", "--template", template]);
    }
}
