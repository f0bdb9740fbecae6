use super::transport::{NetworkError, Response};
use super::*;

/// A server made of one function; it remembers what it was asked.
struct Double {
    answer: fn(&Request) -> (u16, &'static str),
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Transport for Double {
    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, NetworkError>> {
        lock(&self.asked).extend(requests.iter().cloned());
        let answer = |request: &Request| {
            let (status, body) = (self.answer)(request);
            Ok(Response { status, content_type: "application/json".into(), body: body.as_bytes().to_vec() })
        };
        requests.iter().map(answer).collect()
    }
}

fn cluster(answer: fn(&Request) -> (u16, &'static str)) -> (Cluster, Arc<Mutex<Vec<Request>>>) {
    let asked = Arc::default();
    let double = Double { answer, asked: Arc::clone(&asked) };
    (Cluster::with_transport(Box::new(double), "sea"), asked)
}

const CORE: &str = r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{},"versions":[{"version":"v1","resources":[
    {"resource":"configmaps","responseKind":{"kind":"ConfigMap"},"scope":"Namespaced"},
    {"resource":"namespaces","responseKind":{"kind":"Namespace"},"scope":"Cluster"}]}]}]}"#;
const GROUPS: &str = r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"apps"},"versions":[{"version":"v1",
    "resources":[{"resource":"deployments","responseKind":{"kind":"Deployment"},"scope":"Namespaced",
    "subresources":[{"subresource":"scale","responseKind":{"kind":"Scale"}}]}]}]}]}"#;
const NOT_FOUND: &str = r#"{"kind":"Status","status":"Failure","reason":"NotFound","message":"configmaps \"a\" not found","code":404}"#;

fn server(request: &Request) -> (u16, &'static str) {
    match request.path.as_str() {
        "/api" => (200, CORE),
        "/apis" => (200, GROUPS),
        path if path.ends_with("/a") && request.method == Method::Get => (404, NOT_FOUND),
        _ => (200, "{}"),
    }
}

const MANIFEST: &str = "---\n# Source: x\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {n: \"1\"}\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: b}}\n";

#[test]
fn discovery_is_asked_once_and_knows_kinds_and_versions() {
    let (cluster, asked) = cluster(server);
    let set = cluster.discovery().unwrap().version_set();
    assert_eq!(set, ["apps/v1", "apps/v1/Deployment", "apps/v1/Scale", "v1", "v1/ConfigMap", "v1/Namespace"]);
    cluster.discovery().unwrap();
    assert_eq!(lock(&asked).len(), 2);
    cluster.forget_discovery();
    cluster.discovery().unwrap();
    assert_eq!(lock(&asked).len(), 4);
}

#[test]
fn servers_without_aggregated_discovery_are_asked_version_by_version() {
    let (cluster, _) = cluster(|request| match request.path.as_str() {
        "/api" => (200, r#"{"kind":"APIVersions","versions":["v1"]}"#),
        "/apis" => (200, r#"{"kind":"APIGroupList","groups":[{"versions":[{"groupVersion":"apps/v1"}]}]}"#),
        "/api/v1" => (
            200,
            r#"{"resources":[{"name":"pods","kind":"Pod","namespaced":true},{"name":"pods/log","kind":"Pod","namespaced":true}]}"#,
        ),
        "/apis/apps/v1" => (503, "broken"),
        _ => (404, ""),
    });
    let discovery = cluster.discovery().unwrap();
    assert_eq!(discovery.find("v1", "Pod").unwrap().path("n", "p"), "/api/v1/namespaces/n/pods/p");
    assert_eq!(discovery.version_set(), ["apps/v1", "v1", "v1/Pod"]);
}

#[test]
fn a_manifest_becomes_placed_objects() {
    let (cluster, _) = cluster(server);
    let objects = cluster.build(MANIFEST, "sea", true).unwrap();
    let places: Vec<String> = objects.iter().map(Object::go_string).collect();
    assert_eq!(places, ["sea/a /v1, Kind=ConfigMap", "/b /v1, Kind=Namespace"]);
    assert_eq!(objects[0].content["metadata"]["namespace"], "sea");
    assert_eq!(objects[1].path(), "/api/v1/namespaces/b");
}

#[test]
fn an_apply_is_helms_request() {
    let (cluster, asked) = cluster(server);
    let objects = cluster.build(MANIFEST, "sea", true).unwrap();
    cluster.create(&objects, ApplyMode::ServerSide { force: false }).unwrap();
    let request = lock(&asked)[2].clone();
    assert_eq!(
        (request.method, request.path.as_str(), request.content_type),
        (
            Method::Patch,
            "/api/v1/namespaces/sea/configmaps/a?fieldManager=helm&fieldValidation=Strict&force=false",
            Some("application/apply-patch+yaml")
        )
    );
}

#[test]
fn an_update_creates_what_is_missing_and_deletes_what_is_dropped() {
    let (cluster, asked) = cluster(server);
    let objects = cluster.build(MANIFEST, "sea", true).unwrap();
    let (missing, dropped) = (&objects[..1], &objects[1..]);
    let (updated, outcome) = cluster.update(dropped, missing, ApplyMode::ServerSide { force: false }, false);
    outcome.unwrap();
    assert_eq!(updated.created.len(), 1);
    cluster.delete_dropped(dropped, missing).unwrap();
    let last = lock(&asked).last().unwrap().clone();
    assert_eq!((last.method, last.path.as_str()), (Method::Delete, "/api/v1/namespaces/b"));
    assert!(String::from_utf8(last.body).unwrap().contains("\"propagationPolicy\":\"Background\""));
}

#[test]
fn every_refusal_is_told() {
    let (cluster, _) = cluster(|request| match request.method {
        Method::Patch => {
            (403, r#"{"kind":"Status","status":"Failure","reason":"Forbidden","message":"no","code":403}"#)
        }
        _ => server(request),
    });
    let objects = cluster.build(MANIFEST, "sea", true).unwrap();
    let error = cluster.create(&objects, ApplyMode::ServerSide { force: false }).unwrap_err().to_string();
    assert_eq!(
        error,
        "server-side apply failed for object sea/a /v1, Kind=ConfigMap: no\n\
         server-side apply failed for object /b /v1, Kind=Namespace: no"
    );
}

#[test]
fn an_unknown_kind_is_told_as_kubectl_tells_it() {
    let (cluster, _) = cluster(server);
    let error =
        cluster.build("apiVersion: x/v1\nkind: Boat\nmetadata: {name: a}\n", "sea", true).unwrap_err();
    assert_eq!(
        error.to_string(),
        "resource mapping not found for name: \"a\" namespace: \"\" from \"\": no matches for kind \"Boat\" in version \
         \"x/v1\"\nensure CRDs are installed first"
    );
}

#[test]
fn names_cannot_leave_their_place_in_a_path() {
    assert_eq!(path_segment("a/../b?c#d%"), "a%2F..%2Fb%3Fc%23d%25");
}
