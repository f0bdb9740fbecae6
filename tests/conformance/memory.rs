//! `HELM_DRIVER=memory`: releases from files, as helm shows them, without a cluster.

use crate::support::env::TestEnv;

const RELEASES: &str = "
- name: a
  namespace: default
  version: 1
  info: {status: superseded, last_deployed: \"2026-01-02T03:04:05Z\", description: one}
  chart: {metadata: {name: demo, version: 1.2.3, appVersion: \"4\"}}
- name: a
  namespace: default
  version: 2
  info: {status: deployed, last_deployed: \"2026-01-02T03:04:06Z\", description: two, notes: hello}
  chart: {metadata: {name: demo, version: 1.2.3, appVersion: \"4\"}}
  config: {x: 1}
  manifest: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: c}
- name: b
  namespace: other
  version: 1
  info: {status: failed}
  chart: {metadata: {name: demo, version: 1.2.3}}
";

#[test]
fn releases_from_files_are_shown_as_helm_shows_them() {
    for files in ["all.yaml", "nope.yaml", "bad.yaml", "all.yaml:all.yaml", "all.yaml:", ""] {
        let env = TestEnv::new().file("all.yaml", RELEASES).file("bad.yaml", "nope: [\n");
        let env = env.var("HELM_DRIVER", "memory").var("HELM_MEMORY_DRIVER_DATA", files);
        for step in [
            &["list"][..],
            &["list", "-n", "other", "-o", "json"],
            &["list", "-l", "x=y"],
            &["history", "a"],
            &["history", "none"],
            &["status", "a"],
            &["status", "a", "--revision", "1", "-o", "json"],
            &["status", "b"],
            &["get", "values", "a"],
            &["get", "manifest", "a"],
            &["get", "metadata", "a", "--revision", "1"],
            &["get", "metadata", "a", "--revision", "9"],
            &["version", "--template", "x"],
        ] {
            let (ours, theirs) = (env.skiff(step), env.helm(step));
            assert_eq!(
                (ours.code, &ours.stdout, &ours.stderr),
                (theirs.code, &theirs.stdout, &theirs.stderr),
                "{step:?} with {files:?}"
            );
        }
    }
}
