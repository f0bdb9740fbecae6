use super::*;
use world::simulate;

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn deployment(spec: Value) -> Value {
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default", "uid": "d", "generation": 1},
        "spec": {
            "replicas": 3, "progressDeadlineSeconds": 600, "revisionHistoryLimit": 10,
            "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "a", "image": "one"}]}},
        },
        "status": {},
    });
    for (key, value) in spec.as_object().into_iter().flatten() {
        object["spec"][key] = value.clone();
    }
    object
}

/// A world of one deployment: performs plans, and makes pods available one at a time.
mod world {
    use super::super::sets::{max_surge, max_unavailable};
    use super::*;

    pub(super) struct World {
        pub(super) deployment: Value,
        pub(super) sets: Vec<Value>,
        pub(super) notes: Vec<String>,
        clock: i64,
    }

    impl World {
        pub(super) fn new(deployment: Value) -> Self {
            Self { deployment, sets: Vec::new(), notes: Vec::new(), clock: 0 }
        }

        fn step(&mut self) -> bool {
            self.clock += 1;
            let moment = now() + jiff::Span::new().seconds(self.clock);
            let actions = plan(&self.deployment, self.sets.clone(), &[], moment);
            let mut acted = false;
            for action in actions {
                match action {
                    Action::Create { mut object, done, .. } => {
                        object["metadata"]["uid"] = name(&object).into();
                        object["metadata"]["generation"] = 1.into();
                        object["metadata"]["creationTimestamp"] = crate::object::edit::stamp(moment);
                        object["status"] = json!({"replicas": 0, "observedGeneration": 1});
                        self.notes.extend(done.map(|note| note.message));
                        self.sets.push(object);
                        acted = true;
                    }
                    Action::Update { part: None, object, .. } => {
                        if let Some(place) = self.sets.iter().position(|one| name(one) == name(&object)) {
                            self.sets[place] = object;
                        }
                        acted = true;
                    }
                    Action::Update { object, .. } => {
                        acted |= self.deployment != object;
                        self.deployment = object;
                    }
                    Action::Delete { object, .. } => {
                        self.sets.retain(|one| name(one) != name(&object));
                        acted = true;
                    }
                    Action::Tell(note) => self.notes.push(note.message),
                    Action::Merge { .. } | Action::Again(_) => {}
                }
            }
            acted
        }

        /// Replica sets make and remove their pods at once; one pod of the newest becomes available each time.
        fn kubelet(&mut self) -> bool {
            for one in &mut self.sets {
                let wanted = replicas(one);
                let available = int(one, &["status", "availableReplicas"]).unwrap_or(0);
                one["status"]["replicas"] = wanted.into();
                one["status"]["availableReplicas"] = available.min(wanted).into();
                one["status"]["readyReplicas"] = available.min(wanted).into();
            }
            for one in self.sets.iter_mut().rev() {
                let available = int(one, &["status", "availableReplicas"]).unwrap_or(0);
                if available < replicas(one) {
                    one["status"]["availableReplicas"] = (available + 1).into();
                    one["status"]["readyReplicas"] = (available + 1).into();
                    return true;
                }
            }
            false
        }

        fn check(&self) {
            let wanted = replicas(&self.deployment);
            let pods = size(&self.sets);
            assert!(pods <= wanted + max_surge(&self.deployment), "surge: {pods} pods");
        }

        fn check_available(&self) {
            let available = sets::status_sum(&self.sets, "availableReplicas");
            let minimum = replicas(&self.deployment) - max_unavailable(&self.deployment);
            assert!(available >= minimum, "only {available} of {minimum} available");
        }
    }

    /// Runs until nothing happens; with `steady`, availability is checked at every step.
    pub(super) fn simulate(world: &mut World, steady: bool) {
        for _ in 0..500 {
            let acted = world.step();
            world.check();
            let moved = world.kubelet();
            if steady {
                world.check_available();
            }
            if !acted && !moved {
                return;
            }
        }
        panic!("the deployment never settles: {:#?}", world.notes);
    }

    pub(super) use World as Made;
}
use world::Made;

#[test]
fn a_new_deployment_makes_its_replica_set_and_becomes_available() {
    let mut world = Made::new(deployment(json!({})));
    simulate(&mut world, false);
    assert_eq!(world.sets.len(), 1);
    assert_eq!(replicas(&world.sets[0]), 3);
    assert_eq!(annotation(&world.deployment, REVISION), Some("1"));
    let status = &world.deployment["status"];
    assert_eq!(status["availableReplicas"], 3);
    assert_eq!(status::find(status, "Available").map(|one| one["status"].clone()), Some(json!("True")));
    assert_eq!(
        status::find(status, "Progressing").map(|one| one["reason"].clone()),
        Some(json!("NewReplicaSetAvailable"))
    );
    assert_eq!(world.notes, [format!("Scaled up replica set {} from 0 to 3", name(&world.sets[0]))]);
}

#[test]
fn rollouts_obey_surge_and_unavailability_at_each_step() {
    let strategies = [
        (json!("25%"), json!("25%")),
        (json!(1), json!(0)),
        (json!(0), json!(1)),
        (json!("0%"), json!("0%")),
        (json!("100%"), json!(0)),
        (json!(2), json!(3)),
    ];
    for size in [1, 2, 3, 10] {
        for (surge, unavailable) in &strategies {
            let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}});
            let mut world = Made::new(deployment(json!({"replicas": size, "strategy": strategy})));
            simulate(&mut world, false);
            world.deployment["spec"]["template"]["spec"]["containers"][0]["image"] = "two".into();
            world.deployment["metadata"]["generation"] = 2.into();
            simulate(&mut world, true);
            assert_eq!(world.sets.len(), 2);
            assert_eq!(replicas(&world.sets[0]), 0);
            assert_eq!(replicas(&world.sets[1]), size);
            assert_eq!(annotation(&world.deployment, REVISION), Some("2"));
        }
    }
}

#[test]
fn going_back_raises_the_old_sets_revision_and_keeps_its_history() {
    let mut world = Made::new(deployment(json!({})));
    simulate(&mut world, false);
    for (generation, image) in [(2, "two"), (3, "one")] {
        world.deployment["spec"]["template"]["spec"]["containers"][0]["image"] = image.into();
        world.deployment["metadata"]["generation"] = generation.into();
        simulate(&mut world, true);
    }
    assert_eq!(world.sets.len(), 2);
    assert_eq!(annotation(&world.sets[0], REVISION), Some("3"));
    assert_eq!(annotation(&world.sets[0], REVISION_HISTORY), Some("1"));
    assert_eq!(annotation(&world.deployment, REVISION), Some("3"));
}

#[test]
fn old_replica_sets_beyond_the_limit_go() {
    let mut world = Made::new(deployment(json!({"revisionHistoryLimit": 1})));
    for generation in 1..5 {
        world.deployment["spec"]["template"]["spec"]["containers"][0]["image"] =
            format!("image-{generation}").into();
        world.deployment["metadata"]["generation"] = generation.into();
        simulate(&mut world, false);
    }
    assert_eq!(world.sets.iter().map(revision).collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn recreate_waits_for_old_pods() {
    let mut world = Made::new(deployment(json!({"strategy": {"type": "Recreate"}})));
    simulate(&mut world, false);
    world.deployment["spec"]["template"]["spec"]["containers"][0]["image"] = "two".into();
    let pod = json!({"metadata": {"ownerReferences": [{"uid": name(&world.sets[0]), "controller": true}]}, "status": {"phase": "Running"}});
    world.sets[0]["spec"]["replicas"] = 0.into();
    world.sets[0]["status"]["replicas"] = 0.into();
    let waits = plan(&world.deployment, world.sets.clone(), &[pod], now());
    assert!(!waits.iter().any(|action| matches!(action, Action::Create { .. })));
    let goes = plan(&world.deployment, world.sets.clone(), &[], now());
    assert!(goes.iter().any(|action| matches!(action, Action::Create { .. })));
}

#[test]
fn a_rollout_that_stands_still_times_out() {
    let mut world = Made::new(deployment(json!({"progressDeadlineSeconds": 5})));
    let mut moment = now();
    for _ in 0..4 {
        for action in plan(&world.deployment, world.sets.clone(), &[], moment) {
            match action {
                Action::Create { object, .. } => world.sets.push(object),
                Action::Update { part: Some(_), object, .. } => world.deployment = object,
                _ => {}
            }
        }
        moment += jiff::Span::new().seconds(4);
    }
    let condition = status::find(&world.deployment["status"], "Progressing").cloned().unwrap_or_default();
    assert_eq!(condition["reason"], "ProgressDeadlineExceeded");
    assert_eq!(
        condition["message"],
        format!("ReplicaSet {:?} has timed out progressing.", name(&world.sets[0]))
    );
}

#[test]
fn a_paused_deployment_scales_and_does_not_roll() {
    let mut world = Made::new(deployment(json!({})));
    simulate(&mut world, false);
    world.deployment["spec"]["paused"] = true.into();
    world.deployment["spec"]["replicas"] = 5.into();
    world.deployment["spec"]["template"]["spec"]["containers"][0]["image"] = "two".into();
    simulate(&mut world, false);
    assert_eq!(world.sets.len(), 1);
    assert_eq!(replicas(&world.sets[0]), 5);
    let condition = status::find(&world.deployment["status"], "Progressing").cloned().unwrap_or_default();
    assert_eq!((&condition["reason"], &condition["status"]), (&json!("DeploymentPaused"), &json!("Unknown")));
}

#[test]
fn resizing_within_a_rollout_spreads_over_the_sets() {
    let mut world = Made::new(deployment(json!({"replicas": 10})));
    simulate(&mut world, false);
    world.deployment["spec"]["template"]["spec"]["containers"][0]["image"] = "two".into();
    let (mut old, mut new) = (world.sets[0].clone(), new_set(&world.deployment));
    for (one, size) in [(&mut old, 8), (&mut new, 5)] {
        set(one, &["spec", "replicas"], size);
        set(one, &["metadata", "annotations", DESIRED], "10");
        set(one, &["metadata", "annotations", MAXIMUM], "13");
        set(one, &["metadata", "annotations", REVISION], "2");
    }
    set(&mut old, &["metadata", "annotations", REVISION], "1");
    world.deployment["spec"]["replicas"] = 20.into();
    let sizes: Vec<i64> = plan(&world.deployment, vec![old, new], &[], now())
        .iter()
        .filter_map(|action| match action {
            Action::Update { part: None, object, .. } => Some(replicas(object)),
            _ => None,
        })
        .collect();
    // 25 pods in all, spread 8:5.
    assert_eq!(sizes, [15, 10]);
}
