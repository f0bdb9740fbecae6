//! Whole lives of objects: the controllers over a registry in memory, in a time that passes only while all wait.

use super::super::action::{
    CLAIMS, CONFIG_MAPS, CRON_JOBS, DEPLOYMENTS, ENDPOINT_SLICES, EVENTS, JOBS, Known, NAMESPACES, PODS,
    REPLICA_SETS, SERVICE_ACCOUNTS, SERVICES, STATEFUL_SETS,
};
use super::super::hash::replicas;
use super::{Clock, Controllers, Options};
use crate::object::edit::{condition_true, deleting, int};
use crate::object::{name, pod, text};
use crate::registry::{Client, DeleteOptions, ListOptions, Patch, Propagation, Registry};
use crate::store::Store;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

struct World {
    client: Client,
    controllers: Controllers,
}

impl World {
    async fn new() -> Self {
        let registry = Arc::new(Registry::new(Store::in_memory()).expect("a registry"));
        let client = Client::new(registry, "test");
        for namespace in ["default", "kube-system"] {
            client
                .create(&NAMESPACES.gvr(), None, json!({"metadata": {"name": namespace}}))
                .await
                .expect("a namespace");
        }
        let options = Options { clock: Clock::tokio(), ..Options::default() };
        let controllers = Controllers::start(&client, options).await.expect("controllers start");
        Self { client, controllers }
    }

    async fn make(&self, of: Known, object: Value) -> Value {
        self.client.create(&of.gvr(), Some("default"), object).await.expect("it is made")
    }

    async fn get(&self, of: Known, name: &str) -> Option<Value> {
        self.client.get(&of.gvr(), Some("default"), name).await.ok()
    }

    async fn list(&self, of: Known) -> Vec<Value> {
        self.client.list(&of.gvr(), Some("default"), &ListOptions::default()).await.expect("a list").items
    }

    async fn patch(&self, of: Known, name: &str, patch: Value) {
        self.client
            .patch(&of.gvr(), None, Some("default"), name, Patch::Merge(patch))
            .await
            .expect("a patch");
    }

    async fn delete(&self, of: Known, name: &str, propagation: Propagation) {
        let options = DeleteOptions { propagation: Some(propagation), ..DeleteOptions::default() };
        self.client.delete(&of.gvr(), Some("default"), name, options).await.expect("a deletion");
    }

    /// Waits, in virtual time, until `ready` says so; fails after an hour of it.
    async fn until(
        &mut self,
        what: &str,
        of: Known,
        name: &str,
        ready: impl Fn(Option<&Value>) -> bool,
    ) -> Duration {
        let start = tokio::time::Instant::now();
        for _ in 0..20_000 {
            self.controllers.settle().await;
            let found = self.get(of, name).await;
            if ready(found.as_ref()) {
                return start.elapsed();
            }
            tokio::time::sleep(Duration::from_millis(10 + start.elapsed().as_millis() as u64 / 50)).await;
        }
        panic!("{what} never comes: {:#}", self.get(of, name).await.unwrap_or_default());
    }
}

fn deployment(size: i64, annotations: Value) -> Value {
    json!({
        "metadata": {"name": "web"},
        "spec": {
            "replicas": size, "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}, "annotations": annotations},
                "spec": {"containers": [{"name": "a", "image": "one", "readinessProbe": {"httpGet": {"port": 80}}}]},
            },
        },
    })
}

fn available(found: Option<&Value>, size: i64) -> bool {
    found.is_some_and(|one| {
        int(one, &["status", "availableReplicas"]) == Some(size)
            && int(one, &["status", "updatedReplicas"]) == Some(size)
            && int(one, &["status", "replicas"]) == Some(size)
            && int(one, &["status", "observedGeneration"]) == int(one, &["metadata", "generation"])
    })
}

#[tokio::test(start_paused = true)]
async fn a_deployment_comes_true_within_a_second() {
    let mut world = World::new().await;
    world.make(SERVICES, json!({"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}})).await;
    world.make(DEPLOYMENTS, deployment(3, json!({}))).await;
    let took = world.until("the deployment", DEPLOYMENTS, "web", |one| available(one, 3)).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    let pods = world.list(PODS).await;
    assert!(pods.iter().all(|one| pod::ready(one) && pod::node(one) == "sandbox"), "{pods:#?}");
    world.controllers.settle().await;
    let slices = world.list(ENDPOINT_SLICES).await;
    assert_eq!(slices[0]["endpoints"].as_array().map(Vec::len), Some(3), "{slices:#?}");
    assert!(world.get(SERVICE_ACCOUNTS, "default").await.is_some());
    assert!(world.get(CONFIG_MAPS, "kube-root-ca.crt").await.is_some());
    tokio::time::sleep(Duration::from_millis(50)).await;
    let events = world.list(EVENTS).await;
    let reasons: Vec<&str> = events.iter().map(|event| text(event, &["reason"])).collect();
    for reason in
        ["ScalingReplicaSet", "SuccessfulCreate", "Scheduled", "Pulling", "Pulled", "Created", "Started"]
    {
        assert!(reasons.contains(&reason), "{reason} in {reasons:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn rollouts_keep_their_bounds_at_each_step() {
    let mut world = World::new().await;
    world.make(DEPLOYMENTS, deployment(8, json!({}))).await;
    world.until("the deployment", DEPLOYMENTS, "web", |one| available(one, 8)).await;
    let revision = world.client.registry().store().revision().expect("a revision");
    let mut watch = world.client.watch(&REPLICA_SETS.gvr(), revision).expect("a watch");
    world
        .patch(
            DEPLOYMENTS,
            "web",
            json!({"spec": {"template": {"spec": {"containers": [{"name": "a", "image": "two"}]}}}}),
        )
        .await;
    world.until("the rollout", DEPLOYMENTS, "web", |one| available(one, 8)).await;
    // 25 % of 8: at most 10 pods, at least 6 available, as the replica sets' own records say at each step.
    let mut sets: std::collections::BTreeMap<String, (i64, i64)> = std::collections::BTreeMap::new();
    for set in world.list(REPLICA_SETS).await {
        let present = if replicas(&set) == 0 { (8, 8) } else { (0, 0) };
        sets.insert(name(&set).to_owned(), present);
    }
    let mut steps = 0;
    while let Ok(Ok(event)) = tokio::time::timeout(Duration::from_millis(1), watch.next()).await {
        let ready = int(&event.object, &["status", "availableReplicas"]).unwrap_or(0);
        sets.insert(name(&event.object).to_owned(), (replicas(&event.object), ready));
        let (size, ready) = sets.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        assert!(size <= 10, "{sets:?}");
        assert!(ready >= 6, "{sets:?}");
        steps += 1;
    }
    assert!(steps > 5);
}

#[tokio::test(start_paused = true)]
async fn failures_on_demand_show_where_users_look() {
    let mut world = World::new().await;
    let cases = [
        (json!({"sandbox.skiff.sh/pull-error": "true"}), "ImagePullBackOff"),
        (json!({"sandbox.skiff.sh/exit-code": "1"}), "CrashLoopBackOff"),
        (json!({"sandbox.skiff.sh/oom": "true"}), "CrashLoopBackOff"),
        (json!({"sandbox.skiff.sh/create-error": "no such device"}), "CreateContainerError"),
    ];
    for (annotations, reason) in cases {
        world.make(DEPLOYMENTS, deployment(1, annotations)).await;
        let mut seen = false;
        for _ in 0..400 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            seen |= world.list(PODS).await.iter().any(|one| one["status"].to_string().contains(reason));
        }
        assert!(seen, "{reason}: {:#?}", world.list(PODS).await);
        world.delete(DEPLOYMENTS, "web", Propagation::Background).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        world.controllers.settle().await;
        assert!(world.list(PODS).await.is_empty());
    }
    let mut slow = deployment(1, json!({"sandbox.skiff.sh/never-ready": "true"}));
    slow["spec"]["progressDeadlineSeconds"] = 30.into();
    world.make(DEPLOYMENTS, slow).await;
    world
        .until("the deadline", DEPLOYMENTS, "web", |one| {
            one.is_some_and(|one| one["status"].to_string().contains("ProgressDeadlineExceeded"))
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_stateful_set_starts_in_order_with_bound_claims() {
    let mut world = World::new().await;
    let set = json!({
        "metadata": {"name": "db"},
        "spec": {
            "serviceName": "db", "replicas": 3, "selector": {"matchLabels": {"app": "db"}},
            "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "a", "image": "one"}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
                "accessModes": ["ReadWriteOnce"], "storageClassName": "standard", "resources": {"requests": {"storage": "1Gi"}}}}],
        },
    });
    world.make(STATEFUL_SETS, set).await;
    world
        .until("the set", STATEFUL_SETS, "db", |one| {
            one.is_some_and(|one| int(one, &["status", "readyReplicas"]) == Some(3))
        })
        .await;
    let claims = world.list(CLAIMS).await;
    assert_eq!(claims.len(), 3);
    assert!(claims.iter().all(|claim| claim["status"]["phase"] == "Bound"), "{claims:#?}");
    let ready = |number: usize, pods: &[Value]| {
        let pod = pods.iter().find(|one| name(one) == format!("db-{number}"));
        pod.and_then(pod::ready_since)
    };
    let pods = world.list(PODS).await;
    assert!(ready(0, &pods) <= ready(1, &pods) && ready(1, &pods) <= ready(2, &pods));
}

fn job(spec: Value, annotations: Value) -> Value {
    let mut object = json!({"metadata": {"name": "work"}, "spec": {"template": {
        "metadata": {"annotations": annotations},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "one"}]}}}});
    for (key, value) in spec.as_object().into_iter().flatten() {
        object["spec"][key] = value.clone();
    }
    object
}

#[tokio::test(start_paused = true)]
async fn jobs_succeed_fail_and_heal() {
    let mut world = World::new().await;
    world
        .make(
            JOBS,
            job(json!({"completions": 3, "parallelism": 2, "ttlSecondsAfterFinished": 60}), json!({})),
        )
        .await;
    let took = world
        .until("the end", JOBS, "work", |one| one.is_some_and(|one| condition_true(one, "Complete")))
        .await;
    assert!(took < Duration::from_secs(2), "{took:?}");
    world.until("its removal", JOBS, "work", |one| one.is_none()).await;
    world.controllers.settle().await;
    assert!(world.list(PODS).await.is_empty());
    let fails = json!({"sandbox.skiff.sh/exit-code": "3"});
    world.make(JOBS, job(json!({"backoffLimit": 1}), fails)).await;
    world
        .until("the failure", JOBS, "work", |one| one.is_some_and(|one| condition_true(one, "Failed")))
        .await;
    world.delete(JOBS, "work", Propagation::Background).await;
    world.until("its removal", JOBS, "work", |one| one.is_none()).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let heals = json!({"sandbox.skiff.sh/exit-code": "3", "sandbox.skiff.sh/exit-times": "2"});
    world.make(JOBS, job(json!({"backoffLimit": 4}), heals)).await;
    world.until("the end", JOBS, "work", |one| one.is_some_and(|one| condition_true(one, "Complete"))).await;
    assert_eq!(world.get(JOBS, "work").await.map(|one| one["status"]["failed"].clone()), Some(json!(2)));
}

#[tokio::test(start_paused = true)]
async fn a_cron_job_makes_jobs_in_time() {
    let mut world = World::new().await;
    let spec = json!({"schedule": "* * * * *", "jobTemplate": {"spec": job(json!({}), json!({}))["spec"]}});
    world.make(CRON_JOBS, json!({"metadata": {"name": "tick"}, "spec": spec})).await;
    tokio::time::sleep(Duration::from_secs(200)).await;
    world.controllers.settle().await;
    assert_eq!(world.list(JOBS).await.len(), 3);
    let tick = world.get(CRON_JOBS, "tick").await.unwrap_or_default();
    assert!(tick["status"].get("lastSuccessfulTime").is_some(), "{tick:#}");
}

#[tokio::test(start_paused = true)]
async fn owners_take_leave_or_wait_for_what_they_own() {
    for propagation in [Propagation::Background, Propagation::Foreground, Propagation::Orphan] {
        let mut world = World::new().await;
        world.make(DEPLOYMENTS, deployment(2, json!({}))).await;
        world.until("the deployment", DEPLOYMENTS, "web", |one| available(one, 2)).await;
        world.delete(DEPLOYMENTS, "web", propagation).await;
        world.until("its removal", DEPLOYMENTS, "web", |one| one.is_none()).await;
        if propagation == Propagation::Foreground {
            assert!(world.list(REPLICA_SETS).await.is_empty(), "what blocks goes first");
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        world.controllers.settle().await;
        let (sets, pods) = (world.list(REPLICA_SETS).await, world.list(PODS).await);
        let left = if propagation == Propagation::Orphan { (1, 2) } else { (0, 0) };
        assert_eq!((sets.len(), pods.len()), left, "{propagation:?}");
        assert!(sets.iter().all(|set| set["metadata"].get("ownerReferences").is_none()));
        if propagation == Propagation::Orphan {
            // Made again, it adopts what it left.
            world.make(DEPLOYMENTS, deployment(2, json!({}))).await;
            world.until("the deployment", DEPLOYMENTS, "web", |one| available(one, 2)).await;
            assert_eq!(world.list(REPLICA_SETS).await.len(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_namespace_is_emptied_and_goes() {
    let mut world = World::new().await;
    let client = world.client.clone();
    client.create(&NAMESPACES.gvr(), None, json!({"metadata": {"name": "gone"}})).await.expect("a namespace");
    let mut web = deployment(2, json!({}));
    web["metadata"]["namespace"] = "gone".into();
    client.create(&DEPLOYMENTS.gvr(), Some("gone"), web).await.expect("a deployment");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let held = json!({"metadata": {"name": "held", "finalizers": ["example.com/hold"]}});
    client.create(&CONFIG_MAPS.gvr(), Some("gone"), held).await.expect("a config map");
    client.delete(&NAMESPACES.gvr(), None, "gone", DeleteOptions::default()).await.expect("a deletion");
    tokio::time::sleep(Duration::from_secs(3)).await;
    world.controllers.settle().await;
    let found = client.get(&NAMESPACES.gvr(), None, "gone").await.expect("the namespace waits");
    assert!(deleting(&found));
    assert!(condition_true(&found, "NamespaceFinalizersRemaining"), "{found:#}");
    let free = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    client.patch(&CONFIG_MAPS.gvr(), None, Some("gone"), "held", free).await.expect("a patch");
    tokio::time::sleep(Duration::from_secs(3)).await;
    world.controllers.settle().await;
    assert!(client.get(&NAMESPACES.gvr(), None, "gone").await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_waits_for_a_secret_starts_when_it_comes() {
    let mut world = World::new().await;
    let spec = json!({"containers": [{"name": "a", "image": "one", "envFrom": [{"configMapRef": {"name": "env"}}]}]});
    world.make(PODS, json!({"metadata": {"name": "p"}, "spec": spec})).await;
    world
        .until("the error", PODS, "p", |one| {
            one.is_some_and(|one| one["status"].to_string().contains("CreateContainerConfigError"))
        })
        .await;
    world.make(CONFIG_MAPS, json!({"metadata": {"name": "env"}, "data": {"k": "v"}})).await;
    world.until("the start", PODS, "p", |one| one.is_some_and(pod::ready)).await;
}

#[tokio::test(start_paused = true)]
async fn events_go_after_an_hour_and_nothing_stirs_when_all_is_done() {
    let mut world = World::new().await;
    world.make(DEPLOYMENTS, deployment(1, json!({}))).await;
    world.until("the deployment", DEPLOYMENTS, "web", |one| available(one, 1)).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(!world.list(EVENTS).await.is_empty());
    let before = world.client.registry().store().revision();
    tokio::time::sleep(Duration::from_secs(1800)).await;
    assert_eq!(world.client.registry().store().revision(), before, "an idle sandbox writes nothing");
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(world.list(EVENTS).await.is_empty());
}
